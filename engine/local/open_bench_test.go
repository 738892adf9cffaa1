package local

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// author writes the journal of runs that nobody executes: the core decides, and every stage ends as it is told.
type author struct {
	b       *testing.B
	journal *journal.Journal
	ledger  *promotion.Ledger
	now     time.Time
	last    promotion.RunID
	unsaved []promotion.Event
	written int
}

func (a *author) send(c promotion.Command) {
	events, err := a.ledger.Decide(c, a.now)
	if err != nil {
		a.b.Fatal(err)
	}
	for _, e := range events {
		a.written++
		e.Seq = int64(a.written)
		a.ledger.Apply(e)
		a.unsaved = append(a.unsaved, e)
	}
	a.now = a.now.Add(time.Second)
}

func (a *author) start(plan promotion.Plan) promotion.RunID {
	a.last++
	a.send(promotion.Command{Run: a.last, Verb: promotion.VerbStart, Actor: "merge", Plan: &plan})
	return a.last
}

// follow plays a run to its end; the stage named, if any, fails.
func (a *author) follow(id promotion.RunID, fails promotion.StageID) {
	for !a.ledger.Ended(id) {
		run := a.ledger.Run(id)
		for _, task := range promotion.Next(run, a.now) {
			c := promotion.Command{Run: id, Actor: "gantry", Environment: task.Environment, Stage: task.Stage, Attempt: task.Attempt}
			slot := run.Plan.Slot(task.Environment)
			switch task.Kind {
			case promotion.TaskEnter:
				state := a.ledger.Slot(slot)
				c.Verb, c.Live, c.Target = promotion.VerbEnter, state.Live, state.LastGood
			case promotion.TaskBegin:
				c.Verb = promotion.VerbBegin
			case promotion.TaskExecute:
				a.steps(c)
				c = a.end(c, run, fails)
			case promotion.TaskRollback:
				revert := a.ledger.Revert(id, task.Environment)
				c.Verb, c.Linked = promotion.VerbLinkRollback, a.start(rollback(run, task.Environment, revert))
				a.send(c)
				a.follow(c.Linked, "")
				c.Verb, c.Outcome = promotion.VerbEndRollback, a.ledger.Run(c.Linked).Outcome
			}
			a.send(c)
		}
	}
}

func (a *author) steps(c promotion.Command) {
	c.Verb = promotion.VerbReportStep
	for _, name := range []string{"checkout", "work"} {
		for _, state := range []promotion.State{promotion.StateRunning, promotion.StateSucceeded} {
			c.Step = &promotion.Step{Name: name, State: state, Started: a.now, Note: "as it should be"}
			a.send(c)
		}
	}
}

func (a *author) end(c promotion.Command, run promotion.Run, fails promotion.StageID) promotion.Command {
	release := run.Release
	stage, _ := run.Stage(c.Stage)
	c.Verb, c.Result = promotion.VerbReportSuccess, &promotion.Result{Note: "12 passed", Tests: &promotion.Tests{Passed: 12}}
	switch {
	case c.Stage == fails:
		c.Verb, c.Result.Cause = promotion.VerbReportFailure, "1 of 12 tests failed"
	case stage.Stage.Kind == promotion.KindBuild:
		release.Image = promotion.Digest(fmt.Sprintf("sha256:%064x", run.ID))
		release.Migration, release.Verification = release.Image, release.Image
		c.Result.Release = &release
	case stage.Stage.Kind == promotion.KindDeploy || stage.Stage.Kind == promotion.KindRollback:
		c.Result.Deployment = &promotion.Deployment{Release: release, Since: a.now, Cause: "promoted", Run: run.ID}
	}
	return c
}

func rollback(run promotion.Run, environment string, revert promotion.Revert) promotion.Plan {
	stage := promotion.Stage{ID: promotion.StageID(environment + "/rollback"), Kind: promotion.KindRollback}
	return promotion.Plan{Kind: promotion.Rollback, Service: run.Plan.Service, Team: run.Plan.Team, Revert: &revert, Config: run.Plan.Config,
		Columns: []promotion.Column{{Name: environment, Isolated: environment == "dev", Stages: []promotion.Stage{stage}}}}
}

// flush journals in large transactions what would be thousands.
func (a *author) flush() {
	if _, err := a.journal.Append(a.b.Context(), a.unsaved...); err != nil {
		a.b.Fatal(err)
	}
	a.unsaved = nil
}

// longHistory makes a journal of so many promotions of the default pipeline, every twentieth of which is rolled back.
func longHistory(b *testing.B, o Options, promotions int) (events int) {
	opened, err := journal.Open(o.State, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	a := &author{b: b, journal: opened, ledger: promotion.NewLedger(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	a.ledger.Rely(func(promotion.RunID, int64) (promotion.Run, error) { return promotion.Run{}, nil })
	for n := range promotions {
		plan, err := config.Plan(o.Pipeline, "inventory", config.PlanOptions{Trigger: "merge", Source: promotion.Source{
			Path: "inventory", Version: fmt.Sprintf("1.%d.0", n), Commit: fmt.Sprintf("%040x", n), Subject: "A change of something", Author: "Ada <ada@example.org>"}})
		if err != nil {
			b.Fatal(err)
		}
		fails := promotion.StageID("")
		if n%20 == 19 {
			fails = "qa/e2e"
		}
		a.follow(a.start(plan), fails)
		if n%100 == 99 {
			a.flush()
		}
	}
	a.flush()
	if err := opened.Close(); err != nil {
		b.Fatal(err)
	}
	return a.written
}

// BenchmarkOpen opens an engine on a journal of 10,000 promotions and shows what a console shows first.
func BenchmarkOpen(b *testing.B) {
	h := newHome(b)
	o := h.options()
	events := longHistory(b, o, 10_000)
	began := time.Now()
	e, err := Open(b.Context(), o) // folds everything, and leaves a checkpoint
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events of %d runs; without a checkpoint it opens in %s", events, e.ledger.Newest(), time.Since(began))
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func() (*Engine, error){
		"to work": func() (*Engine, error) { return Open(b.Context(), o) },
		"to look": func() (*Engine, error) { return Read(b.Context(), o) },
	} {
		b.Run(name, func(b *testing.B) {
			var held uint64
			for b.Loop() {
				b.StopTimer()
				before := heap()
				b.StartTimer()
				e, err := open()
				if err != nil {
					b.Fatal(err)
				}
				if n := len(e.Snapshot().Runs); n != 60 {
					b.Fatalf("it shows %d runs", n)
				}
				b.StopTimer()
				held = heap() - before
				if err := e.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(held)/(1<<20), "MiB-held")
		})
	}
}

// heap is what is in use once all that is not is gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

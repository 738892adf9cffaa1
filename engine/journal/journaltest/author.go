package journaltest

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// author writes the journal of runs that nobody executes: the core decides, and every stage ends as it is told.
type author struct {
	t       testing.TB
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
		a.t.Fatal(err)
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
		release.Image = digest("image", run.ID)
		release.Migration, release.Verification = digest("migration", run.ID), digest("verification", run.ID)
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
	if _, err := a.journal.Append(a.t.Context(), a.unsaved...); err != nil {
		a.t.Fatal(err)
	}
	a.unsaved = nil
}

func digest(of string, run promotion.RunID) promotion.Digest {
	return promotion.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendln(nil, of, run))))
}

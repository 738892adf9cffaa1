package promotion

import (
	"fmt"
	"runtime"
	"testing"
)

// longPlan has as many stages as asked for, in four environments after the build.
func longPlan(stages int) Plan {
	p := Plan{Kind: Promotion, Service: "orders", Trigger: "merge", Source: Source{Version: "1.0.0"}}
	for i := range stages {
		name := []string{BuildColumn, "dev", "qa", "stage", "prod"}[i*5/stages]
		if len(p.Columns) == 0 || p.Columns[len(p.Columns)-1].Name != name {
			p.Columns = append(p.Columns, Column{Name: name, RollsBack: []string{name}})
		}
		c := &p.Columns[len(p.Columns)-1]
		c.Stages = append(c.Stages, Stage{ID: StageID(fmt.Sprintf("%s/check-%d", name, i)), Kind: KindAcceptance})
	}
	return p
}

// busy is a run that stands at the last of 200 stages.
func busy(t reporter) (*world, attempt) {
	w := newWorld(t)
	id := w.begin(longPlan(200), "gantry")
	return w, w.until(id, "prod/check-199")
}

// decideAndNext is what one report costs.
func (w *world) decideAndNext(run Run, a attempt) {
	step := Command{ID: "not seen yet", Run: a.run, Verb: VerbReportStep, Stage: a.stage, Attempt: a.n, Step: &Step{Name: "check", State: StateRunning}}
	if _, err := Decide(run, step, noon); err != nil {
		w.t.Fatalf("%v", err)
	}
	if len(Next(run, noon)) != 1 || run.Waits() != nil {
		w.t.Fatalf("the run is not at work")
	}
}

// steps lets the attempt report so many steps, of twenty names.
func (w *world) steps(a attempt, n int) {
	for i := range n {
		_ = w.send(Command{Run: a.run, Verb: VerbReportStep, Stage: a.stage, Attempt: a.n, Step: &Step{Name: fmt.Sprint("step ", i%20), State: StateRunning}})
	}
}

// commands lets somebody pause and resume the run so many times.
func (w *world) commands(id RunID, n int) {
	for i := range n {
		_ = w.send(Command{ID: fmt.Sprint("c", i), Run: id, Verb: []Verb{VerbPause, VerbResume}[i%2], Actor: "ada"})
	}
}

// retries lets the stage go wrong so many times.
func (w *world) retries(a attempt, n int) attempt {
	for range n {
		_ = w.send(Command{Run: a.run, Verb: VerbReportStall, Stage: a.stage, Attempt: a.n})
		_ = w.send(Command{Run: a.run, Verb: VerbRetry, Actor: "ada"})
		_ = w.send(Command{Run: a.run, Verb: VerbBegin, Stage: a.stage})
		a.n++
	}
	return a
}

func BenchmarkDecideAndNext(b *testing.B) {
	for _, past := range []struct {
		name                       string
		events, commands, attempts int
	}{
		{"at the last of 200 stages", 0, 0, 0},
		{"after 10,000 more events", 10_000, 0, 0},
		{"after 1,000 commands", 0, 1_000, 0},
		{"after 100 attempts", 0, 0, 100},
	} {
		b.Run(past.name, func(b *testing.B) {
			w, a := busy(b)
			w.commands(a.run, past.commands)
			a = w.retries(a, past.attempts)
			w.steps(a, past.events)
			run := w.ledger.Run(a.run)
			b.ReportAllocs()
			for b.Loop() {
				w.decideAndNext(run, a)
			}
		})
	}
}

func TestWhatAReportCostsDoesNotGrowWithWhatHappenedBefore(t *testing.T) {
	w, a := busy(t)
	w.steps(a, 20)
	cost := func() (objects float64, bytes uint64) {
		run := w.ledger.Run(a.run)
		objects = testing.AllocsPerRun(100, func() { w.decideAndNext(run, a) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			w.decideAndNext(run, a)
		}
		runtime.ReadMemStats(&after)
		return objects, (after.TotalAlloc - before.TotalAlloc) / 100
	}
	objects, bytes := cost()
	w.steps(a, 5_000)
	w.commands(a.run, 500)
	moreObjects, moreBytes := cost()
	if moreObjects > objects || moreBytes > bytes+bytes/10 {
		t.Errorf("a report cost %.0f objects of %d bytes, and after 5,500 more events %.0f of %d", objects, bytes, moreObjects, moreBytes)
	}
}

// BenchmarkReplay folds a run of 500 events.
func BenchmarkReplay(b *testing.B) {
	w := newWorld(b)
	id := w.begin(longPlan(200), "gantry")
	w.through(id)
	for len(w.journal) < 500 {
		w.journal = append(w.journal, Event{Seq: int64(len(w.journal)), Run: id, Type: StepFinished, Stage: "qa/check-80", Attempt: 1, Step: &Step{Name: fmt.Sprint("step ", len(w.journal)%20)}})
	}
	b.ReportAllocs()
	for b.Loop() {
		ledger := NewLedger()
		for _, e := range w.journal[:500] {
			ledger.Apply(e)
		}
	}
}

// BenchmarkEntry asks for a way in beside 10,000 runs that have ended and ten that have not.
func BenchmarkEntry(b *testing.B) {
	w := newWorld(b)
	w.promoted("1.0.0")
	history := w.journal
	for id := RunID(2); id <= 10_000; id++ {
		for _, e := range history {
			e.Run = id
			w.ledger.Apply(e)
		}
	}
	w.last = 10_000
	for i := range 10 {
		p := planOf(fmt.Sprint("service-", i), "1.0.0")
		w.until(w.begin(p, "gantry"), "dev/push")
	}
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(id, "build/contract")
	b.ReportAllocs()
	for b.Loop() {
		if waiting, supersedes := w.ledger.Entry(id, "dev", Facts{Now: w.now}); waiting != nil || supersedes != 0 {
			b.Fatalf("%+v, %d", waiting, supersedes)
		}
		if len(w.ledger.Unfinished()) != 11 {
			b.Fatal("there are other runs at work")
		}
	}
}

package promotion

import (
	"fmt"
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

// BenchmarkDecideAndNext is what one report costs a run that stands at the last of 200 stages.
func BenchmarkDecideAndNext(b *testing.B) {
	w := newWorld(b)
	id := w.begin(longPlan(200), "gantry")
	a := w.until(id, "prod/check-199")
	run := w.ledger.Run(id)
	step := Command{Run: id, Verb: VerbReportStep, Stage: a.stage, Attempt: a.n, Step: &Step{Name: "check", State: StateRunning}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decide(run, step, noon); err != nil {
			b.Fatal(err)
		}
		if len(Next(run, noon)) != 1 || run.Waits() != nil {
			b.Fatal("the run is not at work")
		}
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

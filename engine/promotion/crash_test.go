package promotion

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// script says how the verdicts of each stage of a run come out, one after the other; afterwards all is well.
type script map[StageID][]Verb

// verdict is the script's next word on the stage: attempts that were lost had no verdict.
func (s script) verdict(stage StageState) how {
	n := 0
	for _, a := range stage.Attempts {
		if a.State != StateInterrupted && a.State != StateRunning {
			n++
		}
	}
	if n >= len(s[stage.ID]) {
		return good
	}
	return how{verb: s[stage.ID][n], reason: "as written"}
}

// follow plays one promotion to its end, with an engine that dies after each of the given numbers of moments, and says
// in words how everything ended.
func (s script) follow(r *rapid.T, deaths []int) (story string, events int) {
	w := newWorld(r)
	attend(w)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	for steps := 0; len(w.ledger.Unfinished()) > 0; steps++ {
		if steps > 500 {
			r.Fatalf("it never ends: %+v", w.ledger.Unfinished()[0].Waits())
		}
		if w.dies == 0 && len(deaths) > 0 {
			w.dies, deaths = deaths[0], deaths[1:]
		}
		switch {
		case len(w.working) > 0:
			a := w.working[0]
			stage, _ := w.ledger.Run(a.run).Stage(a.stage)
			w.end(a, s.verdict(stage))
		default: // without a verdict it asks
			_ = w.send(Command{Run: id, Verb: VerbRetry, Actor: "ada"})
			w.reconcile()
		}
		if w.dead {
			w.reopen()
		}
	}
	return w.story(id), len(w.journal)
}

// story is how a run and the environments ended, without what a crash may change: numbers of attempts, and times.
func (w *world) story(id RunID) string {
	run := w.ledger.Run(id)
	var b strings.Builder
	fmt.Fprintf(&b, "%d runs; %s: %s\n", len(w.ledger.Runs()), run.Outcome, run.Reason)
	for _, linked := range run.Rollbacks {
		fmt.Fprintf(&b, "rollback of %s: %s\n", linked.Environment, linked.Outcome)
	}
	for _, s := range w.ledger.Slots() {
		fmt.Fprintf(&b, "%s: %s live, platform has %s, last good %s, %d vetoed\n", s.Slot, nameOf(s.Live), w.live[s.Slot].Short(), nameOf(s.LastGood), len(s.Vetoed))
	}
	for _, c := range run.Columns {
		for _, stage := range c.Stages {
			fmt.Fprintf(&b, "%s %s\n", stage.ID, stage.State)
		}
	}
	return b.String()
}

func TestACrashAnywhereChangesNothingOfTheOutcome(t *testing.T) {
	tries(t, 25)
	histories, events, crashes := 0, 0, 0
	var stages []StageID
	for _, c := range planOf("orders", "").Columns {
		for _, stage := range c.Stages {
			stages = append(stages, stage.ID)
		}
	}
	stages = append(stages, "dev/rollback", "qa/evidence", "qa/rollback", "prod/rollback")
	rapid.Check(t, func(r *rapid.T) {
		s := script{}
		for range rapid.IntRange(0, 4).Draw(r, "troubles") {
			stage := rapid.SampledFrom(stages).Draw(r, "stage")
			s[stage] = append(s[stage], rapid.SampledFrom([]Verb{VerbReportFailure, VerbReportError, VerbReportStall}).Draw(r, "trouble"))
		}
		deaths := rapid.SliceOfN(rapid.IntRange(1, 60), 1, 6).Draw(r, "deaths")
		undisturbed, n := s.follow(r, nil)
		disturbed, m := s.follow(r, slices.Clone(deaths))
		if undisturbed != disturbed {
			r.Fatalf("without a crash:\n%s\nwith crashes after %v moments:\n%s", undisturbed, deaths, disturbed)
		}
		histories, events, crashes = histories+1, events+n+m, crashes+len(deaths)
	})
	t.Logf("%d histories with up to %d crashes, %d events", histories, crashes, events)
}

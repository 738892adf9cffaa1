package promotion

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAPassAfterAFailureIsFlakyAndNotHidden(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	s := p.stage("qa/e2e")
	s.RetryFailed, s.Retries, s.Backoff = true, 2, Duration(10*time.Second)
	id := w.begin(p, "gantry")
	w.fails(id, "qa/e2e")
	waitsFor(t, w, id, "qa/e2e failed and is tried again", "retry")
	run := w.ledger.Run(id)
	if next := Next(run, w.now); len(next) != 1 || next[0].Kind != TaskWake || next[0].At.Sub(run.Columns[2].Stages[5].Last().Ended) != 10*time.Second {
		t.Fatalf("next is %+v", next)
	}
	w.later(10 * time.Second)
	w.end(w.until(id, "qa/e2e"), how{verb: VerbReportFailure, reason: "again"})
	if waits := w.ledger.Run(id).Waits(); waits.Until == nil || waits.Until.Sub(waits.Since) != 20*time.Second {
		t.Errorf("the second repetition waits for %+v", waits)
	}
	w.mustAsk(id, VerbRetry) // a person need not wait
	run = w.through(id)
	e2e, _ := run.Stage("qa/e2e")
	if run.Outcome != Succeeded || !e2e.Flaky() || len(e2e.Attempts) != 3 {
		t.Errorf("the run %q, flaky %v after %d attempts", run.Outcome, e2e.Flaky(), len(e2e.Attempts))
	}
	if push, _ := run.Stage("dev/push"); push.Flaky() {
		t.Error("what passed at once is no flake")
	}
}

func TestScenarioRetriedAsOftenAsYouLikeAStageIsNeverSkipped(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.stage("qa/e2e").OnFailure = "hold"
	id := w.begin(p, "gantry")
	for range 12 {
		w.fails(id, "qa/e2e")
		w.mustAsk(id, VerbRetry)
	}
	w.fails(id, "qa/e2e")
	if stub, _ := w.ledger.Run(id).Stage("qa/stub"); len(stub.Attempts) > 0 {
		t.Error("what follows has started")
	}
	waitsFor(t, w, id, "qa/e2e failed", "retry")
}

func TestAStageHoldsThoughItsEnvironmentRollsBack(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.stage("qa/e2e").OnFailure, p.stage("qa/e2e").HoldFor = "hold", Duration(10*time.Minute)
	id := w.begin(p, "gantry")
	w.fails(id, "qa/e2e")
	held := w.ledger.Run(id).Held
	if held == nil || held.Until == nil {
		t.Fatalf("it waits for %+v", held)
	}
	later := held.Until.Add(time.Hour)
	refused(t, w, Command{Run: id, Verb: VerbExtend, Actor: "ada", Until: &noon}, "cannot end in the past", "")
	w.tells(Command{Run: id, Verb: VerbExtend, Until: &later})
	w.later(30 * time.Minute)
	if w.ledger.Run(id).RollingBack() {
		t.Fatal("extended, and yet rolled back")
	}
	w.mustAsk(id, VerbPause) // stops the countdown
	w.later(24 * time.Hour)
	waitsFor(t, w, id, "qa/e2e failed", "roll back or abort")
	w.mustAsk(id, VerbRollBack)
	if run := w.revert(id); run.Outcome != RolledBack {
		t.Errorf("the run %q", run.Outcome)
	}
}

func TestACountdownThatNobodyStopsRollsBack(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.column("qa").OnFailure, p.column("qa").HoldFor = "hold", Duration(10*time.Minute)
	id := w.begin(p, "gantry")
	w.fails(id, "qa/e2e")
	refused(t, w, Command{Run: id, Verb: VerbExpire, Actor: "gantry"}, "no hold", "")
	w.later(10 * time.Minute)
	if run := w.revert(id); run.Outcome != RolledBack {
		t.Errorf("the run %q", run.Outcome)
	}
}

func TestGoingBackToAnEarlierStageOfTheEnvironmentRunsAllAfterItAgain(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.column("qa").OnFailure = "hold"
	id := w.begin(p, "gantry")
	a := w.until(id, "qa/acceptance")
	refused(t, w, Command{Run: id, Verb: VerbRetryFrom, Actor: "ada", Stage: "qa/deploy"}, "is running", "wait")
	w.end(a, good)
	w.fails(id, "qa/e2e")
	refused(t, w, Command{Run: id, Verb: VerbRetryFrom, Actor: "ada", Stage: "dev/deploy"}, "another environment's", "gantry rerun 1 --from dev")
	refused(t, w, Command{Run: id, Verb: VerbRetryFrom, Actor: "ada", Stage: "qa/publish"}, "has not run yet", "retry qa/e2e")
	w.tells(Command{Run: id, Verb: VerbRetryFrom, Stage: "qa/deploy"})
	if b, working := w.at(id); !working || b.stage != "qa/deploy" || b.n != 2 {
		t.Fatalf("it does %s", b)
	}
	run := w.through(id)
	for stage, attempts := range map[StageID]int{"qa/migrate": 1, "qa/deploy": 2, "qa/acceptance": 2, "qa/e2e": 2, "qa/stub": 1} {
		if s, _ := run.Stage(stage); len(s.Attempts) != attempts {
			t.Errorf("%s ran %d times, not %d", stage, len(s.Attempts), attempts)
		}
	}
	if run.Outcome != Succeeded {
		t.Errorf("the run %q", run.Outcome)
	}
}

func TestWhatAPersonWavesThroughIsLiveButNoProof(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	p := planOf("orders", "1.1.0")
	p.column("qa").OnFailure = "hold"
	id := w.begin(p, "gantry")
	override := Command{Run: id, Verb: VerbOverride, Actor: "ada", Stage: "qa/e2e", Reason: "the suite's own fault"}
	refused(t, w, override, "not the stage that the run stands at", "build/build")
	a := w.until(id, "qa/e2e")
	refused(t, w, override, "is running", "wait")
	w.end(a, how{verb: VerbReportFailure, reason: "2 failed"})
	silent := override
	silent.Reason = ""
	refused(t, w, silent, "needs a reason", "--reason")
	w.tells(override)
	run := w.through(id)
	if e2e, _ := run.Stage("qa/e2e"); run.Outcome != Succeeded || e2e.State != StateOverridden || e2e.Reason != override.Reason {
		t.Errorf("the run %q with qa/e2e %s: %s", run.Outcome, e2e.State, e2e.Reason)
	}
	if s := w.ledger.Slot(p.Slot("qa")); s.LastGood.Release.Version != "1.0.0" || w.liveIn("qa") != "1.1.0" {
		t.Errorf("live in qa is %s, last good %s", w.liveIn("qa"), s.LastGood.Release.Name())
	}
	if s := w.ledger.Slot(p.Slot("prod")); s.LastGood.Release.Version != "1.1.0" {
		t.Errorf("prod verified it, and last good is %s", s.LastGood.Release.Name())
	}
}

func TestWhatChangesAnEnvironmentIsNeverWavedThrough(t *testing.T) {
	for _, stage := range []StageID{"build/build", "dev/push", "dev/migrate", "dev/deploy", "qa/copy"} {
		w := newWorld(t)
		p := planOf("orders", "1.0.0")
		for i := range p.Columns {
			p.Columns[i].OnFailure = "hold"
		}
		id := w.begin(p, "gantry")
		w.fails(id, stage)
		refused(t, w, Command{Run: id, Verb: VerbOverride, Actor: "ada", Stage: stage, Reason: "come on"}, "cannot be waved through", "retry it")
	}
}

func TestARerunFromAnEnvironmentMustHaveEarnedIt(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	failed := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(failed, "prod/e2e")
	w.revert(failed)
	rerun := func(from string) (RunID, error) {
		earlier := w.ledger.Run(failed)
		p, release := planOf("orders", "1.1.0"), earlier.Release
		at := slices.IndexFunc(p.Columns, func(c Column) bool { return c.Name == from })
		for _, c := range p.Columns[:at] {
			p.Passed = append(p.Passed, p.Slot(c.Name))
		}
		p.Columns, p.Release, p.Rerun, p.Trigger = p.Columns[at:], &release, failed, "operator"
		w.last++
		err := w.send(Command{Run: w.last, Verb: VerbStart, Actor: "ada", Plan: &p})
		w.reconcile()
		return w.last, err
	}
	id, err := rerun("prod")
	if err != nil {
		t.Fatal(err)
	}
	if run := w.through(id); run.Outcome != Succeeded || w.liveIn("prod") != "1.1.0" || len(run.Columns) != 1 {
		t.Errorf("the rerun %q, live is %s", run.Outcome, w.liveIn("prod"))
	}
	failed = w.begin(planOf("orders", "1.2.0"), "gantry")
	w.fails(failed, "qa/e2e")
	w.revert(failed)
	if _, err := rerun("prod"); err == nil {
		t.Error("prod was reached without qa")
	}
}

func TestWhatAnOverriddenE2EWouldHaveLeftBehindIsNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.stage("qa/e2e").OnFailure = "hold"
	id := w.begin(p, "gantry")
	w.fails(id, "qa/e2e")
	w.tells(Command{Run: id, Verb: VerbOverride, Stage: "qa/e2e", Reason: "INC-7"})
	run := w.through(id)
	for stage, why := range map[StageID]string{"qa/stub": "no recording", "qa/publish": "no stub was made"} {
		if s, _ := run.Stage(stage); s.State != StateSkipped || !strings.Contains(s.Reason, why) {
			t.Errorf("%s %s: %s", stage, s.State, s.Reason)
		}
	}
	if s, _ := run.Stage("prod/publish"); run.Outcome != Succeeded || s.State != StateSucceeded {
		t.Errorf("the run %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

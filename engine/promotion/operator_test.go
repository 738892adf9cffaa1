package promotion

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// asks sends an operator's command and lets the driver act on it.
func (w *world) asks(id RunID, verb Verb) error {
	err := w.send(Command{Run: id, Verb: verb, Actor: "ada", Reason: "because"})
	w.reconcile()
	return err
}

func (w *world) mustAsk(id RunID, verb Verb) {
	w.t.Helper()
	if err := w.asks(id, verb); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// refused expects a refusal that says why and, where there is one, the next step; and that nothing has changed.
func refused(t *testing.T, w *world, c Command, why, instead string) {
	t.Helper()
	before := len(w.journal)
	err := w.send(c)
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("%s: %v is no refusal", c.Verb, err)
	}
	if !strings.Contains(refusal.Why, why) || !strings.Contains(refusal.Instead, instead) || !strings.HasPrefix(err.Error(), string(c.Verb)+" refused: ") {
		t.Errorf("%s: %q; want a refusal with %q and %q", c.Verb, err, why, instead)
	}
	if len(w.journal) != before {
		t.Errorf("%s was refused, and changed something", c.Verb)
	}
}

func waitsFor(t *testing.T, w *world, id RunID, reason, who string) {
	t.Helper()
	waiting := w.ledger.Run(id).Waits()
	if waiting == nil || !strings.Contains(waiting.Reason, reason) || !strings.Contains(waiting.Who, who) || waiting.Since.IsZero() {
		t.Errorf("run %d waits for %+v; want %q of %q", id, waiting, reason, who)
	}
}

func TestAPausedRunFinishesItsStageAndStartsNoOther(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "ada")
	a := w.until(id, "dev/push")
	w.mustAsk(id, VerbPause)
	refused(t, w, Command{Run: id, Verb: VerbPause}, "paused already", "resume or step")
	w.end(a, good)
	waitsFor(t, w, id, "paused before dev/migrate", "resume or step")
	refused(t, w, Command{Run: id, Verb: VerbBegin, Stage: "dev/migrate"}, "paused", "resume")
	w.mustAsk(id, VerbResume)
	refused(t, w, Command{Run: id, Verb: VerbResume}, "not paused", "")
	if run := w.through(id); run.Outcome != Succeeded {
		t.Errorf("resumed, the run %q", run.Outcome)
	}
}

func TestStepModeStartsOneStageAtATime(t *testing.T) {
	w := newWorld(t)
	plan := planOf("orders", "1.0.0")
	plan.Step = true
	id := w.begin(plan, "ada")
	waitsFor(t, w, id, "paused before build/build", "resume or step")
	for _, stage := range []StageID{"build/build", "build/contract", "dev/push", "dev/migrate", "dev/deploy"} {
		w.mustAsk(id, VerbStep)
		a, working := w.at(id)
		if !working || a.stage != stage {
			t.Fatalf("the step started %s, not %s", a.stage, stage)
		}
		w.end(a, good)
	}
	waitsFor(t, w, id, "paused before dev/acceptance", "resume or step")
}

func TestAStepIsGrantedOnce(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "ada")
	w.mustAsk(id, VerbStep) // while build runs: one more stage, then pause
	refused(t, w, Command{Run: id, Verb: VerbStep}, "one more stage may start already", "wait")
	w.end(w.until(id, "build/contract"), good)
	waitsFor(t, w, id, "paused before dev/push", "resume or step")
}

func TestInStepModeAFailureAlwaysHolds(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "ada")
	a := w.until(id, "qa/e2e")
	w.mustAsk(id, VerbPause)
	w.end(a, how{verb: VerbReportFailure, reason: "timeout"})
	waitsFor(t, w, id, "qa/e2e failed: timeout", "retry, override, roll back or abort")
	if live := w.liveIn("qa"); live != "1.1.0" {
		t.Errorf("it was held, and yet %s is live", live)
	}
	refused(t, w, Command{Run: id, Verb: VerbStep}, "qa/e2e failed", "retry it or abort")
	w.mustAsk(id, VerbRollBack)
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("qa") != "1.0.0" || w.liveIn("dev") != "1.0.0" {
		t.Errorf("the run %q, qa has %s, dev %s", run.Outcome, w.liveIn("qa"), w.liveIn("dev"))
	}
}

func TestAHeldFailureIsRetriedAndSucceeds(t *testing.T) {
	w := newWorld(t)
	plan := planOf("orders", "1.0.0")
	plan.column("dev").OnFailure = "hold"
	id := w.begin(plan, "ada")
	w.fails(id, "dev/acceptance")
	refused(t, w, Command{Run: id, Verb: VerbRetry, Stage: "dev/deploy"}, "not the stage that the run stands at", "retry dev/acceptance")
	w.mustAsk(id, VerbRetry)
	run := w.through(id)
	stage, _ := run.Stage("dev/acceptance")
	if run.Outcome != Succeeded || len(stage.Attempts) != 2 || stage.Attempts[0].State != StateFailed || run.Held != nil {
		t.Errorf("the run %q with the attempts %+v", run.Outcome, stage.Attempts)
	}
}

func TestAHoldCountsDownAndThenRollsBack(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	plan := planOf("orders", "1.1.0")
	plan.column("prod").OnFailure, plan.column("prod").HoldFor = "hold", Duration(10*time.Minute)
	id := w.begin(plan, "gantry")
	w.fails(id, "prod/e2e")
	waiting := w.ledger.Run(id).Waits()
	if waiting == nil || waiting.Until == nil || waiting.Until.Sub(waiting.Since) != 10*time.Minute {
		t.Fatalf("it waits for %+v", waiting)
	}
	if tasks := Next(w.ledger.Run(id), w.now); len(tasks) != 1 || tasks[0].Kind != TaskExpire || !tasks[0].At.Equal(*waiting.Until) {
		t.Errorf("the driver is to do %+v", tasks)
	}
	refused(t, w, Command{Run: id, Verb: VerbExpire}, "no hold of run", "")
	w.now = *waiting.Until
	w.reconcile()
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" || w.liveIn("qa") != "1.1.0" {
		t.Errorf("the run %q, prod has %s, qa %s", run.Outcome, w.liveIn("prod"), w.liveIn("qa"))
	}
}

func TestAnAbortedRunLeavesEverythingAsItIs(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "ada")
	a := w.until(id, "qa/acceptance")
	w.mustAsk(id, VerbAbort)
	run := w.ledger.Run(id)
	stage, _ := run.Stage("qa/acceptance")
	if run.Outcome != Aborted || stage.State != StateInterrupted || !strings.Contains(stage.Reason, "aborted by ada") || w.liveIn("qa") != "1.1.0" {
		t.Errorf("the run %q, the stage %s (%s), qa has %s", run.Outcome, stage.State, stage.Reason, w.liveIn("qa"))
	}
	refused(t, w, Command{Run: id, Verb: VerbRetry}, "has ended: aborted", "`gantry rerun 2`, or start a new run")
	for _, verb := range []Verb{VerbAbort, VerbPause, VerbExtend, VerbOverride} {
		if err := w.send(Command{Run: id, Verb: verb, Actor: "ada"}); err == nil || !strings.HasSuffix(err.Error(), "has ended: aborted") {
			t.Errorf("%s of what has ended needs nothing instead, and says %v", verb, err)
		}
	}
	next := w.begin(planOf("orders", "1.2.0"), "ada")
	w.through(next)
	waitsFor(t, w, next, "qa/acceptance attempt 1 is just ending", "gantry")
	w.end(a, good)
	if run := w.through(next); run.Outcome != Succeeded {
		t.Errorf("the next run %q, and waits for %+v", run.Outcome, run.Waits())
	}
}

func TestADeployThatOutlivesItsAbortIsJournalled(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "ada")
	a := w.until(id, "dev/deploy")
	w.mustAsk(id, VerbAbort)
	w.end(a, how{verb: VerbReportError, live: true})
	if live := w.liveIn("dev"); live != "1.1.0" {
		t.Errorf("the journal says %s is live", live)
	}
	run := w.ledger.Run(id)
	refused(t, w, Command{Run: id, Verb: VerbReportDeployed, Environment: "dev", Deployment: w.deployment(run, run.Release, "promoted")}, "is not in", "")
}

func TestScenarioAbortWhileRollingBack(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(id, "dev/acceptance")
	rollback := w.ledger.Run(id).Rollbacks[0].Run
	for _, verb := range []Verb{VerbAbort, VerbPause, VerbStep, VerbResume, VerbRetry, VerbRollBack} {
		refused(t, w, Command{Run: id, Verb: verb}, "is being rolled back, which is never left half done", "watch the rollback")
	}
	refused(t, w, Command{Run: rollback, Verb: VerbAbort}, "never left half done", "wait for its end")
	refused(t, w, Command{Run: rollback, Verb: VerbRollBack}, "never rolled back", "")
	w.until(rollback, "dev/rollback")
	refused(t, w, Command{Run: rollback, Verb: VerbAbort}, "never left half done", "wait for its end")
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("dev") != "1.0.0" {
		t.Errorf("nobody could stop it, and yet the run %q and %s is live", run.Outcome, w.liveIn("dev"))
	}
}

func TestRollingBackByHandIsRefusedWhereItWouldSayLessThanItDoes(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "ada")
	w.until(id, "dev/migrate")
	refused(t, w, Command{Run: id, Verb: VerbRollBack}, "has deployed nothing that a failure in dev rolls back", "abort")
	w.until(id, "dev/deploy")
	refused(t, w, Command{Run: id, Verb: VerbRollBack}, "changing the environment right now", "wait for its end")
	w.until(id, "dev/acceptance")
	w.mustAsk(id, VerbRollBack)
	if linked := w.ledger.Run(id).Rollbacks; len(linked) != 1 || linked[0].Environment != "dev" {
		t.Errorf("it rolls back %+v", linked)
	}
}

func TestWhatCannotBeRetriedSaysWhy(t *testing.T) {
	w := newWorld(t)
	plan := planOf("orders", "1.0.0")
	plan.stage("build/build").Retries = 0
	id := w.begin(plan, "ada")
	refused(t, w, Command{Run: id, Verb: VerbRetry}, "build/build is running", "wait for its end")
	refused(t, w, Command{Run: 99, Verb: VerbRetry}, "there is no run 99", "gantry runs")
	w.end(w.until(id, "build/build"), how{verb: VerbReportError, reason: "no network"})
	if err := w.send(Command{Run: id, Verb: VerbRetry}); err != nil {
		t.Fatal(err)
	}
	refused(t, w, Command{Run: id, Verb: VerbRetry}, "about to be retried already", "")
}

func TestACommandDeliveredTwiceIsAppliedOnce(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "ada")
	step := Command{ID: "c1", Run: id, Verb: VerbStep, Actor: "ada"}
	if err := w.send(step); err != nil {
		t.Fatal(err)
	}
	before := w.ledger.Run(id)
	w.end(w.until(id, "build/contract"), good)
	journalled := len(w.journal)
	if err := w.send(step); err != nil || len(w.journal) != journalled {
		t.Errorf("the second delivery: %v, %d events", err, len(w.journal)-journalled)
	}
	if before.Granted != 1 || w.ledger.Run(id).Granted != 0 {
		t.Errorf("granted %d, then %d", before.Granted, w.ledger.Run(id).Granted)
	}
}

// The time of a repetition has come, and as many stages run as may.
func TestARepetitionThatIsDueSaysWhatKeepsItAndNotATimeThatIsPast(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.stage("dev/push").Retries, p.stage("dev/push").Backoff = 1, Duration(time.Minute)
	id := w.begin(p, "ada")
	w.end(w.until(id, "dev/push"), how{verb: VerbReportError, reason: "no network"})
	waitsFor(t, w, id, "is tried again", "gantry")
	w.now = w.now.Add(2 * time.Minute)
	gate := &Waiting{Gate: GateParallel, Reason: "2 stages run already", Since: w.now, Who: "gantry"}
	if err := w.send(Command{Run: id, Verb: VerbShut, Actor: "gantry", Stage: "dev/push", Gate: gate}); err != nil {
		t.Fatal(err)
	}
	if waits := w.ledger.Run(id).Waits(); waits.Gate != GateParallel || waits.Until != nil {
		t.Errorf("it waits for %+v", waits)
	}
	// Nobody waits once more for a time that had come, when the clock is set back.
	if next := Next(w.ledger.Run(id), w.now.Add(-time.Hour)); len(next) != 1 || next[0].Kind != TaskBegin || next[0].Stage != "dev/push" {
		t.Errorf("an hour before, what is next is %+v", next)
	}
}

package promotion

import "testing"

var errored = how{verb: VerbReportError, reason: "connection reset"}

func TestAnErroredAttemptIsRepeatedAndThenAsks(t *testing.T) {
	w := newWorld(t)
	plan := planOf("orders", "1.0.0")
	plan.stage("dev/push").Retries = 2
	id := w.begin(plan, "gantry")
	for n := 1; n <= 3; n++ {
		a := w.until(id, "dev/push")
		if a.n != n {
			t.Fatalf("attempt %d, not %d", a.n, n)
		}
		w.end(a, errored)
	}
	waitsFor(t, w, id, "dev/push errored: connection reset", "retry or abort")
	if run := w.ledger.Run(id); len(run.Rollbacks) > 0 || run.Done() {
		t.Errorf("without a verdict nothing is rolled back and nothing ends: %+v", run.Rollbacks)
	}
	w.mustAsk(id, VerbRetry)
	if run := w.through(id); run.Outcome != Succeeded {
		t.Errorf("retried, the run %q", run.Outcome)
	}
}

func TestAnAttemptThatMustRunOnceIsNeverRepeatedByItself(t *testing.T) {
	for name, end := range map[string]func(w *world, a attempt){
		"lost":    func(w *world, _ attempt) { w.reopen() },
		"errored": func(w *world, a attempt) { w.end(a, errored) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			plan := planOf("orders", "1.0.0")
			plan.stage("dev/migrate").Once = true
			id := w.begin(plan, "gantry")
			end(w, w.until(id, "dev/migrate"))
			waitsFor(t, w, id, "dev/migrate", "retry or abort")
			w.mustAsk(id, VerbRetry)
			if run := w.through(id); run.Outcome != Succeeded {
				t.Errorf("retried by a person, the run %q", run.Outcome)
			}
		})
	}
}

func TestALostAttemptIsResumedAsANewOne(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.until(id, "qa/copy")
	w.reopen()
	run := w.through(id)
	stage, _ := run.Stage("qa/copy")
	if run.Outcome != Succeeded || len(stage.Attempts) != 2 || stage.Attempts[0].State != StateInterrupted || stage.Attempts[1].State != StateSucceeded {
		t.Errorf("the run %q with the attempts %+v", run.Outcome, stage.Attempts)
	}
}

func TestAStalledAttemptAsks(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.end(w.until(id, "dev/acceptance"), how{verb: VerbReportStall, reason: "no end within 5m0s"})
	waitsFor(t, w, id, "dev/acceptance stalled: no end within 5m0s", "retry or abort")
	refused(t, w, Command{Run: id, Verb: VerbBegin, Stage: "dev/acceptance"}, "dev/acceptance stalled", "retry it or abort")
}

// Its connection was lost, so the stage was given to another executor, and now the first one reports.
func TestScenarioAnExecutorComesBackAfterItWasReplaced(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	first := w.until(id, "dev/push")
	w.end(first, errored)
	w.until(id, "dev/push")
	for _, verb := range []Verb{VerbReportStep, VerbReportSuccess, VerbReportFailure, VerbReportError, VerbReportStall, VerbReportLost} {
		refused(t, w, Command{Run: id, Verb: verb, Stage: "dev/push", Attempt: 1, Step: &Step{Name: "push"}}, "attempt 1 of dev/push is not running any more", "")
	}
	refused(t, w, Command{Run: id, Verb: VerbBegin, Stage: "dev/push"}, "running already", "")
	refused(t, w, Command{Run: id, Verb: VerbShut, Stage: "build/build", Gate: &Waiting{Reason: "busy"}}, "not the turn", "")
	refused(t, w, Command{Run: id, Verb: VerbShut, Environment: "dev", Gate: &Waiting{Reason: "busy"}}, "not about to enter", "")
	refused(t, w, Command{Run: id, Verb: VerbEnter, Environment: "dev"}, "not about to enter", "")
	w.end(w.until(id, "dev/push"), how{verb: VerbReportFailure, reason: "the digest differs"})
	refused(t, w, Command{Run: id, Verb: VerbReportSuccess, Stage: "dev/push", Attempt: 1}, "has ended: failed", "start a new run")
	if stage, _ := w.ledger.Run(id).Stage("dev/push"); stage.State != StateFailed || stage.Attempts[0].State != StateErrored {
		t.Errorf("the stage is %s with the attempts %+v", stage.State, stage.Attempts)
	}
}

func TestALateReportOfADeployDoesNotReachAnEnvironmentThatTheRunHasLeft(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.until(id, "qa/copy")
	w.until(w.begin(planOf("orders", "1.1.0"), "gantry"), "dev/acceptance")
	run := w.ledger.Run(id)
	refused(t, w, Command{Run: id, Verb: VerbReportDeployed, Environment: "dev", Deployment: w.deployment(run, run.Release, "promoted")}, "is not in", "")
	if live := w.liveIn("dev"); live != "1.1.0" {
		t.Errorf("live in dev is %s", live)
	}
}

func TestAResultThatChangesADigestIsRefused(t *testing.T) {
	for what, change := range map[string]func(*Release){
		"image":               func(r *Release) { r.Image = digest("another") },
		"migration image":     func(r *Release) { r.Migration = "" },
		"verification suites": func(r *Release) { r.Verification = digest("another") },
		"1.0.0":               func(r *Release) { r.Commit = "another" },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			id := w.begin(planOf("orders", "1.0.0"), "gantry")
			a := w.until(id, "qa/copy")
			release := w.ledger.Run(id).Release
			change(&release)
			refused(t, w, Command{Run: id, Verb: VerbReportSuccess, Stage: a.stage, Attempt: a.n, Result: &Result{Release: &release}}, what, "")
		})
	}
}

func TestNoImageAppearsOnceAnEnvironmentWasEntered(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	build := w.until(id, "build/build")
	release := w.ledger.Run(id).Release
	release.Image = digest("orders 1.0.0") // a service without a database
	if err := w.send(Command{Run: id, Verb: VerbReportSuccess, Stage: build.stage, Attempt: build.n, Result: &Result{Release: &release}}); err != nil {
		t.Fatal(err)
	}
	w.working = nil
	w.reconcile()
	a := w.until(id, "qa/copy")
	release.Migration = digest("out of nowhere")
	refused(t, w, Command{Run: id, Verb: VerbReportSuccess, Stage: a.stage, Attempt: a.n, Result: &Result{Release: &release}}, "the migration image would change", "")
}

func TestAFailedDeployThatIsLiveAllTheSameIsRolledBack(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.end(w.until(id, "prod/deploy"), how{verb: VerbReportFailure, reason: "unhealthy", live: true})
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the run %q, live is %s", run.Outcome, w.liveIn("prod"))
	}
}

func TestADeployOfWhichNobodyKnowsTheEndIsRolledBackToBeSure(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.end(w.until(id, "prod/deploy"), how{verb: VerbReportStall, reason: "no answer", live: true, unreachable: true})
	waitsFor(t, w, id, "prod/deploy stalled", "retry or abort")
	w.mustAsk(id, VerbRollBack)
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the run %q, live is %s", run.Outcome, w.liveIn("prod"))
	}
}

func TestStepsOfAnAttemptAreKeptAndEndWithIt(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	for _, step := range []Step{{Name: "compile", State: StateRunning}, {Name: "compile", State: StateSucceeded}, {Name: "unit", State: StateRunning, Started: w.now}} {
		if err := w.send(Command{Run: id, Verb: VerbReportStep, Stage: "build/build", Attempt: 1, Step: &step}); err != nil {
			t.Fatal(err)
		}
	}
	w.end(w.until(id, "build/build"), how{verb: VerbReportFailure, reason: "unit: exit 1"})
	stage, _ := w.ledger.Run(id).Stage("build/build")
	steps := stage.Last().Steps
	if len(steps) != 2 || steps[0].State != StateSucceeded || steps[1].State != StateFailed || steps[1].Elapsed <= 0 {
		t.Errorf("the steps are %+v", steps)
	}
}

func TestOnlyCompatIsSkippedByRule(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	plan := planOf("orders", "1.1.0")
	plan.Step = true
	paused := w.begin(plan, "gantry")
	refused(t, w, Command{Run: paused, Verb: VerbSkip, Stage: "build/build"}, "paused", "")
	w.mustAsk(id, VerbPause)
	w.end(w.until(id, "build/build"), good)
	if err := w.send(Command{Run: id, Verb: VerbResume}); err != nil {
		t.Fatal(err)
	}
	refused(t, w, Command{Run: id, Verb: VerbSkip, Stage: "build/contract"}, "a contract stage is never skipped", "")
}

package promotion

import "testing"

func TestScenarioQAFailsAfterDevMovedOn(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(bad, "qa/e2e")
	newer := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.until(newer, "dev/acceptance")
	w.fails(bad, "qa/e2e")
	dev := w.ledger.Run(bad).Rollbacks[1].Run
	waitsFor(t, w, dev, "run 3 is in dev", "run 3")
	w.end(w.until(newer, "dev/acceptance"), good)
	run := w.revert(bad)
	if run.Outcome != RolledBack || w.ledger.Run(dev).Outcome != LeftAlone || w.liveIn("dev") != "1.2.0" || w.liveIn("qa") != "1.0.0" {
		t.Errorf("the run %q, dev's rollback %q, dev has %s, qa %s", run.Outcome, w.ledger.Run(dev).Outcome, w.liveIn("dev"), w.liveIn("qa"))
	}
	if _, vetoed := w.ledger.Slot(run.Plan.Slot("dev")).Vetoed[run.Release.Image]; !vetoed {
		t.Error("the release is not vetoed in dev")
	}
	if run := w.through(newer); run.Outcome != Succeeded {
		t.Errorf("the newer run %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

// 1.1.0 was the last good release of dev when 1.2.0 went in, and turned out bad in qa afterwards.
func TestScenarioBadCurrentAndBadPrevious(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(bad, "qa/e2e")
	newer := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.through(newer) // passes dev, waits for qa
	w.fails(bad, "qa/e2e")
	w.revert(bad)
	w.fails(newer, "qa/e2e")
	if run := w.revert(newer); run.Outcome != RolledBack || w.liveIn("dev") != "1.0.0" {
		t.Errorf("the run %q, live in dev is %s", run.Outcome, w.liveIn("dev"))
	}
}

func TestARollbackTakesTheEnvironmentOverFromItsCauseBeforeAnybodyElse(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(bad, "dev/acceptance")
	newer := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.through(newer)
	waitsFor(t, w, newer, "run 2 is in dev", "run 2")
	byHand := w.begin(rollbackOf(planOf("orders", ""), "dev", Revert{From: digest("orders0.9.0")}), "ada")
	waitsFor(t, w, byHand, "run 2 is in dev", "run 2")
	w.fails(bad, "dev/acceptance")
	rollback := w.ledger.Run(bad).Rollbacks[0].Run
	if holder := w.ledger.Slot(planOf("orders", "").Slot("dev")).Holder; holder != rollback {
		t.Errorf("run %d holds dev, not the rollback %d", holder, rollback)
	}
	waitsFor(t, w, newer, "rolls dev back", "gantry")
	w.revert(bad)
	if run := w.ledger.Run(byHand); run.Outcome != LeftAlone {
		t.Errorf("what is not live any more is not left alone: %q", run.Outcome)
	}
	if run := w.through(newer); run.Outcome != Succeeded {
		t.Errorf("the newer run %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

// The run stands before qa, where it waits for another; an operator has enough of it.
func TestARunThatIsRolledBackBeforeAnEnvironmentIsNotSuperseded(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	w.until(w.begin(planOf("orders", "1.1.0"), "gantry"), "qa/e2e")
	waiting := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.through(waiting)
	if err := w.send(Command{Run: waiting, Verb: VerbRollBack, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	refused(t, w, Command{Run: waiting, Verb: VerbSupersede, Linked: 9}, "never cancelled by a newer one", "")
	w.reconcile()
	if run := w.revert(waiting); run.Outcome != RolledBack || w.liveIn("dev") != "1.1.0" {
		t.Errorf("the run %q, live in dev is %s", run.Outcome, w.liveIn("dev"))
	}
}

func TestANewerPromotionWaitsWhileARollbackIsOwed(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(bad, "qa/e2e")
	newer := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.through(newer)
	waitsFor(t, w, newer, "rolls dev back", "gantry")
	w.revert(bad)
	if run := w.through(newer); run.Outcome != Succeeded {
		t.Errorf("the newer run %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

func TestAVetoedReleaseEntersOnlyWhenAPersonStartsIt(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	w.fails(w.begin(planOf("orders", "1.1.0"), "gantry"), "dev/acceptance")
	w.revert(2)
	merged := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.through(merged)
	waitsFor(t, w, merged, "was rolled back in dev by run 3 and may not enter by itself", "an operator who starts it")
	plan := planOf("orders", "1.1.0")
	plan.Trigger = "operator"
	byHand := w.begin(plan, "ada")
	if run := w.through(byHand); run.Outcome != Succeeded {
		t.Errorf("the operator's run %q, waiting for %+v", run.Outcome, run.Waits())
	}
	if state := w.ledger.Slot(plan.Slot("dev")); len(state.Vetoed) > 0 || state.LastGood.Release.Version != "1.1.0" {
		t.Errorf("it passed, and yet is vetoed by %v, last good is %+v", state.Vetoed, state.LastGood)
	}
}

func TestScenarioTheRollbackItselfFails(t *testing.T) {
	for name, h := range map[string]how{
		"failed":  {verb: VerbReportFailure, reason: "unhealthy"},
		"stalled": {verb: VerbReportStall, reason: "no end within 5m"},
		"errored": errored,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.promoted("1.0.0")
			id := w.begin(planOf("orders", "1.1.0"), "gantry")
			w.fails(id, "prod/e2e")
			rollback := w.ledger.Run(id).Rollbacks[0].Run
			w.end(w.until(rollback, "prod/rollback"), h)
			if a, again := w.at(rollback); again { // without a verdict it is tried once more, as its plan says
				w.end(a, h)
			}
			run, reverted := w.ledger.Run(id), w.ledger.Run(rollback)
			if run.Outcome != RollbackFailed || reverted.Outcome != RollbackFailed || run.Reason == "" || len(reverted.Rollbacks) > 0 {
				t.Errorf("the run %q (%s), its rollback %q", run.Outcome, run.Reason, reverted.Outcome)
			}
			if _, vetoed := w.ledger.Slot(run.Plan.Slot("prod")).Vetoed[run.Release.Image]; !vetoed {
				t.Error("the bad release may come back by itself")
			}
			byHand := w.begin(rollbackOf(run.Plan, "prod", Revert{From: run.Release.Image, Target: reverted.Plan.Revert.Target}), "ada")
			if run := w.through(byHand); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" {
				t.Errorf("tried again by hand: %q, live is %s", run.Outcome, w.liveIn("prod"))
			}
		})
	}
}

func TestAnEngineThatDiesBetweenStartAndLinkStartsNoSecondRollback(t *testing.T) {
	for moments := 1; moments <= 12; moments++ {
		w := newWorld(t)
		w.promoted("1.0.0")
		id := w.begin(planOf("orders", "1.1.0"), "gantry")
		a := w.until(id, "qa/e2e")
		w.dies = moments
		w.end(a, how{verb: VerbReportFailure, reason: "no"})
		w.reopen()
		if again, working := w.at(id); working { // the report was lost with the engine
			w.end(again, how{verb: VerbReportFailure, reason: "no"})
		}
		run := w.revert(id)
		if len(w.ledger.Runs()) != 4 || run.Outcome != RolledBack || w.liveIn("qa") != "1.0.0" || w.liveIn("dev") != "1.0.0" {
			t.Errorf("dead after %d moments: %d runs, %q, qa has %s, dev %s", moments, len(w.ledger.Runs()), run.Outcome, w.liveIn("qa"), w.liveIn("dev"))
		}
	}
}

func TestAnOperatorWhoGoesBackToARolledBackReleaseLiftsItsVeto(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	w.promoted("1.1.0")
	plan := planOf("orders", "")
	prod := func() SlotState { return w.ledger.Slot(plan.Slot("prod")) }
	one, two := prod().Good[0], prod().Good[1]
	w.through(w.begin(rollbackOf(plan, "prod", Revert{From: two.Release.Image, Target: &one}), "ada"))
	if good := prod().LastGood; good == nil || good.Release.Version != "1.0.0" {
		t.Errorf("last good is %s after the rollback", nameOf(good))
	}
	w.through(w.begin(rollbackOf(plan, "prod", Revert{From: one.Release.Image, Target: &two}), "ada"))
	if good := prod().LastGood; good == nil || good.Release.Version != "1.1.0" || w.liveIn("prod") != "1.1.0" {
		t.Errorf("last good is %s and live %s after the way back", nameOf(good), w.liveIn("prod"))
	}
}

func TestADrillLeavesTheLastGoodReleaseAsItWasAndVetoesNothing(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	plan := planOf("orders", "1.1.0")
	plan.Drill = &Drill{Stage: "qa/e2e", How: "fail"}
	id := w.begin(plan, "ada")
	w.fails(id, "qa/e2e") // it has passed dev by then
	w.revert(id)
	for _, environment := range []string{"dev", "qa"} {
		s := w.ledger.Slot(plan.Slot(environment))
		if s.LastGood == nil || s.LastGood.Release.Version != "1.0.0" || w.liveIn(environment) != "1.0.0" || len(s.Vetoed) > 0 {
			t.Errorf("in %s live is %s, last good %s, vetoed %v", environment, w.liveIn(environment), nameOf(s.LastGood), s.Vetoed)
		}
	}
	if run := w.through(w.begin(planOf("orders", "1.1.0"), "gantry")); run.Outcome != Succeeded {
		t.Errorf("after the drill the same release %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

// Evidence that hangs past its deadline must not keep the environment from being put right.
func TestEvidenceThatStallsDoesNotStopTheRollback(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(bad, "prod/acceptance")
	id := w.ledger.Run(bad).Rollbacks[0].Run
	a := w.until(id, "prod/evidence")
	if err := w.send(Command{Run: id, Verb: VerbReportStall, Stage: a.stage, Attempt: a.n, Reason: "no end within 1m"}); err != nil {
		t.Fatal(err)
	}
	if run := w.ledger.Run(id); run.Outcome == RollbackFailed {
		t.Errorf("the rollback %q before it rolled anything back: %s; live in prod is %s", run.Outcome, run.Reason, w.liveIn("prod"))
	}
}

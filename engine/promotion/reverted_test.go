package promotion

import (
	"slices"
	"strings"
	"testing"
)

// rollsBack is ada's rollback of what is live in an environment, to what was good there before.
func (w *world) rollsBack(environment string) RunID {
	w.t.Helper()
	s := w.ledger.Slot(planOf("orders", "").Slot(environment))
	good := s.Good[0]
	return w.begin(rollbackOf(planOf("orders", ""), environment, Revert{From: s.Live.Release.Image, Target: &good}), "ada")
}

// endedBy fails unless the rollback has ended the promotion.
func (w *world) endedBy(rollback, id RunID) {
	w.t.Helper()
	if run := w.ledger.Run(id); run.Outcome != Aborted || run.Linked != rollback || !strings.Contains(run.Reason, "ada rolled 1.1.0") {
		w.t.Fatalf("run %d %q by run %d, for %q, waiting for %+v", id, run.Outcome, run.Linked, run.Reason, run.Waits())
	}
}

func TestScenarioARollbackByHandEndsThePromotionThatWaitsFurtherOn(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.before(approved("1.1.0"), "prod")
	byHand := w.rollsBack("qa")
	w.endedBy(byHand, id)
	refused(t, w, Command{Run: id, Verb: VerbApprove, Actor: "ada", Environment: "prod", Digest: w.ledger.Run(id).Release.Image},
		"ada rolled 1.1.0", "gantry rerun 2 --from qa")
	if run := w.through(byHand); run.Outcome != RolledBack || w.liveIn("qa") != "1.0.0" || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the rollback %q, qa has %s, prod %s", run.Outcome, w.liveIn("qa"), w.liveIn("prod"))
	}
	if run := w.through(w.begin(planOf("orders", "1.2.0"), "gantry")); run.Outcome != Succeeded {
		t.Errorf("a newer release %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

func TestARollbackByHandBreaksOffTheVerificationOfWhatItReverts(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	e2e := w.until(id, "qa/e2e")
	byHand := w.rollsBack("qa")
	w.endedBy(byHand, id)
	waitsFor(t, w, byHand, "run 2 qa/e2e attempt 1 is just ending", "gantry")
	w.end(e2e, good)
	if run := w.through(byHand); run.Outcome != RolledBack || w.liveIn("qa") != "1.0.0" {
		t.Errorf("the rollback %q, qa has %s", run.Outcome, w.liveIn("qa"))
	}
	if stage, _ := w.ledger.Run(id).Stage("qa/e2e"); stage.State != StateInterrupted {
		t.Errorf("the E2E that was broken off %s", stage.State)
	}
}

func TestARollbackByHandEndsARunOnHold(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	p := planOf("orders", "1.1.0")
	p.column("qa").OnFailure = "hold"
	id := w.begin(p, "gantry")
	w.fails(id, "qa/acceptance")
	byHand := w.rollsBack("qa")
	w.endedBy(byHand, id)
	if run := w.through(byHand); run.Outcome != RolledBack || w.liveIn("qa") != "1.0.0" || w.liveIn("dev") != "1.1.0" {
		t.Errorf("the rollback %q, qa has %s, dev %s", run.Outcome, w.liveIn("qa"), w.liveIn("dev"))
	}
}

func TestAStageThatChangesSomethingComesToItsEndBeforeARollbackByHandEndsItsRun(t *testing.T) {
	for stage, deployed := range map[StageID]bool{"prod/copy": false, "prod/migrate": false, "prod/deploy": true} {
		w := newWorld(t)
		w.promoted("1.0.0")
		id := w.begin(planOf("orders", "1.1.0"), "gantry")
		at := w.until(id, stage)
		byHand := w.rollsBack("qa")
		if run := w.ledger.Run(id); run.Done() || run.Reverted == nil || run.Reverted.By != byHand {
			t.Fatalf("during %s the run %q, reverted by %+v", stage, run.Outcome, run.Reverted)
		}
		if run := w.through(byHand); run.Outcome != RolledBack {
			t.Fatalf("during %s the rollback %q, waiting for %+v", stage, run.Outcome, run.Waits())
		}
		w.end(at, good)
		if !deployed {
			w.endedBy(byHand, id)
		}
		if run := w.through(id); deployed && (run.Outcome != Succeeded || w.liveIn("prod") != "1.1.0") || !deployed && w.liveIn("prod") != "1.0.0" {
			t.Errorf("after %s the run %q, and prod has %s", stage, run.Outcome, w.liveIn("prod"))
		}
	}
}

// To leave it unproven would be worse than to let it come to its end; that environment has a rollback of its own.
func TestWhatIsLiveFurtherOnIsProvenThereAndGoesNoFurther(t *testing.T) {
	w := newWorld(t)
	withEurope := func(version string) Plan {
		p := planOf("orders", version)
		p.Columns = append(p.Columns, column("europe", "copy migrate compat deploy acceptance e2e"))
		return p
	}
	w.through(w.begin(withEurope("1.0.0"), "gantry"))
	id := w.begin(withEurope("1.1.0"), "gantry")
	w.until(id, "prod/e2e")
	byHand := w.rollsBack("qa")
	if where := w.ledger.Run(id).FinishesIn("qa"); where != "prod" {
		t.Errorf("it is to finish in %q", where)
	}
	w.through(byHand)
	w.through(id)
	w.endedBy(byHand, id)
	if w.liveIn("prod") != "1.1.0" || w.liveIn("europe") != "1.0.0" || w.ledger.Slot(planOf("orders", "").Slot("prod")).LastGood.Release.Version != "1.1.0" {
		t.Errorf("prod has %s, europe %s", w.liveIn("prod"), w.liveIn("europe"))
	}
}

func TestAFailureFurtherOnStillRollsBackWhatItsPolicySays(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(id, "prod/acceptance")
	w.through(w.rollsBack("qa"))
	w.fails(id, "prod/e2e")
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the run %q, prod has %s", run.Outcome, w.liveIn("prod"))
	}
}

func TestARerunThatReliesOnWhatIsRolledBackEndsToo(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	failed := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(failed, "prod/acceptance")
	w.revert(failed)
	p, release := approved("1.1.0"), w.ledger.Run(failed).Release
	p.Rerun, p.Release, p.Trigger = failed, &release, "operator"
	for _, c := range p.Columns[:3] {
		p.Passed = append(p.Passed, p.Slot(c.Name))
	}
	p.Columns = slices.Clone(p.Columns[3:])
	rerun := w.begin(p, "grace")
	w.endedBy(w.rollsBack("qa"), rerun)
}

func TestARollbackByHandEndsNothingElse(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	another := planOf("orders", "1.1.0")
	another.Team = "stock" // the same image, in a slot of Dev of its own
	theirs := w.begin(another, "gantry")
	w.until(theirs, "dev/acceptance")
	w.until(w.begin(planOf("orders", "1.1.0"), "gantry"), "dev/acceptance")
	older := w.begin(planOf("inventory", "1.1.0"), "gantry")
	w.until(older, "qa/e2e")
	byHand := w.rollsBack("dev")
	w.endedBy(byHand, 3)
	for _, id := range []RunID{theirs, older} {
		if run := w.ledger.Run(id); run.Done() || run.Reverted != nil {
			t.Errorf("run %d of %s by %s %q, reverted by %+v", id, run.Plan.Service, run.Plan.Team, run.Outcome, run.Reverted)
		}
	}
}

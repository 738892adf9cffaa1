package promotion

import (
	"testing"
	"time"
)

// queued is a run of the version that stands before dev.
func queued(w *world, version, queue string) RunID {
	w.t.Helper()
	plan := planOf("orders", version)
	plan.Queue = queue
	id := w.begin(plan, "gantry")
	w.until(id, "build/contract")
	a, _ := w.at(id)
	w.end(a, good)
	return id
}

func TestANewerRunSupersedesAnOlderOneThatWaits(t *testing.T) {
	w := newWorld(t)
	first := queued(w, "1.0.0", "latest")
	second := queued(w, "1.1.0", "latest")
	waitsFor(t, w, second, "run 1 is in dev", "run 1")
	third := queued(w, "1.2.0", "latest")
	if run := w.ledger.Run(second); run.Outcome != Superseded || run.Linked != third {
		t.Errorf("the second run %q by %d: %s", run.Outcome, run.Linked, run.Reason)
	}
	if run := w.ledger.Run(first); run.Done() {
		t.Errorf("the first run was at work, and yet %q", run.Outcome)
	}
	waitsFor(t, w, third, "run 1 is in dev", "run 1")
	w.through(first)
	if run := w.through(third); run.Outcome != Succeeded || w.liveIn("prod") != "1.2.0" {
		t.Errorf("the third run %q, live is %s", run.Outcome, w.liveIn("prod"))
	}
}

func TestARunAtWorkIsNeverSuperseded(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	building := w.begin(planOf("orders", "1.1.0"), "gantry")
	refused(t, w, Command{Run: building, Verb: VerbSupersede, Linked: 9}, "never cancelled by a newer one", "")
	w.until(building, "dev/push")
	refused(t, w, Command{Run: building, Verb: VerbSupersede, Linked: 9}, "never cancelled by a newer one", "")
	w.fails(building, "qa/copy")
	refused(t, w, Command{Run: building, Verb: VerbSupersede, Linked: 9}, "never cancelled by a newer one", "")
}

func TestInAFifoTheOlderRunGoesFirst(t *testing.T) {
	w := newWorld(t)
	first := queued(w, "1.0.0", "fifo")
	second := queued(w, "1.1.0", "fifo")
	third := queued(w, "1.2.0", "fifo")
	waitsFor(t, w, third, "run 2 is before it in the queue for dev", "run 2")
	for i, id := range []RunID{first, second, third} {
		if run := w.through(id); run.Outcome != Succeeded {
			t.Errorf("run %d of the queue %q, waiting for %+v", i+1, run.Outcome, run.Waits())
		}
	}
}

func TestAVetoedRunHoldsUpNobodyInAFifo(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	w.fails(w.begin(planOf("orders", "1.1.0"), "gantry"), "dev/acceptance")
	w.revert(2)
	again := queued(w, "1.1.0", "fifo")
	waitsFor(t, w, again, "may not enter by itself", "a newer release")
	newer := queued(w, "1.2.0", "fifo")
	if run := w.through(newer); run.Outcome != Succeeded {
		t.Errorf("the newer run waits for %+v", run.Waits())
	}
}

func TestAnOlderRunThatIsOvertakenGivesWay(t *testing.T) {
	w := newWorld(t)
	slow := w.begin(planOf("orders", "1.0.0"), "gantry")
	quick := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(quick, "qa/copy")
	w.through(slow)
	if run := w.ledger.Run(slow); run.Outcome != Superseded || run.Linked != quick {
		t.Errorf("the older run %q, waiting for %+v", run.Outcome, run.Waits())
	}
	if run := w.through(quick); run.Outcome != Succeeded || w.liveIn("dev") != "1.1.0" {
		t.Errorf("the newer run %q, live in dev is %s", run.Outcome, w.liveIn("dev"))
	}
}

func TestAMergeIsNotLostToARunThatDoesLess(t *testing.T) {
	for name, less := range map[string]func(*Plan){
		"that ends in dev": func(p *Plan) { p.Columns = p.Columns[:2] },
		"of a drill":       func(p *Plan) { p.Drill = &Drill{Stage: "prod/e2e", How: "fail"} },
	} {
		t.Run("in the queue, a run "+name, func(t *testing.T) {
			w := newWorld(t)
			first, merge := queued(w, "1.0.0", "latest"), queued(w, "1.1.0", "latest")
			plan := planOf("orders", "1.2.0")
			less(&plan)
			lesser := w.begin(plan, "ada")
			w.through(lesser)
			waitsFor(t, w, lesser, "run 2 is before it in the queue for dev", "run 2")
			w.through(first)
			if run := w.through(merge); run.Outcome != Succeeded {
				t.Errorf("the merge %q, waiting for %+v", run.Outcome, run.Waits())
			}
		})
		t.Run("overtaken by a run "+name, func(t *testing.T) {
			w := newWorld(t)
			merge := w.begin(planOf("orders", "1.0.0"), "gantry")
			plan := planOf("orders", "1.1.0")
			less(&plan)
			w.through(w.begin(plan, "ada"))
			if run := w.through(merge); run.Outcome != Succeeded {
				t.Errorf("the merge %q, waiting for %+v", run.Outcome, run.Waits())
			}
		})
	}
}

func TestAnOlderRunGoesInAfterTheNewerOneWasRolledBack(t *testing.T) {
	w := newWorld(t)
	w.promoted("0.9.0")
	slow := w.begin(planOf("orders", "1.0.0"), "gantry")
	quick := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(quick, "dev/acceptance")
	w.revert(quick)
	if run := w.through(slow); run.Outcome != Succeeded || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the older run %q, waiting for %+v", run.Outcome, run.Waits())
	}
}

func TestTenMergesInAMinuteReachProdWithoutSkippingAVerification(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.7.0", "1.8.0", "1.9.0"} {
		w.begin(planOf("orders", version), "gantry")
	}
	for len(w.working) > 0 {
		w.end(w.working[0], good)
	}
	succeeded := 0
	for _, run := range w.ledger.Runs() {
		switch run.Outcome {
		case Succeeded:
			succeeded++
		case Superseded:
		default:
			t.Errorf("run %d %q, waiting for %+v", run.ID, run.Outcome, run.Waits())
		}
	}
	if succeeded == 0 || w.liveIn("prod") != "1.9.0" {
		t.Errorf("%d runs came through, live in prod is %s", succeeded, w.liveIn("prod"))
	}
}

func TestTeamsDoNotWaitForEachOtherInDev(t *testing.T) {
	w := newWorld(t)
	w.until(w.begin(planOf("orders", "1.0.0"), "gantry"), "dev/deploy")
	plan := planOf("orders", "1.1.0")
	plan.Team = "payments"
	other := w.begin(plan, "gantry")
	w.until(other, "dev/acceptance")
	if live := w.ledger.Slot(Slot{Environment: "dev", Service: "orders", Team: "checkout"}).Live; live != nil {
		t.Errorf("the other team's release is live in this team's slot: %+v", live)
	}
}

func TestAPlanThatCouldNotBeFollowedIsRefused(t *testing.T) {
	w := newWorld(t)
	twice := planOf("orders", "1.0.0")
	twice.Columns[1].Stages[1].ID = "dev/push"
	misplaced := planOf("orders", "1.0.0")
	misplaced.Columns[1].Stages[1].ID = "qa/migrate"
	targetless := rollbackOf(planOf("orders", "1.0.0"), "dev", Revert{})
	targetless.Revert = nil
	for _, test := range []struct {
		plan *Plan
		why  string
	}{
		{nil, "no stages"}, {&Plan{Columns: []Column{{Name: "dev"}}}, "no stages"}, {&twice, "no place or name of its own"},
		{&misplaced, "no place or name of its own"}, {&targetless, "what it reverts"},
	} {
		refused(t, w, Command{Run: 1, Verb: VerbStart, Plan: test.plan}, test.why, "")
	}
	plan := planOf("orders", "1.0.0")
	refused(t, w, Command{Verb: VerbStart, Plan: &plan}, "needs a number", "")
	id := w.begin(plan, "gantry")
	refused(t, w, Command{Run: id, Verb: VerbStart, Plan: &plan}, "has started already", "")
}

func TestAShutGateSaysWhyAndOpensWhenTheStageStarts(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.mustAsk(id, VerbPause)
	w.end(w.until(id, "build/build"), good)
	if err := w.send(Command{Run: id, Verb: VerbResume}); err != nil {
		t.Fatal(err)
	}
	shut := Command{Run: id, Verb: VerbShut, Stage: "build/contract", Gate: &Waiting{Reason: "inventory has no stub yet", Who: "run 7"}}
	for range 2 { // a driver looks again and again; the journal hears of it once
		if err := w.send(shut); err != nil {
			t.Fatal(err)
		}
	}
	if last := w.journal[len(w.journal)-2:]; last[0].Type != RunResumed || last[1].Type != GateShut {
		t.Errorf("the journal ends with %s, %s", last[0].Type, last[1].Type)
	}
	waitsFor(t, w, id, "inventory has no stub yet", "run 7")
	w.reconcile()
	if stage, _ := w.ledger.Run(id).Stage("build/contract"); stage.State != StateRunning || stage.Waiting != nil {
		t.Errorf("the stage is %s and waits for %+v", stage.State, stage.Waiting)
	}
}

// The environments after Dev are shared; another team's branch must not make a merge disappear there.
func TestAMergeIsNotLostToAnotherTeamsRun(t *testing.T) {
	w := newWorld(t)
	first := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.until(first, "qa/e2e") // occupies qa
	merge := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.through(merge)
	waitsFor(t, w, merge, "run 1 is in qa", "run 1")
	plan := planOf("orders", "9.0.0")
	plan.Team = "growth"
	other := w.begin(plan, "eve")
	w.through(other)
	if run := w.ledger.Run(merge); run.Outcome == Superseded {
		t.Errorf("the merge of %s is superseded by run %d of %s: %s", run.Plan.Team, other, plan.Team, run.Reason)
	}
}

// In a queue "fifo" a run whose own gate never opens by itself must not hold up those behind it.
func TestAFifoIsNotJammedByARunThatCanNeverSoak(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.Queue = "fifo"
	p.column("dev").Soak = Duration(time.Hour)
	first := w.before(p, "qa")
	w.later(time.Minute)
	p.Source.Version = "1.1.0"
	second := w.before(p, "qa") // live in dev now: the first can never soak
	waitsFor(t, w, first, "1.1.0", "override")
	w.later(2 * time.Hour)
	if run := w.through(second); run.Outcome != Succeeded {
		t.Errorf("the second, soaked, waits for %+v", run.Waits())
	}
}

func TestAFifoIsNotJammedByARunThatWasTestedAgainstAStubThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.through(w.begin(planOf("inventory", "2.0.0"), "gantry"))
	p := planOf("orders", "1.0.0")
	p.Queue = "fifo"
	p.dependsOn("tested")
	first := w.before(p, "prod")
	waitsFor(t, w, first, "was not tested against its stub", "override")
	if !w.ledger.Run(first).Waits().NeedsPerson() {
		t.Errorf("no run of anything opens this, and nobody is told: %+v", w.ledger.Run(first).Waits())
	}
	p = planOf("orders", "1.1.0")
	p.Queue = "fifo"
	if run := w.through(w.begin(p, "gantry")); run.Outcome != Succeeded {
		t.Errorf("the second waits for %+v", run.Waits())
	}
}

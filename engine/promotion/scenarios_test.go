package promotion

import (
	"slices"
	"testing"
)

func TestScenarioRollbackBeforeAnythingWasDeployed(t *testing.T) {
	t.Run("asked for", func(t *testing.T) {
		w := newWorld(t)
		w.promoted("1.0.0")
		id := w.begin(planOf("orders", "1.1.0"), "ada")
		for _, stage := range []StageID{"build/contract", "dev/push", "dev/compat"} {
			w.until(id, stage)
			refused(t, w, Command{Run: id, Verb: VerbRollBack, Actor: "ada"}, "has deployed nothing", "abort the run")
		}
		w.mustAsk(id, VerbAbort)
		if run := w.ledger.Run(id); run.Outcome != Aborted || w.liveIn("dev") != "1.0.0" {
			t.Errorf("the run %q, live in dev is %s", run.Outcome, w.liveIn("dev"))
		}
	})
	t.Run("by policy", func(t *testing.T) {
		w := newWorld(t)
		id := w.begin(planOf("orders", "1.0.0"), "gantry")
		w.fails(id, "dev/migrate")
		if run := w.ledger.Run(id); run.Outcome != Failed || len(run.Rollbacks) > 0 || len(w.ledger.Runs()) > 1 {
			t.Errorf("the run %q with the rollbacks %+v", run.Outcome, run.Rollbacks)
		}
	})
}

// The next merge goes all the way although its environments have just been rolled back: only the bad release is kept out.
func TestScenarioNextMergeAfterARollback(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(bad, "qa/e2e")
	w.revert(bad)
	merge := w.begin(planOf("orders", "1.2.0"), "gantry")
	w.until(merge, "dev/deploy")
	if column, _ := w.ledger.Run(merge).Column("dev"); nameOf(column.Live) != nameOf(column.LastGood) || column.Live.Release.Version != "1.0.0" {
		t.Errorf("it found %s live and %s good in dev", nameOf(column.Live), nameOf(column.LastGood))
	}
	if run := w.through(merge); run.Outcome != Succeeded || w.liveIn("dev") != "1.2.0" || w.liveIn("prod") != "1.2.0" {
		t.Errorf("the merge %q, waiting for %+v", run.Outcome, run.Waits())
	}
	again := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.through(again)
	waitsFor(t, w, again, "may not enter by itself", "an operator")
	if w.liveIn("dev") != "1.2.0" {
		t.Errorf("the bad release is live in dev again: %s", w.liveIn("dev"))
	}
}

// As text 1.10.0 comes before 1.9.0. Nothing in Gantry orders releases by their versions: only by what happened.
func TestScenarioVersion110Against19(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"1.9.0", "1.10.0"} {
		w.promoted(version)
	}
	if good := w.ledger.Slot(planOf("orders", "").Slot("prod")).LastGood; good.Release.Version != "1.10.0" {
		t.Errorf("last good is %s after 1.10.0 passed", nameOf(good))
	}
	bad := w.begin(planOf("orders", "1.11.0"), "gantry")
	w.fails(bad, "prod/e2e")
	if run := w.revert(bad); run.Outcome != RolledBack || w.liveIn("prod") != "1.10.0" {
		t.Errorf("the run %q, and went back to %s", run.Outcome, w.liveIn("prod"))
	}
	// A fix of the older line is the newer release, and what it replaced is what it goes back to.
	w.promoted("1.9.1")
	if good := w.ledger.Slot(planOf("orders", "").Slot("prod")).LastGood; good.Release.Version != "1.9.1" || w.liveIn("prod") != "1.9.1" {
		t.Errorf("last good is %s, live is %s", nameOf(good), w.liveIn("prod"))
	}
	bad = w.begin(planOf("orders", "1.9.2"), "gantry")
	w.fails(bad, "prod/e2e")
	if w.revert(bad); w.liveIn("prod") != "1.9.1" {
		t.Errorf("it went back to %s", w.liveIn("prod"))
	}
}

func TestScenarioProdFailsAfterTheStubWasPublished(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(id, "prod/e2e")
	run := w.revert(id)
	var rolledBack []string
	for _, linked := range run.Rollbacks {
		rolledBack = append(rolledBack, linked.Environment)
	}
	if run.Outcome != RolledBack || !slices.Equal(rolledBack, []string{"prod"}) || w.liveIn("prod") != "1.0.0" || w.liveIn("qa") != "1.1.0" || w.liveIn("dev") != "1.1.0" {
		t.Errorf("the run %q, rolled back %v; live: dev %s, qa %s, prod %s", run.Outcome, rolledBack, w.liveIn("dev"), w.liveIn("qa"), w.liveIn("prod"))
	}
	published, _ := run.Stage("qa/publish")
	moved, _ := run.Stage("prod/publish")
	if published.State != StateSucceeded || run.Release.Stub == "" || len(moved.Attempts) > 0 {
		t.Errorf("qa's channel: %s, stub %s; prod's channel was moved %d times", published.State, run.Release.Stub.Short(), len(moved.Attempts))
	}
	// What prod goes back to carries its own stub, so that the channel can be told to speak of it.
	if good := w.ledger.Slot(run.Plan.Slot("prod")).LastGood; good.Release.Stub == "" || good.Release.Stub == run.Release.Stub {
		t.Errorf("prod's last good has the stub %s", good.Release.Stub.Short())
	}
}

// Everything that ever passed has turned out bad meanwhile: there is nothing to go back to, and that is said.
func TestScenarioBadCurrentAndEveryPreviousOneBad(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	slot := planOf("orders", "").Slot("prod")
	image := w.ledger.Slot(slot).Live.Release.Image
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.until(id, "prod/e2e")
	if err := w.send(Command{Verb: VerbVeto, Slot: &slot, Digest: image, Actor: "ada", Reason: "it leaks"}); err != nil {
		t.Fatal(err)
	}
	w.fails(id, "prod/e2e")
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "" {
		t.Errorf("the run %q, and went back to %q", run.Outcome, w.liveIn("prod"))
	}
	if s := w.ledger.Slot(slot); s.Live != nil || s.LastGood != nil || len(s.Vetoed) != 2 {
		t.Errorf("live is %s, last good %s, %d vetoed", nameOf(s.Live), nameOf(s.LastGood), len(s.Vetoed))
	}
}

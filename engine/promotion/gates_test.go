package promotion

import (
	"strings"
	"testing"
	"time"
)

// before is a run of the plan that stands before the environment, everything earlier done.
func (w *world) before(p Plan, environment string) RunID {
	w.t.Helper()
	id := w.begin(p, "gantry")
	w.through(id)
	if column, _, ok := w.ledger.Run(id).Current(); !ok || column.Name != environment || column.Entered {
		w.t.Fatalf("run %d is not before %s: %+v", id, environment, w.ledger.Run(id).Waits())
	}
	return id
}

// tells sends a command and lets the driver act on it.
func (w *world) tells(c Command) {
	w.t.Helper()
	if c.Actor == "" {
		c.Actor = "ada"
	}
	if err := w.send(c); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.reconcile()
}

// later lets time pass.
func (w *world) later(d time.Duration) {
	w.now = w.now.Add(d)
	w.reconcile()
}

func approved(version string) Plan {
	p := planOf("orders", version)
	p.Source.Author = "Grace Hopper <grace@example.org>"
	p.column("prod").Approval = &Approval{Expires: Duration(time.Hour), FourEyes: true}
	return p
}

func TestAnApprovalNamesTheImageAndIsSomebodyElses(t *testing.T) {
	w := newWorld(t)
	id := w.begin(approved("1.0.0"), "gantry")
	approve := Command{Run: id, Verb: VerbApprove, Actor: "ada", Environment: "prod"}
	refused(t, w, approve, "has not passed build", "wait until it has passed")
	w.through(id)
	waitsFor(t, w, id, "1.0.0", "approve or reject")
	image := w.ledger.Run(id).Release.Image
	refused(t, w, approve, "names the image", "")
	approve.Digest = digest("another")
	refused(t, w, approve, "is not what run 1 brings to prod", image.Short())
	approve.Digest = image
	for _, author := range []string{"grace", "Grace Hopper", "grace@example.org", "Gantry"} {
		approve.Actor = author
		refused(t, w, approve, "wants four eyes", "somebody else")
	}
	approve.Actor = "ada"
	w.tells(approve)
	refused(t, w, approve, "run 1 is in prod already", "")
	if run := w.through(id); run.Outcome != Succeeded || run.Columns[3].Approved.By != "ada" {
		t.Errorf("the run %q, approved by %+v", run.Outcome, run.Columns[3].Approved)
	}
	refused(t, w, Command{Run: w.begin(planOf("orders", "1.1.0"), "gantry"), Verb: VerbApprove, Environment: "prod"}, "asks for no approval", "")
}

func TestAnApprovalThatIsNotUsedExpires(t *testing.T) {
	w := newWorld(t)
	id := w.before(approved("1.0.0"), "prod")
	w.freeze = &Waiting{Gate: GateFreeze, Reason: "prod is frozen", Who: "time"}
	approve := Command{Run: id, Verb: VerbApprove, Environment: "prod", Digest: w.ledger.Run(id).Release.Image}
	w.tells(approve)
	waitsFor(t, w, id, "prod is frozen", "time")
	w.freeze = nil
	w.later(2 * time.Hour)
	waitsFor(t, w, id, "by ada has expired", "approve or reject")
	w.tells(approve)
	if run := w.through(id); run.Outcome != Succeeded {
		t.Errorf("approved again, the run waits for %+v", run.Waits())
	}
}

func TestAShutGateTellsWhatElseIsShutBehindIt(t *testing.T) {
	w := newWorld(t)
	id := w.before(approved("1.0.0"), "prod")
	prod := planOf("orders", "").Slot("prod")
	w.tells(Command{Verb: VerbHold, Slot: &prod, Reason: "an incident"})
	also := func() string {
		t.Helper()
		w.reconcile()
		waiting := w.ledger.Run(id).Waits()
		if waiting == nil {
			t.Fatal("the run waits for nothing")
		}
		return waiting.Also
	}
	approval := also()
	if !strings.Contains(approval, "1.0.0") || strings.Contains(approval, "incident") {
		t.Errorf("besides the hold it waits for %q", approval)
	}
	w.freeze = &Waiting{Gate: GateFreeze, Reason: "prod is frozen", Who: "time"}
	if got := also(); got != "prod is frozen; "+approval {
		t.Errorf("besides the hold it waits for %q", got)
	}
	w.freeze = nil
	w.tells(Command{Verb: VerbRelease, Slot: &prod})
	if got := also(); got != "" {
		t.Errorf("besides the approval it waits for %q", got)
	}
}

func TestScenarioAnApprovalForAnOlderRunAfterANewerOneArrived(t *testing.T) {
	w := newWorld(t)
	older := w.before(approved("1.0.0"), "prod")
	prod := planOf("orders", "").Slot("prod")
	w.tells(Command{Verb: VerbHold, Slot: &prod, Reason: "an incident"})
	w.tells(Command{Run: older, Verb: VerbApprove, Environment: "prod", Digest: w.ledger.Run(older).Release.Image})
	newer := w.before(approved("1.1.0"), "prod")
	run := w.ledger.Run(older)
	if run.Outcome != Superseded || run.Linked != newer {
		t.Fatalf("the older run %q", run.Outcome)
	}
	if want := "the approval of " + run.Release.Image.Short() + " by ada is void"; run.Reason != "run 2 is newer and takes its place in prod; "+want {
		t.Errorf("it says %q", run.Reason)
	}
	w.tells(Command{Verb: VerbRelease, Slot: &prod})
	refused(t, w, Command{Run: older, Verb: VerbApprove, Actor: "ada", Environment: "prod", Digest: run.Release.Image}, "run 1 has ended: superseded by run 2", "look at run 2")
	waitsFor(t, w, newer, "1.1.0", "approve or reject") // what was approved was another image
	refused(t, w, Command{Run: newer, Verb: VerbApprove, Actor: "ada", Environment: "prod", Digest: run.Release.Image}, "is not what run 2 brings", "")
}

func TestScenarioARejectionStopsEverythingAfterIt(t *testing.T) {
	w := newWorld(t)
	id := w.before(approved("1.0.0"), "prod")
	refused(t, w, Command{Run: id, Verb: VerbReject, Actor: "ada", Environment: "prod"}, "will want to know why", "--reason")
	w.tells(Command{Run: id, Verb: VerbReject, Environment: "prod", Reason: "the price list is wrong"})
	run := w.ledger.Run(id)
	if run.Outcome != Rejected || len(w.working) > 0 || Next(run, w.now) != nil || w.liveIn("prod") != "" || w.liveIn("qa") != "1.0.0" {
		t.Errorf("the run %q, at work is %v, live in prod %q", run.Outcome, w.working, w.liveIn("prod"))
	}
	refused(t, w, Command{Run: id, Verb: VerbApprove, Actor: "bob", Environment: "prod", Digest: run.Release.Image}, "has ended: rejected", "")
}

func TestAFreezeSoakOrDependencyIsOverriddenWithAReason(t *testing.T) {
	for gate, shut := range map[Gate]func(*world, *Plan){
		GateFreeze:     func(w *world, _ *Plan) { w.freeze = &Waiting{Gate: GateFreeze, Reason: "a freeze", Who: "time"} },
		GateSoak:       func(_ *world, p *Plan) { p.column("qa").Soak = Duration(time.Hour) },
		GateDependency: func(_ *world, p *Plan) { p.dependsOn("tested") },
	} {
		w, p := newWorld(t), planOf("orders", "1.0.0")
		shut(w, &p)
		frozen := w.freeze
		w.freeze = nil
		id := w.begin(p, "gantry")
		a := w.until(id, "qa/publish")
		w.freeze = frozen
		w.end(a, good)
		if waiting := w.ledger.Run(id).Waits(); waiting == nil || waiting.Gate != gate {
			t.Fatalf("%s: it waits for %+v", gate, waiting)
		}
		override := Command{Run: id, Verb: VerbOverride, Actor: "ada", Environment: "prod"}
		refused(t, w, override, "needs a reason", "--reason")
		override.Reason = "a fix that cannot wait"
		w.tells(override)
		if run := w.through(id); run.Outcome != Succeeded {
			t.Errorf("%s: overridden, and waits for %+v", gate, run.Waits())
		}
	}
}

func (p *Plan) dependsOn(how string) {
	p.column("prod").Dependencies, p.column("prod").DependsOn = how, []Slot{{Environment: "prod", Service: "inventory"}}
}

func TestAReleaseSoaksAndTheOlderOneIsNotStarvedByIt(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.column("qa").Soak = Duration(time.Hour)
	first := w.before(p, "prod")
	waitsFor(t, w, first, "live in qa for 1h first", "override")
	if until := w.ledger.Run(first).Waits().Until; until == nil || !until.Equal(w.ledger.Slot(p.Slot("qa")).Live.Since.Add(time.Hour)) {
		t.Errorf("it says until %v", until)
	}
	w.later(time.Hour)
	if run := w.through(first); run.Outcome != Succeeded {
		t.Errorf("soaked, it waits for %+v", run.Waits())
	}
	p.Source.Version = "1.1.0"
	second := w.before(p, "prod")
	p.Source.Version = "1.2.0"
	third := w.before(p, "prod") // is live in qa now: the second never soaks
	waitsFor(t, w, second, "1.2.0", "newer release")
	w.later(time.Hour)
	if older, newer := w.ledger.Run(second), w.through(third); older.Outcome != Superseded || newer.Outcome != Succeeded {
		t.Errorf("the second %q, the third %q", older.Outcome, newer.Outcome)
	}
}

func TestADependencyMustBeLiveOrAsTested(t *testing.T) {
	w := newWorld(t)
	p := planOf("orders", "1.0.0")
	p.dependsOn("live")
	id := w.before(p, "prod")
	waitsFor(t, w, id, "inventory, which is not live in prod", "an operator: run inventory")
	w.through(w.begin(planOf("inventory", "2.0.0"), "gantry"))
	if run := w.through(id); run.Outcome != Succeeded {
		t.Errorf("inventory is live, and it waits for %+v", run.Waits())
	}
	p = planOf("orders", "1.1.0")
	p.dependsOn("tested")
	id = w.before(p, "prod")
	waitsFor(t, w, id, "was not tested against its stub", "override")
	p = planOf("orders", "1.2.0")
	p.dependsOn("tested")
	stub := w.ledger.Slot(Slot{Environment: "prod", Service: "inventory"}).Live.Release.Stub
	tested := Run{Release: Release{Tested: map[string]Digest{"inventory@prod": stub}}}
	if gate := w.ledger.dependencyGate(&tested, ColumnState{Column: *p.column("prod")}); gate != nil {
		t.Errorf("it was tested, and waits for %+v", gate)
	}
}

func TestAHeldEnvironmentDoesNotAdvanceButIsRepaired(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	prod := planOf("orders", "").Slot("prod")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	a := w.until(id, "prod/migrate")
	refused(t, w, Command{Verb: VerbHold, Actor: "ada", Slot: &prod}, "will want to know why", "--reason")
	w.tells(Command{Verb: VerbHold, Slot: &prod, Reason: "an incident"})
	refused(t, w, Command{Verb: VerbHold, Actor: "bob", Slot: &prod, Reason: "me too"}, "has been on hold by ada", "gantry release")
	w.end(a, good)
	waitsFor(t, w, id, "ada holds prod: an incident", "release it")
	w.tells(Command{Verb: VerbRelease, Slot: &prod})
	refused(t, w, Command{Verb: VerbRelease, Actor: "ada", Slot: &prod}, "is not on hold", "")
	w.until(id, "prod/e2e")
	w.tells(Command{Verb: VerbHold, Slot: &prod, Reason: "an incident"})
	w.fails(id, "prod/e2e") // what repairs it may go on
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("prod") != "1.0.0" {
		t.Errorf("the run %q, live is %s", run.Outcome, w.liveIn("prod"))
	}
}

func TestAReleaseThatAPersonVetoedDoesNotEnterHoweverItIsStarted(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	bad := w.ledger.Run(w.promoted("1.1.0")).Release.Image
	prod := planOf("orders", "").Slot("prod")
	w.tells(Command{Verb: VerbVeto, Slot: &prod, Digest: bad, Reason: "leaks memory"})
	refused(t, w, Command{Verb: VerbVeto, Actor: "bob", Slot: &prod, Digest: bad, Reason: "too"}, "ada has vetoed it", "")
	if good := w.ledger.Slot(prod).LastGood; good.Release.Version != "1.0.0" {
		t.Errorf("last good is %s, which is vetoed", good.Release.Name())
	}
	p := planOf("orders", "1.1.0")
	p.Trigger = "operator"
	id := w.before(p, "prod")
	waitsFor(t, w, id, "ada has vetoed 1.1.0", "allow it")
	refused(t, w, Command{Run: id, Verb: VerbOverride, Actor: "ada", Environment: "prod", Reason: "yes"}, "leaks memory", "gantry allow")
	w.tells(Command{Verb: VerbAllow, Slot: &prod, Digest: bad})
	refused(t, w, Command{Verb: VerbAllow, Actor: "ada", Slot: &prod, Digest: bad}, "may enter", "")
	if run := w.through(id); run.Outcome != Succeeded {
		t.Errorf("allowed, it waits for %+v", run.Waits())
	}
}

func TestOneE2EAtATimeWhereThatIsAsked(t *testing.T) {
	w := newWorld(t)
	exclusive := func(service string) RunID {
		p := planOf(service, "1.0.0")
		p.column("qa").ExclusiveE2E = true
		return w.begin(p, "gantry")
	}
	orders, inventory := exclusive("orders"), exclusive("inventory")
	a := w.until(orders, "qa/e2e")
	w.through(inventory)
	waitsFor(t, w, inventory, "E2E of run 1 runs in qa", "run 1")
	w.end(a, good)
	if b, working := w.at(inventory); !working || b.stage != "qa/e2e" {
		t.Errorf("the other's turn has come, and it does %s", b)
	}
}

func TestScenarioTheSameCommandTwiceAMinuteApart(t *testing.T) {
	w := newWorld(t)
	prod := planOf("orders", "").Slot("prod")
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	hold := Command{ID: "h", Verb: VerbHold, Actor: "ada", Slot: &prod, Reason: "an incident"}
	pause := Command{ID: "p", Run: id, Verb: VerbPause, Actor: "ada"}
	w.tells(hold)
	w.tells(pause)
	w.tells(Command{Verb: VerbRelease, Slot: &prod})
	w.mustAsk(id, VerbResume)
	w.later(time.Minute)
	before := len(w.journal)
	w.tells(hold) // the terminal came back, and delivers what it had not seen acknowledged
	w.tells(pause)
	if len(w.journal) != before || w.ledger.Slot(prod).Hold != nil || w.ledger.Run(id).Paused {
		t.Errorf("it was applied again: %+v", w.journal[before:])
	}
}

func TestScenarioTenMergesWithinAMinute(t *testing.T) {
	w := newWorld(t)
	var ids []RunID
	for i := range 10 {
		ids = append(ids, w.begin(planOf("orders", []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "1.7.0", "1.8.0", "1.9.0"}[i]), "merge"))
		w.now = w.now.Add(5 * time.Second)
	}
	reached := 0
	for len(w.working) > 0 { // they all go on, each a stage at a time
		for _, id := range ids {
			if a, working := w.at(id); working {
				w.end(a, good)
			}
		}
	}
	for _, id := range ids {
		run := w.ledger.Run(id)
		if run.Outcome != Succeeded && run.Outcome != Superseded {
			t.Errorf("run %d %q", id, run.Outcome)
		}
		for _, c := range run.Columns {
			if c.Name == "prod" && c.Passed {
				reached++
			}
			for _, s := range c.Stages {
				if c.Passed && s.State != StateSucceeded && s.Stage.Kind != KindCompat {
					t.Errorf("run %d passed %s, and %s %s", id, c.Name, s.ID, s.State)
				}
			}
		}
	}
	if w.liveIn("prod") != "1.9.0" || reached < 2 {
		t.Errorf("%d runs reached prod, and live is %s", reached, w.liveIn("prod"))
	}
}

func TestScenarioAnEngineAsleepForADayStartsNothingAtOnce(t *testing.T) {
	w := newWorld(t)
	p := approved("1.0.0")
	id := w.before(p, "prod")
	w.freeze = &Waiting{Gate: GateFreeze, Reason: "a freeze", Who: "time"}
	w.tells(Command{Run: id, Verb: VerbApprove, Environment: "prod", Digest: w.ledger.Run(id).Release.Image})
	w.now = w.now.Add(24 * time.Hour)
	w.freeze = nil
	w.reopen()
	if len(w.working) > 0 {
		t.Errorf("a day late it starts %v", w.working)
	}
	waitsFor(t, w, id, "has expired", "approve or reject")
}

package promotion

import (
	"strings"
	"testing"
	"time"
)

// asideOf puts the release of an earlier run aside in dev.
func asideOf(earlier Run) Plan {
	release := earlier.Release
	c := Column{Name: "dev", Isolated: true}
	for _, kind := range []Kind{KindMigrate, KindDeploy, KindRemove} {
		c.Stages = append(c.Stages, Stage{ID: StageID("dev/" + string(kind)), Kind: kind, Retries: 1})
	}
	return Plan{
		Kind: Reprovision, Service: earlier.Plan.Service, Team: earlier.Plan.Team, Trigger: "operator", Source: earlier.Plan.Source,
		Rerun: earlier.ID, Release: &release, Expires: Duration(8 * time.Hour), Columns: []Column{c},
	}
}

// somebodyPutsAside puts the release of an earlier run aside, or tries to.
func (h *history) somebodyPutsAside() {
	if h.last == 0 {
		return
	}
	p := asideOf(h.ledger.Run(RunID(1 + h.pick(int(h.last), "whose"))))
	p.Expires = Duration(1+h.pick(60, "minutes")) * Duration(time.Minute)
	h.last++
	if err := h.send(Command{Run: h.last, Verb: VerbStart, Actor: "ada", Plan: &p}); err != nil {
		h.last--
	}
	h.reconcile()
}

// failedInQA is a run whose release went wrong, with an older one that is live again.
func failedInQA(w *world) Run {
	w.t.Helper()
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(id, "qa/e2e")
	return w.revert(id)
}

func TestAFailedReleaseStaysAsideUntilItsTimeIsOverAndNeverCounts(t *testing.T) {
	w := newWorld(t)
	attend(w)
	failed := failedInQA(w)
	team := w.ledger.Slot(failed.Plan.Slot("dev"))
	id := w.begin(asideOf(failed), "ada")
	w.end(w.until(id, "dev/deploy"), good)
	run := w.ledger.Run(id)
	slot := run.Plan.Slot("dev")
	if slot != (Slot{Environment: "dev", Service: "orders", Team: "checkout", Aside: id}) || w.live[slot] != failed.Release.Image {
		t.Errorf("in %s runs %s", slot, w.live[slot].Short())
	}
	waitsFor(t, w, id, "stays aside in dev", "remove")
	waits := run.Waits()
	if waits.Gate != GateExpiry || waits.Until == nil || !waits.Until.Equal(run.Started.Add(8*time.Hour)) || waits.NeedsPerson() || !run.Aside() {
		t.Errorf("it waits for %+v", waits)
	}
	if after := w.ledger.Slot(failed.Plan.Slot("dev")); imageOf(after.Live) != imageOf(team.Live) || imageOf(after.LastGood) != imageOf(team.LastGood) ||
		len(after.History) != len(team.History) || len(after.Vetoed) != len(team.Vetoed) || after.Holder != 0 {
		t.Errorf("the team's slot was %+v and is %+v", team, after)
	}
	next := w.begin(planOf("orders", "1.2.0"), "gantry") // it holds nobody up
	if run := w.through(next); run.Outcome != Succeeded {
		t.Fatalf("a newer run %q: %+v", run.Outcome, run.Waits())
	}
	refused(t, w, Command{Run: id, Verb: VerbBegin, Stage: "dev/remove"}, "until its time is over", "gantry remove")
	refused(t, w, Command{Run: id, Verb: VerbExpire}, "not over", "")
	w.now = run.Started.Add(8 * time.Hour)
	w.reconcile()
	if run = w.through(id); run.Outcome != Removed || run.Reason != timeIsOver {
		t.Errorf("it ended %q: %s", run.Outcome, run.Reason)
	}
	if _, there := w.live[slot]; there {
		t.Error("it still runs")
	}
}

func TestAPersonHasItRemovedHoweverFarItCame(t *testing.T) {
	for _, stage := range []StageID{"dev/migrate", "dev/deploy", "dev/remove"} {
		for _, end := range []Verb{"", VerbReportFailure, VerbReportStall} {
			w := newWorld(t)
			attend(w)
			id := w.begin(asideOf(failedInQA(w)), "ada")
			for !w.ledger.Run(id).Aside() {
				a, _ := w.at(id)
				if a.stage == stage {
					break
				}
				w.end(a, good)
			}
			if a, working := w.at(id); working && end != "" {
				w.end(a, how{verb: end, reason: "it does not work"})
				waitsFor(t, w, id, "it does not work", "retry or remove")
			}
			w.mustAsk(id, VerbRemove)
			for _, a := range append([]attempt(nil), w.working...) { // what was told to end
				if w.stray(a) {
					w.end(a, how{verb: VerbReportError, reason: "cancelled"})
				}
			}
			if err := w.asks(id, VerbRemove); err == nil {
				t.Error("it is removed twice")
			}
			if run := w.through(id); run.Outcome != Removed || run.Reason != "because" {
				t.Errorf("%s %s: it ended %q: %q; %+v", stage, end, run.Outcome, run.Reason, run.Waits())
			}
			if last := w.journal[len(w.journal)-1]; last.Actor != "ada" {
				t.Errorf("it was removed by %q", last.Actor)
			}
		}
	}
}

func TestWhatWentWrongAsideIsLeftForWhoLooksAtItAndStillExpires(t *testing.T) {
	w := newWorld(t)
	attend(w)
	id := w.begin(asideOf(failedInQA(w)), "ada")
	w.fails(id, "dev/deploy")
	run := w.ledger.Run(id)
	waitsFor(t, w, id, "2 of 31 tests failed", "retry or remove")
	if !run.Waits().NeedsPerson() || len(run.Rollbacks) > 0 || run.News() != "waits" {
		t.Errorf("it waits for %+v", run.Waits())
	}
	w.mustAsk(id, VerbRetry)
	w.fails(id, "dev/deploy")
	w.now = run.Expires
	w.reconcile()
	if run = w.through(id); run.Outcome != Removed || run.Reason != timeIsOver {
		t.Errorf("it ended %q: %+v", run.Outcome, run.Waits())
	}
}

func TestWhatIsAsideIsGivenMoreTimeAndRefusesWhatIsForOtherRuns(t *testing.T) {
	w := newWorld(t)
	failed := failedInQA(w)
	id := w.begin(asideOf(failed), "ada")
	w.end(w.until(id, "dev/deploy"), good)
	for verb, why := range map[Verb]string{
		VerbAbort: "where it would stay", VerbRollBack: "where it would stay", VerbPause: "goes nowhere", VerbStep: "goes nowhere", VerbResume: "goes nowhere",
	} {
		refused(t, w, Command{Run: id, Verb: verb, Actor: "ada"}, why, "gantry remove")
	}
	refused(t, w, Command{Run: failed.ID, Verb: VerbRemove}, "has ended: rolled back, and has put nothing aside itself", "the run that put it aside")
	other := w.begin(planOf("orders", "1.2.0"), "gantry")
	refused(t, w, Command{Run: other, Verb: VerbRemove}, "has put nothing aside", "abort")
	refused(t, w, Command{Run: id, Verb: VerbSupersede, Linked: other}, "never cancelled", "")
	refused(t, w, Command{Run: id, Verb: VerbExtend, Until: &w.now}, "in the past", "gantry remove")
	later := w.now.Add(24 * time.Hour)
	if err := w.send(Command{Run: id, Verb: VerbExtend, Until: &later}); err != nil {
		t.Fatal(err)
	}
	if run := w.ledger.Run(id); !run.Expires.Equal(later) || !run.Waits().Until.Equal(later) {
		t.Errorf("it stays until %s", run.Expires)
	}
	slot := w.ledger.Run(id).Plan.Slot("dev")
	refused(t, w, Command{Verb: VerbHold, Slot: &slot, Reason: "mine"}, "nobody's to rule", "remove")
}

func TestOnlyWhatCameIntoTheEnvironmentIsPutAside(t *testing.T) {
	w := newWorld(t)
	early := w.begin(planOf("orders", "1.0.0"), "ada")
	w.fails(early, "build/build")
	failed := failedInQA(w)
	start := func(change func(*Plan)) error {
		p := asideOf(failed)
		change(&p)
		return w.send(Command{Run: w.last + 1, Verb: VerbStart, Actor: "ada", Plan: &p})
	}
	for want, change := range map[string]func(*Plan){
		"never brought its images": func(p *Plan) { p.Rerun = early },
		"is no promotion":          func(p *Plan) { p.Rerun = failed.Rollbacks[0].Run },
		"run 99 is no promotion":   func(p *Plan) { p.Rerun = 99 },
		"is not that of run":       func(p *Plan) { p.Release.Image = digest("another") },
		"for how long":             func(p *Plan) { p.Expires = 0 },
		"ends with the removal":    func(p *Plan) { p.Columns[0].Stages = p.Columns[0].Stages[:2] },
	} {
		if err := start(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := start(func(p *Plan) { p.Team = "stock" }); err == nil {
		t.Error("another team's release is put aside")
	}
}

func TestARemovalThatAPersonWantsWaitsForNoClock(t *testing.T) {
	w := newWorld(t)
	id := w.begin(asideOf(failedInQA(w)), "ada")
	migrating := w.until(id, "dev/migrate")
	if err := w.send(Command{Run: id, Verb: VerbRemove, Actor: "ada", Reason: "seen enough"}); err != nil {
		t.Fatal(err)
	}
	w.reconcile() // what migrates is just ending
	w.now = w.now.Add(-30 * time.Hour)
	w.end(migrating, good)
	w.reconcile()
	if run := w.through(id); run.Outcome != Removed {
		t.Errorf("it ended %q and waits for %+v", run.Outcome, run.Waits())
	}
}

func TestARemovalThatWasBegunGoesOnThoughTheClockIsSetBack(t *testing.T) {
	w := newWorld(t)
	failed := failedInQA(w)
	id := w.begin(asideOf(failed), "ada")
	w.end(w.until(id, "dev/deploy"), good)
	w.now = w.ledger.Run(id).Expires
	w.reconcile()
	w.end(w.until(id, "dev/remove"), how{verb: VerbReportStall, reason: "no end"})
	w.now = w.now.Add(-6 * time.Hour)
	if err := w.send(Command{Run: id, Verb: VerbRetry, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if run := w.through(id); run.Outcome != Removed {
		t.Errorf("it ended %q and waits for %+v", run.Outcome, run.Waits())
	}
}

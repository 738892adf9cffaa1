package attach

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// sees waits for a snapshot that is so.
func sees(t *testing.T, snapshots <-chan engine.Snapshot, what string, holds func(engine.Snapshot) bool) engine.Snapshot {
	t.Helper()
	for s := range snapshots {
		if holds(s) {
			return s
		}
	}
	t.Fatalf("nobody ever sees %s", what)
	return engine.Snapshot{}
}

func TestTheJournalAndTheEngineAreShownTogether(t *testing.T) {
	e, reader := newFake(), newFake()
	c := attached(t, serves(t, e, Serving{}).state, reader, grace)
	snapshots := c.Watch(t.Context())
	reader.shows(engine.Snapshot{Seq: 3, Runs: []promotion.Run{{ID: 40}}})
	if s := <-snapshots; s.Seq != 3 || s.Runs[0].ID != 40 || s.Elsewhere == "" {
		t.Errorf("what is journalled is not shown at once: %+v", s)
	}
	slot := promotion.Slot{Environment: "qa", Service: "orders"}
	key := engine.AttemptKey{Run: 42, Stage: "qa/e2e", Attempt: 1}
	e.shows(engine.Snapshot{Seq: 5, Mode: "continuous-delivery", Notices: []engine.Notice{{Text: "disk is full"}}, Halted: "no room",
		Progress: map[engine.AttemptKey]engine.Progress{key: {Lines: 12, Tests: map[string]promotion.Tests{"run": {Passed: 3}}}},
		Slots:    []engine.SlotInfo{{Slot: slot, Endpoint: "http://127.0.0.1:1", Drift: "2.0.0 runs"}}})
	reader.shows(engine.Snapshot{Seq: 4, Runs: []promotion.Run{{ID: 41}}}) // too old to be shown with it
	reader.shows(engine.Snapshot{Seq: 5, Runs: []promotion.Run{{ID: 42}}, Slots: []engine.SlotInfo{{Slot: slot}}})
	s := sees(t, snapshots, "both", func(s engine.Snapshot) bool {
		if s.Mode != "" && s.Seq != 5 {
			t.Errorf("the engine's word of event 5 is shown with the journal's of event %d", s.Seq)
		}
		return s.Mode != ""
	})
	if s.Runs[0].ID != 42 || s.Notices[0].Text != "disk is full" || s.Halted != "no room" || s.Elsewhere != "gantry engine (pid 12)" ||
		s.Progress[key].Lines != 12 || s.Progress[key].Tests["run"].Passed != 3 || s.Slots[0].Endpoint != "http://127.0.0.1:1" || s.Slots[0].Drift != "2.0.0 runs" {
		t.Errorf("shown is %+v", s)
	}
}

func TestEverybodySeesWhoLooksOnAndWhatTheyAskedFor(t *testing.T) {
	e := newFake()
	state := serves(t, e, Serving{}).state
	looks := func(c Caller) (<-chan engine.Snapshot, context.CancelFunc) {
		reader := newFake()
		reader.shows(engine.Snapshot{Seq: 9})
		ctx, leave := context.WithCancel(t.Context())
		return attached(t, state, reader, c).Watch(ctx), leave
	}
	e.shows(engine.Snapshot{Seq: 1})
	theirs, leave := looks(grace)
	sees(t, theirs, "herself", func(s engine.Snapshot) bool {
		return len(s.Present) == 1 && s.Present[0].Operator == "grace" && s.Present[0].Programs[0] == "gantry run orders"
	})
	mine, _ := looks(ada)
	sees(t, mine, "both", func(s engine.Snapshot) bool { return len(s.Present) == 2 })
	e.shows(engine.Snapshot{Seq: 2, Present: []engine.Presence{{Operator: "grace", Asked: "pause run 42"}}})
	sees(t, mine, "what grace asked for", func(s engine.Snapshot) bool { return len(s.Present) == 2 && s.Present[1].Asked == "pause run 42" })
	leave()
	sees(t, mine, "that she has left", func(s engine.Snapshot) bool { return len(s.Present) == 2 && len(s.Present[1].Programs) == 0 })
}

func TestAnEngineDoesWhatThoseWantWhoLookOn(t *testing.T) {
	e := newFake()
	state := serves(t, e, Serving{}).state
	wakes := func() (n int) { e.change(func() { n = e.wakes }); return n }
	merges := func() (all []bool) { e.change(func() { all = slices.Clone(e.merges) }); return all }
	looks := func(w Wants) context.CancelFunc {
		ctx, leave := context.WithCancel(t.Context())
		reader := newFake()
		reader.shows(engine.Snapshot{Seq: 9})
		s := attached(t, state, reader, Caller{Operator: "ada", Program: "gantry " + string(w), Wants: w}).Watch(ctx)
		sees(t, s, "itself", func(s engine.Snapshot) bool { return len(s.Present) > 0 })
		return leave
	}
	e.shows(engine.Snapshot{Seq: 1})
	looks(Nothing)()
	if wakes() > 0 || slices.Contains(merges(), true) {
		t.Fatal("it goes on for somebody who has asked for nothing")
	}
	looks(Work)()
	if wakes() == 0 || slices.Contains(merges(), true) {
		t.Errorf("for somebody who wants runs to go on it was woken %d times, and follows merges: %v", wakes(), merges())
	}
	leave := looks(Merges)
	if got := merges(); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("merges are followed: %v", got)
	}
	leave()
	until(t, "let go of the merges", func() bool { return slices.Equal(merges(), []bool{false, true, false}) })
}

func TestAnInterruptedEngineLetsTheStagesUnderWayEnd(t *testing.T) {
	e, reader := newFake(), newFake()
	s := serves(t, e, Serving{})
	c := attached(t, s.state, reader, grace)
	ctx, leave := context.WithCancel(t.Context())
	snapshots := c.Watch(ctx)
	e.shows(engine.Snapshot{Seq: 1})
	reader.shows(engine.Snapshot{Seq: 1})
	sees(t, snapshots, "herself", func(s engine.Snapshot) bool { return len(s.Present) == 1 })
	s.end()
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.drains:
	default:
		t.Error("it broke off what runs")
	}
	last := sees(t, snapshots, "why there is no engine", func(s engine.Snapshot) bool { return len(s.Notices) > 0 })
	if n := last.Notices[0]; !n.Error || !strings.Contains(n.Text, "no engine may be started here") {
		t.Errorf("told is %+v", n)
	}
	leave()
}

func TestAnEngineThatIsToEndAtOnceWaitsForNothing(t *testing.T) {
	e := newFake()
	s := serves(t, e, Serving{})
	if _, there, err := Dismiss(t.Context(), s.state, AtOnce, Errand{}); !there || err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.drains:
		t.Error("it waited for what runs")
	default:
	}
}

func TestAnIdleEngineLeavesAndNeverOneThatIsBusyOrLookedAt(t *testing.T) {
	e, reader := newFake(), newFake()
	e.busy = "run 7 is under way"
	s := serves(t, e, Serving{Idle: 20 * time.Millisecond})
	e.shows(engine.Snapshot{Seq: 1})
	reader.shows(engine.Snapshot{Seq: 1})
	if _, there, err := Dismiss(t.Context(), s.state, WhenIdle, Errand{}); !there || err == nil || err.Error() != e.busy {
		t.Fatalf("asked to leave when it is idle it says %v", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	snapshots := attached(t, s.state, reader, grace).Watch(ctx)
	sees(t, snapshots, "herself", func(s engine.Snapshot) bool { return len(s.Present) == 1 })
	e.change(func() { e.busy = "" })
	if _, _, err := Dismiss(t.Context(), s.state, WhenIdle, Errand{}); err == nil || !strings.Contains(err.Error(), "gantry run orders looks on") {
		t.Fatalf("looked at, it says %v", err)
	}
	leave()
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	if _, there, err := Find(t.Context(), s.state); there || err != nil {
		t.Errorf("somebody listens still: %v", err)
	}
}

func TestAnEngineThatDoesNotLeaveForACollectionTellsOfItAndOfNothingElse(t *testing.T) {
	e := newFake()
	e.busy = "run 7 is under way"
	s := serves(t, e, Serving{})
	for _, errand := range []Errand{{}, {Verb: promotion.VerbPause, Operator: "ada"}, {Verb: audit.Collect, Operator: "ada"}} {
		if _, there, err := Dismiss(t.Context(), s.state, WhenIdle, errand); !there || err == nil {
			t.Fatalf("asked to leave for %+v it says %v", errand, err)
		}
	}
	var told []string
	e.change(func() { told = e.refused })
	if want := []string{"ada gc: gc refused: run 7 is under way"}; !slices.Equal(told, want) {
		t.Errorf("it tells of %q, want %q", told, want)
	}
	if _, _, err := Dismiss(t.Context(), s.state, AtOnce, Errand{}); err != nil {
		t.Error(err)
	}
	<-s.ended
}

func TestTheNextEngineIsFoundAndToldOf(t *testing.T) {
	first, next, reader := newFake(), newFake(), newFake()
	s := serves(t, first, Serving{About: About{PID: 12, Program: "gantry engine", Version: "1.0.0"}})
	c := attached(t, s.state, reader, grace)
	c.ways.About.Version = "1.1.0"
	snapshots := c.Watch(t.Context())
	for _, f := range []*fake{first, next, reader} {
		f.shows(engine.Snapshot{Seq: 1})
	}
	sees(t, snapshots, "the first engine", func(s engine.Snapshot) bool { return strings.Contains(s.Elsewhere, "12") })
	// Handed over, nobody starts an engine of his own: the one that was announced is waited for.
	if _, there, err := Dismiss(t.Context(), s.state, Succeeded, Errand{}); !there || err != nil {
		t.Fatal(err)
	}
	<-s.ended
	serves(t, next, Serving{State: s.state, About: About{PID: 13, Program: "gantry engine", Version: "1.1.0"}})
	last := sees(t, snapshots, "the next engine", func(s engine.Snapshot) bool { return strings.Contains(s.Elsewhere, "13") })
	var told []string
	for _, n := range last.Notices {
		told = append(told, n.Text)
	}
	if text := strings.Join(told, "; "); !strings.Contains(text, "gantry engine (pid 12) has ended: its runs go on in gantry engine (pid 13)") || !strings.Contains(text, "this is 1.1.0: `gantry engine restart`") {
		t.Errorf("told is %q", text)
	}
	if id, err := c.Start(t.Context(), engine.StartRequest{ID: "s1"}); id != 7 || err != nil {
		t.Errorf("the next engine answers %d, %v", id, err)
	}
	<-next.last
}

func TestAnEngineOfAnotherBuildIsToldOf(t *testing.T) {
	e, reader := newFake(), newFake()
	c := attached(t, serves(t, e, Serving{About: About{PID: 12, Build: "1"}}).state, reader, grace)
	c.ways.About.Build = "2"
	e.shows(engine.Snapshot{Seq: 1})
	reader.shows(engine.Snapshot{Seq: 1})
	sees(t, c.Watch(t.Context()), "that the engine is another build", func(s engine.Snapshot) bool {
		return len(s.Notices) > 0 && strings.Contains(s.Notices[0].Text, "another build of Gantry")
	})
}

func TestARequestIsSentToTheNextEngineWhenOneEndsOverIt(t *testing.T) {
	first, next := newFake(), newFake()
	s := serves(t, first, Serving{About: About{PID: 12}})
	c := attached(t, s.state, newFake(), grace)
	if _, err := c.Start(t.Context(), engine.StartRequest{ID: "s1"}); err != nil {
		t.Fatal(err)
	}
	<-first.last
	s.end()
	<-s.ended
	serves(t, next, Serving{State: s.state, About: About{PID: 13}})
	if _, err := c.Start(t.Context(), engine.StartRequest{ID: "s2"}); err != nil {
		t.Error(err)
	}
	if got := (<-next.last).(engine.StartRequest); got.ID != "s2" {
		t.Errorf("the next engine was asked for %+v", got)
	}
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	ways := Ways{State: t.TempDir(), Read: func(context.Context) (Reader, error) { return newFake(), nil },
		Engine: func() (*exec.Cmd, error) {
			return exec.Command("/bin/sh", "-c", "echo gantry: the journal is damaged: run gantry journal check >&2; exit 1"), nil
		}}
	if _, err := Reach(t.Context(), ways); err == nil || err.Error() != "the engine did not start: the journal is damaged: run gantry journal check" {
		t.Errorf("got %v", err)
	}
}

func TestWhoHoldsADirectoryAndNeverListensIsNamed(t *testing.T) {
	state := t.TempDir()
	lock, err := journal.Acquire(state, "gantry down", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	var held *journal.Held
	brief := Ways{State: state, Brief: func(context.Context) (Holder, error) {
		_, err := journal.Acquire(state, "gantry hold", time.Now())
		return nil, err
	}}
	if _, err := Open(t.Context(), brief); !errors.As(err, &held) || held.Holder.Program != "gantry down" {
		t.Errorf("a command that is done at once gets %v", err)
	}
	ways := Ways{State: state, Engine: func() (*exec.Cmd, error) { return exec.Command("/bin/sh", "-c", "exit 75"), nil }}
	if _, err := Reach(t.Context(), ways); !errors.As(err, &held) || held.Holder.Program != "gantry down" {
		t.Errorf("who needs an engine gets %v", err)
	}
}

package local

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// drift waits until the snapshot says of prod what the condition asks for.
func (h *home) drift(e *Engine, what string, holds func(drift string) bool) engine.Snapshot {
	h.t.Helper()
	for s := range e.Watch(h.t.Context()) {
		for _, slot := range s.Slots {
			if slot.Slot.Environment == "prod" && holds(slot.Drift) {
				return s
			}
		}
	}
	h.t.Fatalf("prod never %s", what)
	return engine.Snapshot{}
}

func TestWhatSomebodyElseDeployedIsDriftUntilItIsPutRight(t *testing.T) {
	h := newHome(t)
	o := h.options()
	o.Look = time.Millisecond
	e, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h.end(e, h.start(e, engine.StartRequest{}))
	slot := promotion.Slot{Environment: "prod", Service: "inventory"}
	h.world.mu.Lock()
	recorded := h.world.live[slot]
	h.world.live[slot] = &engine.Live{Image: "sha256:" + promotion.Digest(strings.Repeat("f", 64))}
	h.world.mu.Unlock()
	s := h.drift(e, "drifts", func(drift string) bool { return strings.Contains(drift, "fffffff runs, but 0000000 should") })
	if n := len(s.Notices); n == 0 || !strings.Contains(s.Notices[n-1].Text, "prod/inventory has drifted") || !s.Notices[n-1].Error {
		t.Errorf("the notices are %+v, want one of the drift", s.Notices)
	}
	h.world.mu.Lock()
	h.world.live[slot] = recorded
	h.world.mu.Unlock()
	h.drift(e, "is as recorded again", func(drift string) bool { return drift == "" })
}

func TestWhileAPlatformMovesNothingHasDrifted(t *testing.T) {
	recorded, another := &promotion.Deployment{Release: promotion.Release{Image: "sha256:1"}}, &engine.Live{Image: "sha256:2", Healthy: true}
	if drift(recorded, another) == "" || drift(nil, another) == "" {
		t.Error("what nobody deployed has not drifted")
	}
	another.Unsettled = true
	if got := drift(recorded, another) + drift(nil, another); got != "" {
		t.Errorf("a platform that has not decided yet has drifted: %s", got)
	}
}

func TestADriftIsOfTheRecordThatItWasSeenWith(t *testing.T) {
	one, two := promotion.Deployment{Run: 1}, promotion.Deployment{Run: 2}
	seen := recordOf(&one).with("another runs")
	if seen.says(&one) != "another runs" || seen.says(&two) != "" || seen.says(nil) != "" || (drifted{}).says(&one) != "" {
		t.Error("a newer deployment is said to have drifted before anybody looked at it")
	}
}

func TestAnEngineThatIsStuckGivesNoSignOfLife(t *testing.T) {
	h, now := newHome(t), time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	o := h.options()
	o.Now = func() time.Time { return now }
	e := newEngine(t.Context(), o)
	if !e.Heard().Equal(now) {
		t.Fatalf("heard of %s, want now", e.Heard())
	}
	e.mu.Lock()
	stuck := now
	now = now.Add(time.Minute)
	if !e.Heard().Equal(stuck) {
		t.Errorf("a stuck engine was heard of at %s", e.Heard())
	}
	e.mu.Unlock()
	if !e.Heard().Equal(now) {
		t.Errorf("an engine that goes on was heard of at %s", e.Heard())
	}
}

func TestTheSnapshotKnowsWhatEverybodyAskedForLast(t *testing.T) {
	h := newHome(t)
	e := h.open()
	id := h.start(e, engine.StartRequest{Step: true})
	command := func(actor string, verb promotion.Verb) {
		t.Helper()
		if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: verb, Actor: actor}); err != nil {
			t.Fatal(err)
		}
	}
	command("grace", promotion.VerbResume)
	command("bob", promotion.VerbPause)
	command("bob", promotion.VerbAbort)
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "prod", Actor: "grace", Reason: "a fair"}); err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, p := range e.Snapshot().Present {
		asked[p.Operator] = p.Asked
	}
	if len(asked) != 3 || asked["ada"] != "run inventory" || asked["bob"] != "abort run 1" || asked["grace"] != "hold inventory in prod" {
		t.Errorf("they asked for %q", asked)
	}
}

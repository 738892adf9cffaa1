package journal

import (
	"slices"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func held(command string) promotion.Event {
	return promotion.Event{Type: promotion.SlotHeld, At: noon, Actor: "ada", Reason: "the audit is on", Command: command,
		Slot: &promotion.Slot{Environment: "prod", Service: "orders"}}
}

func TestAHoldBelongsToNoRunAndIsJournalledAllTheSame(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	appendAll(t, j, held("h-1"))
	appendAll(t, j, start(1, "orders"), started(1, "build/build"))
	released := promotion.Event{Type: promotion.SlotReleased, At: noon, Actor: "ada", Slot: &promotion.Slot{Environment: "prod", Service: "orders"}}
	appendAll(t, j, released, finished(1, promotion.Succeeded))

	var types []promotion.EventType
	for _, e := range all(t, j.Reader) {
		types = append(types, e.Type)
	}
	if want := []promotion.EventType{promotion.SlotHeld, promotion.RunStarted, promotion.StageStarted, promotion.SlotReleased, promotion.RunFinished}; !slices.Equal(types, want) {
		t.Errorf("the journal holds %v, want %v", types, want)
	}
	if events, err := j.Events(t.Context(), 0); err != nil || len(events) != 2 || events[0].Slot.Service != "orders" || events[0].Reason != "the audit is on" {
		t.Errorf("of slots it tells %+v, %v", events, err)
	}
	if events, err := j.Events(t.Context(), 1); err != nil || len(events) != 3 {
		t.Errorf("of run 1 it tells %d events, %v: a hold is none of them", len(events), err)
	}
	if runs, err := j.Latest(t.Context(), "", 0); err != nil || len(runs) != 1 || runs[0].Run != 1 {
		t.Errorf("it lists %+v, %v: a hold is no run", runs, err)
	}
	if run, applied, err := j.Commanded(t.Context(), "h-1"); err != nil || !applied || run != 0 {
		t.Errorf("the command of the hold is forgotten: %v, %v", applied, err)
	}
	if end, err := j.Verify(t.Context(), Anchor{}); err != nil || end.Seq != 5 {
		t.Errorf("verified up to %v: %v", end, err)
	}
}

func TestAnEventSaysWhoseItIs(t *testing.T) {
	j := open(t, t.TempDir())
	appendAll(t, j, start(1, "orders"))
	ofARun, ofNobody, lost := held(""), held(""), started(0, "build/build")
	ofARun.Run, ofNobody.Slot = 1, nil
	for why, e := range map[string]promotion.Event{"a hold of a run": ofARun, "a hold of no slot": ofNobody, "a stage of no run": lost} {
		if _, err := j.Append(t.Context(), e); err == nil {
			t.Errorf("%s was journalled", why)
		}
	}
}

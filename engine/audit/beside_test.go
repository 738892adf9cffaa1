package audit

import (
	"errors"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// refused takes an event of a command that a ledger refuses.
func (h *history) refused(c promotion.Command) {
	h.t.Helper()
	_, err := h.ledger.Decide(c, h.now)
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) {
		h.t.Fatalf("%s: %v, want a refusal", c.Verb, err)
	}
	e, _ := refusal.Record(c, nil, h.now)
	h.take(e)
}

// take takes an event that is not of a ledger.
func (h *history) take(e promotion.Event) {
	h.seq++
	e.Seq, e.At = h.seq, h.now
	h.ledger.Apply(e)
	h.trail.Take(e)
}

func TestARefusedCommandIsToldWithItsReason(t *testing.T) {
	h := newHistory(t)
	h.start(1, h.plan("orders"), "ada", "the shop waits for it")
	h.refused(promotion.Command{ID: "c-9", Run: 1, Verb: promotion.VerbRetry, Actor: "bob", Stage: "build/build", Reason: "once more"})
	h.refused(promotion.Command{Run: 77, Verb: promotion.VerbPause, Actor: "bob"})
	slot := promotion.Slot{Environment: "qa", Service: "orders"}
	h.refused(promotion.Command{Verb: promotion.VerbRelease, Actor: "bob", Slot: &slot})
	h.want(
		"ada | start | run 1 | orders   | the shop waits for it | goes on",
		"bob | retry | run 1 | orders build build/build | once more | refused: build/build has not failed",
		"bob | pause | run 77 |    |  | refused: there is no run 77",
		"bob | release | run 0 | orders qa  |  | refused: qa/orders is not on hold",
	)
	entries := h.trail.Entries()
	if e := entries[1]; !e.Refused || e.Command != "c-9" || e.Release != "1.8.0 3f9c1e2" || e.Automatic {
		t.Errorf("the refused retry is %+v", e)
	}
	if entries[0].Refused {
		t.Error("the start was not refused")
	}
}

func TestACollectionIsToldWithWhatCameOfIt(t *testing.T) {
	h := newHistory(t)
	begin := func(items int) {
		h.take(promotion.Event{Type: promotion.CollectionStarted, Actor: "ada", Collection: &promotion.Collection{Plan: "7c261ced1a2e", Items: items, Bytes: 3 << 20}})
	}
	begin(12)
	h.take(promotion.Event{Type: promotion.CollectionEnded, Actor: "ada"})
	begin(1)
	h.take(promotion.Event{Type: promotion.CollectionEnded, Actor: "ada", Reason: "not all of it is gone: it is busy"})
	begin(2) // and the machine is lost
	h.take(promotion.Event{Type: promotion.EventLost, Actor: "gantry", Reason: "event 3 is missing"})
	h.want(
		"ada | gc | run 0 |    | 12 things, 3.0 MiB: the plan 7c261ced1a2e | all of it is gone",
		"ada | gc | run 0 |    | 1 thing, 3.0 MiB: the plan 7c261ced1a2e | not all of it is gone: it is busy",
		"ada | gc | run 0 |    | 2 things, 3.0 MiB: the plan 7c261ced1a2e | it did not end",
		"gantry (by itself) | repair | run 0 |    | event 3 is missing | done",
	)
}

package promotion

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// past folds a run from the world's journal.
func (w *world) past(id RunID, seq int64) (Run, error) {
	var events []Event
	for _, e := range w.journal {
		if e.Run == id && e.Seq <= seq {
			events = append(events, e)
		}
	}
	return Fold(events), nil
}

func inTurn(jobs ...func()) {
	for _, job := range jobs {
		job()
	}
}

// forgetful is a ledger that keeps next to nothing of what has ended.
func (w *world) forgetful() *Ledger {
	l := NewLedger()
	l.keep = 2
	l.Rely(w.past)
	return l
}

// checkpointAfter is the checkpoint of a ledger that has folded so many of the world's events.
func (w *world) checkpointAfter(events int) []byte {
	w.t.Helper()
	ledger := w.forgetful()
	for _, e := range w.journal[:events] {
		ledger.Apply(e)
	}
	text, err := ledger.Checkpoint()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return text
}

// restoredFrom is the ledger of the checkpoint and the rest of the events.
func (w *world) restoredFrom(text []byte, events int) *Ledger {
	w.t.Helper()
	ledger, err := Restore(text, w.past, inTurn)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	ledger.keep = 2
	for _, e := range w.journal[events:] {
		ledger.Apply(e)
	}
	return ledger
}

func TestACheckpointAnywhereAndTheRestAreTheSameAsTheWholeHistory(t *testing.T) {
	tries(t, 10)
	rapid.Check(t, func(r *rapid.T) {
		h := &history{world: newWorld(r), r: r}
		for range rapid.IntRange(5, 60).Draw(r, "steps") {
			h.step()
			if h.dead {
				h.reopen()
			}
		}
		whole := h.forgetful()
		for _, e := range h.journal {
			whole.Apply(e)
		}
		n := rapid.IntRange(0, len(h.journal)).Draw(r, "events before the checkpoint")
		restored := h.restoredFrom(h.checkpointAfter(n), n)
		if !same(restored, whole) {
			r.Fatalf("a checkpoint after %d of %d events leads to another state", n, len(h.journal))
		}
		if a, b := h.checkpointOf(restored), h.checkpointOf(whole); !bytes.Equal(a, b) {
			r.Fatalf("checkpoints of the same state differ:\n%s\n%s", a, b)
		}
		h.agree(restored)
	})
}

func (w *world) checkpointOf(l *Ledger) []byte {
	text, err := l.Checkpoint()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return text
}

// agree asks a ledger that does not keep everything what the one that does would answer.
func (w *world) agree(restored *Ledger) {
	for _, run := range w.ledger.Runs() {
		again := restored.Run(run.ID)
		if again.ID != run.ID || again.Seq != run.Seq || again.Outcome != run.Outcome || again.Release.Image != run.Release.Image {
			w.t.Fatalf("run %d is another one: %+v", run.ID, again)
		}
	}
	for _, run := range w.ledger.Unfinished() {
		for _, column := range run.Columns[1:] {
			if a, b := w.ledger.Overtaken(run.ID, column.Name), restored.Overtaken(run.ID, column.Name); a != b {
				w.t.Fatalf("run %d is overtaken in %s by run %d, and by run %d", run.ID, column.Name, a, b)
			}
			if a, b := imageOf(w.ledger.Revert(run.ID, column.Name).Target), imageOf(restored.Revert(run.ID, column.Name).Target); a != b {
				w.t.Fatalf("run %d is reverted in %s to %s, and to %s", run.ID, column.Name, a.Short(), b.Short())
			}
		}
	}
}

func TestALedgerThatReliesOnAPastKeepsTheNewestRunsAndAnswersForAll(t *testing.T) {
	w := newWorld(t)
	w.ledger.Rely(w.past)
	waiting := w.begin(planOf("inventory", "0.1.0"), "gantry")
	first := w.promoted("1.0.0")
	for range kept + 5 {
		w.promoted("1.1.0")
	}
	if n := len(w.ledger.Runs()); n != kept+1 || len(w.ledger.runs) != n {
		t.Errorf("it keeps %d runs, want the newest %d and the one that goes on", n, kept)
	}
	if w.ledger.Unfinished()[0].ID != waiting {
		t.Error("the run that goes on is not kept")
	}
	if run := w.ledger.Run(first); run.Outcome != Succeeded || len(run.Columns) != 4 {
		t.Errorf("the first run is %+v", run)
	}
	if err := w.send(Command{Run: first, Verb: VerbAbort, Actor: "ada"}); err == nil || !strings.Contains(err.Error(), "has ended: succeeded") {
		t.Errorf("an old run is aborted: %v", err)
	}
	if slot := w.ledger.Slot(Slot{Environment: "prod", Service: "orders"}); len(slot.History) != remembered || len(slot.Good) != remembered {
		t.Errorf("prod remembers %d deployments and %d good ones", len(slot.History), len(slot.Good))
	}
}

func TestACheckpointThatCannotBeReadIsAnError(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	good := w.checkpointAfter(len(w.journal))
	head, rest, err := readHead(good)
	if err != nil {
		t.Fatal(err)
	}
	after := rest[head.Parts[0]:]
	changed := func(change func(*checkpointHead, *checkpoint)) []byte {
		head, body := head, checkpoint{}
		if err := reads.Unmarshal(rest[:head.Parts[0]], &body); err != nil {
			t.Fatal(err)
		}
		change(&head, &body)
		text, inBody := writes.Marshal(body)
		head.Parts = slices.Clone(head.Parts)
		head.Parts[0] = len(text)
		first, inHead := writes.Marshal(head)
		if err := errors.Join(inBody, inHead); err != nil {
			t.Fatal(err)
		}
		return slices.Concat(first, text, after)
	}
	for name, text := range map[string][]byte{
		"cut off":           good[:len(good)/2],
		"cut off later":     good[:len(good)-1],
		"of another format": changed(func(h *checkpointHead, _ *checkpoint) { h.Format = 1 }),
		"of another run":    changed(func(_ *checkpointHead, c *checkpoint) { c.Runs = append(c.Runs, 2) }),
	} {
		if _, err := Restore(text, w.past, inTurn); err == nil {
			t.Errorf("a checkpoint that is %s was restored", name)
		}
	}
}

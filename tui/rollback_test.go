package tui

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// QA holds a failure, and a newer run has deployed in Dev meanwhile: Dev would be left alone.
func TestARollbackThatWouldLeaveDevAloneSaysSo(t *testing.T) {
	s := failedOnHold()
	newer := s.Promote("orders", "1.9.0", "Gift cards")
	s.Until(newer, "qa/copy")
	c := openOn(t, situation.Situation{Story: func() *situation.Story { return s }, Show: 1}, 160, 48)
	c.m.show(c.m.entry)
	c.press("b")
	c.sees("dev has moved on and is left alone: 1.9.0", "bo, run 1, promoted")
	c.seesNot("Dev  1.8.0")
}

// A preview may take its time; what is typed when it arrives is not meant for it.
func TestAPreviewThatArrivesInTheMidstOfTypingTakesNoKey(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("left")
	r := engine.RollbackRequest{Service: "orders", Environment: "dev"}
	p, err := c.engine.PreviewRollback(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	before := len(c.story.Snapshot().Runs)
	c.send(keyMsg("w"))
	c.send(previewMsg{request: r, preview: p})
	for _, key := range []string{"w", "enter"} {
		c.now = c.now.Add(60 * time.Millisecond)
		c.send(keyMsg(key))
	}
	if after := len(c.story.Snapshot().Runs); after != before {
		t.Errorf("%d runs, then %d: two keys within 120 ms of the dialog's appearing rolled dev back", before, after)
	}
}

// A rollback's board is no dead end: every environment is on it, and the promotion keeps its tab.
func TestAfterARollbackByHandEveryEnvironmentIsWithinReach(t *testing.T) {
	c := open(t, situation.RolledBackByHand(), 160, 48)
	c.sees("orders 43 rollback", "orders 42", "Dev", "Prod", "1.8.0 f60728e → 1.7.4")
	c.press("v")
	c.sees("Not now: choose the run whose release is meant: press tab")
	c.press("right", "b")
	c.sees("Roll orders back in Prod?", "1.8.0")
	c.press("esc", "shift+tab")
	c.sees("run 42")
	c.press("R")
	c.sees("Rerun 1.8.0 f60728e of orders from")
}

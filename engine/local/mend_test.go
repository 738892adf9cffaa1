package local

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// disk is a journal that can be written while there is room.
type disk struct {
	writer
	full    atomic.Bool
	refused chan struct{} // told of every append that found no room
}

func (d *disk) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	if d.full.Load() {
		select {
		case d.refused <- struct{}{}:
		default:
		}
		return nil, &journal.Full{Path: "journal.db", Err: context.DeadlineExceeded}
	}
	return d.writer.Append(ctx, events...)
}

// openOn is an engine whose journal lies on a disk of the test.
func (h *home) openOn(d *disk) *Engine {
	h.t.Helper()
	o := h.options()
	o.Mend = time.Millisecond
	e, err := Open(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	e.mu.Lock()
	defer e.mu.Unlock()
	d.writer, d.refused = e.journal, make(chan struct{})
	e.journal = d
	return e
}

// said waits until the engine has said something.
func (h *home) said(e *Engine, words string) {
	h.t.Helper()
	for snapshot := range e.Watch(h.t.Context()) {
		if slices.ContainsFunc(snapshot.Notices, func(n engine.Notice) bool { return strings.Contains(n.Text, words) }) {
			return
		}
	}
	h.t.Fatalf("the engine never said %q", words)
}

func TestOnAFullDiskNothingStartsAndNothingIsLost(t *testing.T) {
	h, d := newHome(t), &disk{}
	h.world.when("dev/deploy", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		result, err := h.world.succeed(job)
		d.full.Store(true) // what is live now cannot be journalled
		return result, err
	})
	e := h.openOn(d)
	id := h.start(e, engine.StartRequest{})
	for range 3 {
		<-d.refused
	}
	h.said(e, "the disk is full, nothing was written to journal.db: free some space")
	if halted := e.Snapshot().Halted; !strings.Contains(halted, "free some space") {
		t.Errorf("whoever looks now is told %q", halted)
	}
	if got := h.world.history(); got[len(got)-1] != "1 dev/deploy 1" {
		t.Errorf("without a journal it went on: %v", got)
	}
	d.full.Store(false)
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("with room again the run ended %q: %s", run.Outcome, run.Reason)
	}
	h.said(e, "the journal can be written again")
	if halted := e.Snapshot().Halted; halted != "" {
		t.Errorf("it is still said to halt: %s", halted)
	}
	if n := count(h.world.history(), "1 dev/deploy 1"); n != 1 {
		t.Errorf("dev/deploy was executed %d times", n)
	}
}

func TestARunThatCouldNotBeginItsNextStageBeginsItWhenThereIsRoom(t *testing.T) {
	h, d := newHome(t), &disk{}
	e := h.openOn(d)
	id := h.start(e, engine.StartRequest{Step: true})
	h.wait(e, id, "paused", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	// The resumption is journalled, and then there is no room for the start of the stage: no attempt is there to report.
	e.mu.Lock()
	if err := e.apply(promotion.Command{Run: id, Verb: promotion.VerbResume, Actor: "ada"}); err != nil {
		t.Error(err)
	}
	d.full.Store(true)
	e.reconcile()
	e.mu.Unlock()
	<-d.refused
	d.full.Store(false)
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("the run ended %q: %s", run.Outcome, run.Reason)
	}
}

func TestAnEngineOnAFullDiskClosesAndTheNextOneGoesOn(t *testing.T) {
	h, d := newHome(t), &disk{}
	h.world.when("dev/push", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		d.full.Store(true)
		return h.world.succeed(job)
	})
	e := h.openOn(d)
	id := h.start(e, engine.StartRequest{})
	<-d.refused
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	h.world.when("dev/push", nil)
	run := h.end(h.open(), id)
	if s, _ := run.Stage("dev/push"); run.Outcome != promotion.Succeeded || len(s.Attempts) != 2 {
		t.Errorf("the run ended %q after %d attempts of dev/push", run.Outcome, len(s.Attempts))
	}
}

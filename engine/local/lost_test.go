package local

import (
	"context"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// reluctant is a journal that takes nothing for a number of times.
type reluctant struct {
	writer
	refusals int
}

func (r *reluctant) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	if r.refusals > 0 {
		r.refusals--
		return nil, errStore
	}
	return r.writer.Append(ctx, events...)
}

// openReluctant is the next engine, on a journal that is reluctant.
func (h *home) openReluctant(refusals int) *Engine {
	h.t.Helper()
	o := h.options()
	o.Mend = 1
	e := newEngine(h.t.Context(), o)
	lock, err := journal.Acquire(o.State, o.Program, e.options.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	opened, err := journal.Open(o.State, e.options.Now)
	if err != nil {
		h.t.Fatal(err)
	}
	e.lock, e.records, e.journal = lock, opened, &reluctant{opened, refusals}
	h.t.Cleanup(func() { _ = e.Close() })
	if err := e.begins(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return e
}

// The next engine wants to journal that the attempt was lost, and the disk is full for a moment.
func TestWhatADeadEngineExecutedIsNotExecutedAgainWhileThatCannotBeJournalled(t *testing.T) {
	h := newHome(t)
	reached := make(chan struct{}, 2)
	h.world.when("dev/migrate", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		if job.Attempt > 1 {
			return h.world.succeed(job)
		}
		reached <- struct{}{}
		select {} // nothing comes back to an engine that is dead
	})
	first := h.outlived()
	id := h.start(first, engine.StartRequest{})
	<-reached
	first.abandon()
	e := h.openReluctant(3)
	run := h.wait(e, id, "ended", func(r promotion.Run) bool { return r.Done() || count(h.world.history(), "1 dev/migrate 1") > 1 })
	if s, _ := run.Stage("dev/migrate"); run.Outcome != promotion.Succeeded || len(s.Attempts) != 2 || s.Attempts[0].State != promotion.StateInterrupted {
		t.Errorf("the run ended %q, the stage with %+v", run.Outcome, s.Attempts)
	}
	for _, line := range h.world.history() {
		if n := count(h.world.history(), line); n != 1 {
			t.Errorf("%s was executed %d times", line, n)
		}
	}
}

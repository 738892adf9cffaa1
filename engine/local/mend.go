package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// writer is what writing needs of a journal.
type writer interface {
	NextRun(ctx context.Context) (promotion.RunID, error)
	Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error)
	Save(ctx context.Context, c journal.Checkpoint) error
	OfNoRun(ctx context.Context, since time.Time) ([]promotion.Event, error)
}

// write journals events and folds them. The caller holds mu.
func (e *Engine) write(events ...promotion.Event) error {
	written, err := e.journal.Append(e.ctx, events...)
	var applied *journal.Applied
	if err != nil {
		if !errors.As(err, &applied) {
			e.breaks(err)
		}
		return err
	}
	e.broken = nil
	for _, event := range written {
		e.take(event)
		if event.Type == promotion.RunFinished {
			e.ended[event.Run] = true
		}
	}
	e.save()
	e.snapshots.changed()
	if e.notifier != nil {
		e.notifier.Wake()
	}
	return nil
}

// breaks remembers that the journal refuses to be written: nothing may happen that it would not know of. The caller
// holds mu.
func (e *Engine) breaks(err error) {
	e.broken = err
	if e.mending || e.ctx.Err() != nil {
		return
	}
	e.mending = true
	e.complain("%s", unwritable(err))
	e.work.Go(e.mend)
}

func unwritable(err error) string {
	return fmt.Sprintf("the journal cannot be written, nothing further starts until it can: %v", err)
}

// mend tries what is due again and again until the journal takes it. Attempts report their ends by themselves; what
// nobody reports, as the start of the next stage, is tried here.
func (e *Engine) mend() {
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(e.options.Mend):
		}
		if e.mended() {
			return
		}
	}
}

func (e *Engine) mended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	failure, seq := e.broken, e.seq
	e.broken = nil
	e.reconcile() // also where something has been written meanwhile: whoever wrote it may not have looked what is due
	if failure != nil && e.broken == nil && e.seq == seq {
		e.broken = failure // nothing was due: whether the journal can be written is not known yet
	}
	if e.broken != nil {
		return false
	}
	e.mending = false
	e.tell(engine.Notice{Text: "the journal can be written again: everything goes on"})
	return true
}

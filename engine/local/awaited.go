package local

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"sync"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// awaited is the journal of a state directory for who only reads it. Until somebody starts the first run there is none, and
// nothing in it.
type awaited struct {
	state string

	mu      sync.Mutex
	journal *journal.Reader
}

var _ records = (*awaited)(nil)

// open is the journal; nil while there is none.
func (a *awaited) open() (*journal.Reader, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.journal != nil {
		return a.journal, nil
	}
	reader, err := journal.OpenReader(a.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		a.journal = reader
	}
	return reader, err
}

// Close lets go of the journal.
func (a *awaited) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.journal == nil {
		return nil
	}
	return a.journal.Close()
}

// Since reads the events after one, in their order.
func (a *awaited) Since(ctx context.Context, seq int64, fn func(promotion.Event) error) error {
	j, err := a.open()
	if j == nil {
		return err
	}
	return j.Since(ctx, seq, fn)
}

// After are the n events after one.
func (a *awaited) After(ctx context.Context, seq int64, n int) ([]promotion.Event, error) {
	j, err := a.open()
	if j == nil {
		return nil, err
	}
	return j.After(ctx, seq, n)
}

// Events are those of a run.
func (a *awaited) Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error) {
	j, err := a.open()
	if j == nil {
		return nil, err
	}
	return j.Events(ctx, run)
}

// Until are a run's events up to one.
func (a *awaited) Until(ctx context.Context, run promotion.RunID, seq int64) ([]promotion.Event, error) {
	j, err := a.open()
	if j == nil {
		return nil, err
	}
	return j.Until(ctx, run, seq)
}

// Runs are those that a filter lets through.
func (a *awaited) Runs(ctx context.Context, f journal.Filter) ([]journal.Summary, error) {
	j, err := a.open()
	if j == nil {
		return nil, err
	}
	return j.Runs(ctx, f)
}

// Checkpoints are what a reader need not fold again.
func (a *awaited) Checkpoints(ctx context.Context) iter.Seq2[journal.Checkpoint, error] {
	j, err := a.open()
	if j == nil {
		return func(yield func(journal.Checkpoint, error) bool) {
			if err != nil {
				yield(journal.Checkpoint{}, err)
			}
		}
	}
	return j.Checkpoints(ctx)
}

// Commanded tells whether a command was applied.
func (a *awaited) Commanded(ctx context.Context, id string) (promotion.RunID, bool, error) {
	j, err := a.open()
	if j == nil {
		return 0, false, err
	}
	return j.Commanded(ctx, id)
}

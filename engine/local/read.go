package local

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// How often an engine that only reads asks the journal for news: by itself, or where somebody tells it when there are some.
const (
	lookAgain = 200 * time.Millisecond
	lookOnce  = 5 * time.Second
)

// batch is how many events are read at once.
const batch = 1000

// records is what reading needs of a journal.
type records interface {
	Since(ctx context.Context, seq int64, fn func(promotion.Event) error) error
	After(ctx context.Context, seq int64, n int) ([]promotion.Event, error)
	Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error)
	Until(ctx context.Context, run promotion.RunID, seq int64) ([]promotion.Event, error)
	Runs(ctx context.Context, f journal.Filter) ([]journal.Summary, error)
	Checkpoints(ctx context.Context) iter.Seq2[journal.Checkpoint, error]
	Commanded(ctx context.Context, id string) (run promotion.RunID, applied bool, err error)
	Close() error
}

// Read opens a state directory to look and not to act, beside whichever engine holds it, and follows what that one
// journals. Commands are refused.
func Read(ctx context.Context, o Options) (*Engine, error) {
	e := newEngine(ctx, o)
	awaited := &awaited{state: o.State}
	if _, err := awaited.open(); err != nil {
		return nil, err
	}
	e.records = awaited
	if err := e.load(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.work.Go(e.listen)
	return e, nil
}

// Configure tells an engine that was opened to look what its configuration is, where that was not known before.
func (e *Engine) Configure(p config.Pipeline) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.options.Pipeline, e.pipeline = p, p
}

// CatchUp folds what another engine has journalled until now. An engine that acts knows it already.
func (e *Engine) CatchUp(ctx context.Context) error {
	if e.journal != nil {
		return nil
	}
	e.reading.Lock()
	defer e.reading.Unlock()
	for {
		e.mu.Lock()
		seq := e.seq
		e.mu.Unlock()
		events, err := e.records.After(ctx, seq, batch)
		if err != nil || len(events) == 0 {
			return err
		}
		e.mu.Lock()
		for _, event := range events {
			e.take(event)
		}
		e.mu.Unlock()
		e.snapshots.changed()
	}
}

// listen folds what another engine journals, again and again.
func (e *Engine) listen() {
	for {
		_ = e.CatchUp(e.ctx) // what cannot be read now may be the next time
		wait := lookAgain
		if e.told.Load() {
			wait = lookOnce
		}
		select {
		case <-e.ctx.Done():
			return
		case <-e.untold:
		case <-time.After(wait):
		}
	}
}

// Told says whether somebody tells when to catch up, so that this engine need not look by itself.
func (e *Engine) Told(told bool) {
	if e.told.Swap(told) == told || told {
		return
	}
	select {
	case e.untold <- struct{}{}:
	default: // it is about to look anyway
	}
}

// errReading is what an engine that was opened to look says to whoever wants more.
var errReading = errors.New("this engine was opened to look, not to act: start gantry itself")

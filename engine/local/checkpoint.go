package local

import (
	"context"
	"errors"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// often is after how many events a checkpoint is saved: so many are folded at most when the journal is opened.
const often = 1000

// load folds the journal: what the newest checkpoint that fits does not know yet.
func (e *Engine) load(ctx context.Context) error {
	e.ledger = e.restored(ctx)
	e.seq, e.saved = e.ledger.Seq(), e.ledger.Seq()
	err := e.foldOn(ctx)
	if err == nil {
		e.save()
	}
	return err
}

// foldOn folds what the journal holds further. Whoever only looks does without an event that is damaged, and says so; to
// act on what is left would be another matter.
func (e *Engine) foldOn(ctx context.Context) error {
	told := false
	for {
		err := e.records.Since(ctx, e.seq, func(event promotion.Event) error {
			if err := promotion.Check(event); err != nil {
				return err
			}
			e.take(event)
			return nil
		})
		var damaged *journal.Damaged
		if e.journal != nil || !errors.As(err, &damaged) {
			return err
		}
		e.seq = damaged.Seq
		if !told {
			told = true
			e.tell(engine.Notice{Text: damaged.Error(), Error: true})
		}
	}
}

// restored is the ledger of the newest checkpoint that can be read. What is wrong with one is no matter: without any,
// everything is folded.
func (e *Engine) restored(ctx context.Context) *promotion.Ledger {
	for c, err := range e.records.Checkpoints(ctx) {
		if err != nil {
			break
		}
		if ledger, err := promotion.Restore(c.State, e.past, sideBySide); err == nil {
			return ledger
		}
	}
	ledger := promotion.NewLedger()
	ledger.Rely(e.past)
	return ledger
}

func sideBySide(jobs ...func()) {
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(job)
	}
	all.Wait()
}

// save saves a checkpoint when one is due. Where that fails the next opening takes longer, and nothing else: it is tried
// again when the next one is due. The caller holds mu, or nobody else knows the engine yet.
func (e *Engine) save() {
	if e.journal == nil || e.seq-e.saved < often {
		return
	}
	e.saved = e.seq
	if state, err := e.ledger.Checkpoint(); err == nil {
		_ = e.journal.Save(e.ctx, journal.Checkpoint{Seq: e.seq, State: state})
	}
}

package local

import (
	"context"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/numbers"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// audited is the trail as far as it was asked for: whoever asks again pays only for what is new.
type audited struct {
	mu    sync.Mutex
	seq   int64 // of the newest event in it
	trail audit.Trail
}

// Audit is who did what, when, why and with what result; newest last.
func (e *Engine) Audit(ctx context.Context) ([]engine.AuditEntry, error) {
	a := &e.audited
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		events, err := e.records.After(ctx, a.seq, batch)
		if err != nil {
			return nil, err
		}
		for _, event := range events {
			a.trail.Take(event)
			a.seq = event.Seq
		}
		if len(events) < batch {
			return a.trail.Entries(), nil
		}
	}
}

// Numbers are figures about what ran in the time since then.
func (e *Engine) Numbers(ctx context.Context, since time.Duration) (engine.Numbers, error) {
	now := e.options.Now()
	o := numbers.Options{From: now.Add(-since), To: now}
	e.mu.Lock()
	for _, environment := range e.pipeline.Environments {
		o.Environments = append(o.Environments, environment.Name)
	}
	e.mu.Unlock()
	// As much time again before the window: what it repairs, and what it brings live again, is found there.
	runs, first, err := e.runsSince(ctx, o.From.Add(-since))
	if err != nil {
		return engine.Numbers{}, err
	}
	o.First = first
	return numbers.Of(runs, o), nil
}

// runsSince are the runs that had not ended by then, and when the first run of all began.
func (e *Engine) runsSince(ctx context.Context, then time.Time) ([]promotion.Run, time.Time, error) {
	summaries, err := e.records.Runs(ctx, journal.Filter{})
	if err != nil || len(summaries) == 0 {
		return nil, time.Time{}, err
	}
	var runs []promotion.Run
	for _, s := range summaries {
		if s.Done() && s.Finished.Before(then) {
			continue
		}
		events, err := e.records.Events(ctx, s.Run)
		if err != nil {
			return nil, time.Time{}, err
		}
		runs = append(runs, promotion.Fold(events))
	}
	return runs, summaries[len(summaries)-1].Started, nil
}

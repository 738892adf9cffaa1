package local

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
)

// Collect removes from a state directory what a plan names. The journal says before that it is removed, and on whose word,
// and afterwards what came of it; where it cannot be written nothing is removed. The caller holds the directory's lock.
func Collect(ctx context.Context, state string, plan retention.Plan, actor string, now func() time.Time) error {
	if len(plan.Items) == 0 {
		return nil
	}
	return writing(state, now, func(j *journal.Journal) error { return collect(ctx, j, state, plan, actor) })
}

// CollectionRefused journals that somebody was not allowed to remove what they had asked for. err says why, and is what it
// returns. The caller holds the directory's lock.
func CollectionRefused(ctx context.Context, state string, err error, actor string, now func() time.Time) error {
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	failed := writing(state, now, func(j *journal.Journal) error {
		before, err := j.OfNoRun(ctx, now().Add(-promotion.RefusalsWithin))
		if err != nil {
			return err
		}
		if e, told := refusal.Record(promotion.Command{Verb: audit.Collect, Actor: actor}, before, now()); told {
			_, err = j.Append(ctx, e)
		}
		return err
	})
	return errors.Join(err, failed)
}

// writing opens the journal of a state directory that nobody else writes.
func writing(state string, now func() time.Time, write func(*journal.Journal) error) (err error) {
	j, err := journal.Open(state, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return write(j)
}

func collect(ctx context.Context, j *journal.Journal, state string, plan retention.Plan, actor string) error {
	say := func(e promotion.Event) error {
		e.Actor = actor
		_, err := j.Append(context.WithoutCancel(ctx), e)
		return err
	}
	what := promotion.Collection{Plan: plan.Hash(), Items: len(plan.Items), Bytes: plan.Bytes()}
	if err := say(promotion.Event{Type: promotion.CollectionStarted, Collection: &what}); err != nil {
		return err
	}
	err := plan.Remove(state)
	ended := promotion.Event{Type: promotion.CollectionEnded}
	if err != nil {
		ended.Reason = "not all of it is gone: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return errors.Join(err, say(ended))
}

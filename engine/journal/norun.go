package journal

import (
	"context"
	"errors"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// OfNoRun are the events of slots and the others that belong to no run, from a time on, newest first.
func (r *Reader) OfNoRun(ctx context.Context, since time.Time) ([]promotion.Event, error) {
	var events []promotion.Event
	err := r.stream(ctx, func(e promotion.Event) error {
		if e.At.Before(since) {
			return errEnough
		}
		events = append(events, e)
		return nil
	}, `WHERE run = 0 ORDER BY seq DESC`)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return events, err
}

// errEnough ends the reading of rows of which no more are wanted.
var errEnough = errors.New("no more events are wanted")

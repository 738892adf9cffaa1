package aws

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"
)

// Clock is the time by which rollouts are followed.
type Clock interface {
	Now() time.Time
	// Wait returns once the time has passed, or with the context's error.
	Wait(ctx context.Context, d time.Duration) error
}

// wall is the clock on the wall.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// usualPoll is how often Amazon is asked how something goes on, where nothing is said.
const usualPoll = 5 * time.Second

// pause waits until it is time to look again. It may be twice as long: many environments that were started together do not
// ask together.
func (e *Environment) pause(ctx context.Context) error {
	poll := cmp.Or(e.aws.Poll, usualPoll)
	return e.clock.Wait(ctx, poll+rand.N(poll))
}

// bearable is how long answers may stay away, or what Amazon's services say of each other may not fit together yet, before
// that means something.
const bearable = 15 * time.Second

// spell is something that does not happen only once.
type spell struct{ since time.Time }

// lasts tells at each time that it happens whether it has gone on for too long by now.
func (s *spell) lasts(now time.Time) bool {
	if s.since.IsZero() {
		s.since = now
	}
	return now.Sub(s.since) >= bearable
}

// ends says that it has not happened this time.
func (s *spell) ends() { s.since = time.Time{} }

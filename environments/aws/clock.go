package aws

import (
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

// A rollout is looked at every 5 to 10 seconds: many environments that were started together do not ask together.
const (
	pollLeast  = 5 * time.Second
	pollJitter = 5 * time.Second
)

// pause waits until it is time to look again.
func (e *Environment) pause(ctx context.Context) error {
	return e.clock.Wait(ctx, pollLeast+rand.N(pollJitter))
}

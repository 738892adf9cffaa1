package engine

import (
	"context"
	"time"
)

// Heard is an engine that can tell whether it is still there though nothing happens: one that is stuck sends no snapshot,
// as one that has nothing to do.
type Heard interface {
	// Heard is when the engine last gave a sign of life. It never waits.
	Heard() time.Time
}

// Reached is an engine that may be in another process: when that has ended, and none followed it, another one can be there
// later on.
type Reached interface {
	// Reach waits until an engine is there, which is started when there is none. The error is why there can be none now.
	Reach(ctx context.Context) error
}

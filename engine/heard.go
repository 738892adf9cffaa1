package engine

import "time"

// Heard is an engine that can tell whether it is still there though nothing happens: one that is stuck sends no snapshot,
// as one that has nothing to do.
type Heard interface {
	// Heard is when the engine last gave a sign of life. It never waits.
	Heard() time.Time
}

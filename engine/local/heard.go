package local

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
)

var _ engine.Heard = (*Engine)(nil)

// Heard is when the engine was last seen at liberty: one that waits for its journal, or for itself, gives no sign of life.
func (e *Engine) Heard() time.Time {
	if e.mu.TryLock() {
		e.heard.Store(e.options.Now().UnixNano())
		e.mu.Unlock()
	}
	return time.Unix(0, e.heard.Load())
}

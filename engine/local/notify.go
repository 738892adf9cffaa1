package local

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/notify"
)

// farewell is how long an engine that ends waits for those who are to be told of it. What is left the next one tells.
const farewell = 5 * time.Second

// notify begins to tell whoever the configuration names.
func (e *Engine) notify() {
	e.notifier = notify.Start(notify.Options{
		State: e.options.State, Journal: e.records, Now: e.options.Now,
		Head: func() int64 {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.seq
		},
		Pipeline: func() config.Pipeline {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.pipeline
		},
		Tell: func(text string, bad bool) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.tell(engine.Notice{Text: text, Error: bad})
		},
	})
}

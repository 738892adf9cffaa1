package local

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// drowsiness bounds how long an alarm trusts its timer. A machine that sleeps stops it, and the clock on the wall, which
// says when a gate opens, goes on.
const drowsiness = time.Minute

// alarm looks at a run again at a time.
type alarm struct {
	at    time.Time
	timer *time.Timer
}

// wakeAt looks at the run again at the time, or a little later. The caller holds mu.
func (e *Engine) wakeAt(id promotion.RunID, at time.Time) {
	set, found := e.alarms[id]
	if found && !set.at.After(at) || e.ctx.Err() != nil {
		return
	}
	if found {
		set.timer.Stop()
	}
	wait := min(max(at.Sub(e.options.Now()), 0), drowsiness)
	e.alarms[id] = alarm{at: at, timer: time.AfterFunc(wait, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.alarms, id)
		e.reconcile()
	})}
}

// shut journals why something may not start, and looks again when it may. The caller holds mu.
func (e *Engine) shut(c promotion.Command) {
	c.Verb, c.Actor = promotion.VerbShut, "gantry"
	if err := e.apply(c); err == nil && c.Gate.Until != nil {
		e.wakeAt(c.Run, *c.Gate.Until)
	}
}

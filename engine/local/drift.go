package local

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// atOnce is how many slots are looked at side by side: a platform with hundreds is not to be flooded.
const atOnce = 4

// lookOne is how much time there is for each: of many slots each is looked at less often.
const lookOne = 100 * time.Millisecond

// drifted is how what runs in a slot differed from its record, and which record that was.
type drifted struct {
	run   promotion.RunID
	image promotion.Digest
	text  string
}

// says is the drift from what is recorded now; "" when the record is another one by now.
func (d drifted) says(recorded *promotion.Deployment) string {
	if d != recordOf(recorded).with(d.text) {
		return ""
	}
	return d.text
}

func (d drifted) with(text string) drifted {
	d.text = text
	return d
}

func recordOf(d *promotion.Deployment) drifted {
	if d == nil {
		return drifted{}
	}
	return drifted{run: d.Run, image: d.Release.Image}
}

// lookForDrift asks the platforms again and again whether what is recorded really runs.
func (e *Engine) lookForDrift() {
	for {
		slots := e.lookEverywhere()
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(max(e.options.Look, time.Duration(slots)*lookOne)):
		}
	}
}

// lookEverywhere looks at the slots that anything was ever live in, and tells how many those are.
func (e *Engine) lookEverywhere() (looked int) {
	e.mu.Lock()
	pipeline, slots := e.pipeline, e.ledger.Slots()
	e.mu.Unlock()
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, slot := range slots {
		if slot.Slot.Aside != 0 || slot.Holder != 0 || (slot.Live == nil && !slot.Used) {
			continue // what is live changes just now, or there was never anything
		}
		looked++
		free <- struct{}{}
		all.Go(func() {
			e.lookForDriftOf(pipeline, slot.Slot, recordOf(slot.Live))
			<-free
		})
	}
	all.Wait()
	return looked
}

// lookForDriftOf asks the platform about one slot. Where it cannot tell, or a run has come meanwhile, nothing is known.
func (e *Engine) lookForDriftOf(pipeline config.Pipeline, slot promotion.Slot, before drifted) {
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	environment, err := e.environment(pipeline, slot.Environment)
	if err != nil {
		return
	}
	live, err := viewOf(environment).Live(ctx, slot)
	e.mu.Lock()
	defer e.mu.Unlock()
	state, found := e.ledger.Standing(slot), before
	if state.Holder != 0 || recordOf(state.Live) != before {
		return
	}
	if err == nil {
		found.text = drift(state.Live, live)
	}
	known := e.drifts[slot].says(state.Live)
	if e.drifts[slot] = found; found.text == known {
		return
	}
	if found.text != "" {
		e.tell(engine.Notice{Text: fmt.Sprintf("%s has drifted: %s", slot, found.text), Error: true})
	}
	e.snapshots.changed()
}

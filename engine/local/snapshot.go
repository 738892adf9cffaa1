package local

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// frame is the shortest time between two snapshots to the same watcher.
const frame = 16 * time.Millisecond

// broadcast wakes watchers. Each takes its snapshot itself, when it is ready: nobody waits for a slow one.
type broadcast struct {
	mu     sync.Mutex
	wake   map[chan struct{}]bool
	closed bool
}

// changed wakes every watcher; one that is awake already is not woken twice.
func (b *broadcast) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for wake := range b.wake {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// progressed is changed for what is not journalled: logs and counts.
func (b *broadcast) progressed() { b.changed() }

func (b *broadcast) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for wake := range b.wake {
		close(wake)
		delete(b.wake, wake)
	}
}

// Watch delivers the present snapshot, then the newest after every change.
func (e *Engine) Watch(ctx context.Context) <-chan engine.Snapshot {
	out, wake := make(chan engine.Snapshot), make(chan struct{}, 1)
	b := &e.snapshots
	b.mu.Lock()
	if b.closed {
		close(wake)
	} else {
		b.wake[wake] = true
		wake <- struct{}{}
	}
	b.mu.Unlock()
	go func() {
		defer close(out)
		defer b.leave(wake)
		for {
			select {
			case <-ctx.Done():
				return
			case _, open := <-wake:
				if !open {
					return
				}
			}
			select {
			case out <- e.Snapshot():
			case <-ctx.Done():
				return
			}
			select { // coalesce what happens within a frame
			case <-time.After(frame):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (b *broadcast) leave(wake chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.wake, wake)
}

// Snapshot is the state of everything now.
func (e *Engine) Snapshot() engine.Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := engine.Snapshot{
		At: e.options.Now(), Seq: e.seq, Mode: e.pipeline.Mode, Justified: e.pipeline.Justification,
		Notices: slices.Clone(e.notices), Progress: map[engine.AttemptKey]engine.Progress{}, Paces: e.ledger.Paces(),
		Runs: e.ledger.Runs(), Present: slices.Clone(e.operators),
	}
	for _, c := range e.pipeline.Environments {
		s.Environments = append(s.Environments, engine.EnvironmentInfo{Name: c.Name, Platform: c.Platform, Protected: c.Protected})
	}
	for _, c := range e.pipeline.Services {
		s.Services = append(s.Services, engine.ServiceInfo{Name: c.Name, Team: c.Team, Teams: c.Teams, Path: c.Path, DependsOn: c.DependsOn, Head: e.heads[c.Name]})
	}
	if e.broken != nil {
		s.Halted = unwritable(e.broken)
	}
	asides := e.asides()
	for _, slot := range e.ledger.Slots() {
		if slot.Slot.Aside != 0 {
			continue // it is told of beside the slot that counts
		}
		info := engine.SlotInfo{Slot: slot.Slot, Live: slot.Live, LastGood: slot.LastGood, Holder: slot.Holder, Hold: slot.Hold, Endpoint: e.facts[slot.Slot], Drift: e.drifts[slot.Slot].says(slot.Live), Aside: asides[slot.Slot]}
		for digest := range slot.Vetoed {
			info.Vetoed = append(info.Vetoed, digest)
		}
		slices.Sort(info.Vetoed)
		s.Slots = append(s.Slots, info)
	}
	for key, a := range e.attempts {
		s.Progress[key] = a.shown()
	}
	return s
}

// shown is what the attempt has shown so far. The caller holds the engine's mu.
func (a *attempt) shown() engine.Progress {
	p := engine.Progress{Tests: map[string]promotion.Tests{}}
	for step, tests := range a.progress {
		p.Tests[step] = tests
	}
	if a.log != nil {
		p.Lines, p.Open = a.log.Len(), a.log.Open()
	}
	return p
}

// lookUpEndpoints finds out where the slots' endpoints are, without making anybody wait for a platform.
func (e *Engine) lookUpEndpoints() {
	changes := e.Watch(e.ctx)
	for snapshot := range changes {
		for _, slot := range snapshot.Slots {
			if slot.Endpoint == "" {
				e.lookUpEndpoint(slot.Slot)
			}
			for _, aside := range slot.Aside {
				if aside.Endpoint == "" && aside.Waits == "" {
					e.lookUpEndpoint(aside.Slot)
				}
			}
		}
	}
}

func (e *Engine) lookUpEndpoint(slot promotion.Slot) {
	e.mu.Lock()
	pipeline := e.pipeline
	e.mu.Unlock()
	environment, err := e.environment(pipeline, slot.Environment)
	if err != nil {
		return
	}
	if endpoint, err := environment.Endpoint(e.ctx, slot); err == nil {
		e.mu.Lock()
		e.facts[slot] = endpoint
		e.mu.Unlock()
		e.snapshots.changed()
	}
}

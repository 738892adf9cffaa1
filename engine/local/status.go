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

// patience is how long a platform may take to say what is live.
const patience = 10 * time.Second

// Status asks the platforms what is live and compares it with the journal; service "" means all.
func (e *Engine) Status(ctx context.Context, service string) ([]engine.Status, error) {
	e.mu.Lock()
	pipeline := e.pipeline
	e.mu.Unlock()
	if service != "" && pipeline.Service(service).Name == "" {
		return nil, unknownService(pipeline, service)
	}
	var list []engine.Status
	for _, s := range pipeline.Services {
		if service != "" && s.Name != service {
			continue
		}
		for _, environment := range pipeline.Environments {
			for _, slot := range e.slotsIn(pipeline, environment, s) {
				list = append(list, engine.Status{Slot: slot})
			}
		}
	}
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { e.look(ctx, pipeline, &list[i]) })
	}
	all.Wait()
	return list, nil
}

// slotsIn are where the service runs in an environment: in its own team's slot, and in those of every other team that
// ever took it into one.
func (e *Engine) slotsIn(pipeline config.Pipeline, environment config.Environment, service config.Service) []promotion.Slot {
	own := pipeline.SlotOf(environment, service)
	slots := []promotion.Slot{own}
	if !environment.TeamIsolation {
		return slots
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.ledger.Slots() {
		if other := s.Slot; other != own && other.Environment == own.Environment && other.Service == own.Service && other.Team != "" && other.Aside == 0 {
			slots = append(slots, other)
		}
	}
	return slots
}

func (e *Engine) look(ctx context.Context, pipeline config.Pipeline, s *engine.Status) {
	e.mu.Lock()
	state := e.ledger.Standing(s.Slot)
	s.Recorded, s.LastGood, s.Hold, s.Aside = state.Live, state.LastGood, e.holds(state), e.asides()[s.Slot]
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	environment, err := e.environment(pipeline, s.Slot.Environment)
	if err == nil {
		e.lookAside(ctx, environment, s.Aside)
		s.Live, err = environment.Live(ctx, s.Slot)
	}
	if err != nil {
		s.Error = err.Error()
		return
	}
	s.Drift = drift(s.Recorded, s.Live)
}

// drift says how what runs differs from what the journal says should. While the platform moves, nothing has drifted yet.
func drift(recorded *promotion.Deployment, live *engine.Live) string {
	switch {
	case live != nil && live.Unsettled:
		return ""
	case recorded == nil && live == nil:
		return ""
	case recorded == nil:
		return fmt.Sprintf("%s runs, but no run deployed it", live.Image.Short())
	case live == nil:
		return fmt.Sprintf("%s should be live, but nothing runs", recorded.Release.Name())
	case recorded.Release.Image != live.Image:
		return fmt.Sprintf("%s runs, but %s should", live.Image.Short(), recorded.Release.Image.Short())
	}
	return ""
}

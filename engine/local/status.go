package local

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
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
			list = append(list, engine.Status{Slot: slotOf(environment, s)})
		}
	}
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { e.look(ctx, pipeline, &list[i]) })
	}
	all.Wait()
	return list, nil
}

func slotOf(environment config.Environment, service config.Service) promotion.Slot {
	slot := promotion.Slot{Environment: environment.Name, Service: service.Name}
	if environment.TeamIsolation {
		slot.Team = service.Team
	}
	return slot
}

func (e *Engine) look(ctx context.Context, pipeline config.Pipeline, s *engine.Status) {
	e.mu.Lock()
	state := e.ledger.Slot(s.Slot)
	s.Recorded, s.LastGood, s.Hold = state.Live, state.LastGood, e.holds(state)
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	environment, err := e.environment(pipeline, s.Slot.Environment)
	if err == nil {
		s.Live, err = environment.Live(ctx, s.Slot)
	}
	if err != nil {
		s.Error = err.Error()
		return
	}
	s.Drift = drift(s.Recorded, s.Live)
}

// drift says how what runs differs from what the journal says should.
func drift(recorded *promotion.Deployment, live *engine.Live) string {
	switch {
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

// holds says which release may not enter the slot by itself. The caller holds mu.
func (e *Engine) holds(s promotion.SlotState) string {
	newest := promotion.RunID(0)
	for _, run := range s.Vetoed {
		newest = max(newest, run)
	}
	if newest == 0 {
		return ""
	}
	rollback := e.ledger.Run(newest)
	from := rollback.Plan.Revert.From
	name := from.Short()
	for _, d := range s.History {
		if d.Release.Image == from {
			name = d.Release.Name()
		}
	}
	switch rollback.Outcome {
	case promotion.RollbackFailed:
		return fmt.Sprintf("%s was to be rolled back by run %d, which failed", name, newest)
	case promotion.LeftAlone:
		return fmt.Sprintf("%s may not enter by itself: it failed further on, says run %d", name, newest)
	}
	return fmt.Sprintf("%s was rolled back by run %d and may not enter by itself", name, newest)
}

// PreviewRollback says what a rollback would do.
func (e *Engine) PreviewRollback(ctx context.Context, service, environment string) (engine.RollbackPreview, error) {
	return e.preview(ctx, engine.RollbackRequest{Service: service, Environment: environment})
}

func (e *Engine) preview(ctx context.Context, r engine.RollbackRequest) (engine.RollbackPreview, error) {
	e.mu.Lock()
	pipeline := e.pipeline
	service, configured := pipeline.Service(r.Service), pipeline.Environment(r.Environment)
	if service.Name == "" {
		e.mu.Unlock()
		return engine.RollbackPreview{}, unknownService(pipeline, r.Service)
	}
	if configured.Name == "" {
		e.mu.Unlock()
		return engine.RollbackPreview{}, fmt.Errorf("there is no environment %q in %s: see `gantry status`", r.Environment, pipeline.File)
	}
	state := e.ledger.Slot(slotOf(configured, service))
	e.mu.Unlock()
	p := engine.RollbackPreview{Slot: slotOf(configured, service), Protected: configured.Protected, From: state.Live}
	if p.From == nil {
		p.Refused = fmt.Sprintf("nothing is live in %s", p.Slot)
		return p, nil
	}
	if p.To, p.Refused = target(state, r.To); p.Refused != "" {
		return p, nil
	}
	p.Notes = append(p.Notes, "the database stays as it is: every migration suits the version before")
	if p.To == nil {
		p.Notes = append(p.Notes, "no release ever passed here: what is live is stopped, and the environment is empty")
		return p, nil
	}
	err := e.available(ctx, pipeline, &p)
	for _, other := range configured.RollsBack {
		if other != r.Environment {
			p.Notes = append(p.Notes, other+" stays as it is: a rollback by hand reverts one environment")
		}
	}
	return p, err
}

// target is the release to go back to: the newest good one that is not what is live and was not rolled back itself, or
// the one asked for.
func target(s promotion.SlotState, wanted string) (*promotion.Deployment, string) {
	if wanted != "" {
		for _, d := range slices.Backward(s.History) {
			if r := d.Release; wanted == string(r.Image) || wanted == r.Image.Short() || wanted == r.Version || wanted == r.Commit || wanted == r.ShortCommit() {
				return &d, ""
			}
		}
		return nil, fmt.Sprintf("%q was never live in %s: see `gantry status` and `gantry runs`", wanted, s.Slot)
	}
	if s.LastGood != nil && s.LastGood.Release.Image != s.Live.Release.Image {
		return s.LastGood, ""
	}
	for _, d := range slices.Backward(s.Good) {
		if _, vetoed := s.Vetoed[d.Release.Image]; !vetoed && d.Release.Image != s.Live.Release.Image {
			return &d, ""
		}
	}
	if s.LastGood != nil {
		return nil, fmt.Sprintf("%s is the only release in %s that passed and was not rolled back: name another one with --to", s.LastGood.Release.Name(), s.Slot)
	}
	return nil, ""
}

func (e *Engine) available(ctx context.Context, pipeline config.Pipeline, p *engine.RollbackPreview) error {
	environment, err := e.environment(pipeline, p.Slot.Environment)
	if err != nil {
		return err
	}
	repository, err := environment.Repository(ctx, p.Slot, "")
	if err != nil {
		return err
	}
	if p.Available, err = images.Exists(ctx, repository, p.To.Release.Image); err != nil {
		return fmt.Errorf("is %s still in %s: %w", p.To.Release.Image.Short(), repository.Name, err)
	}
	if !p.Available {
		p.Refused = fmt.Sprintf("the image %s is not in %s any more: promote the release again", p.To.Release.Image.Short(), repository.Name)
	}
	return nil
}

// RollBack starts a rollback run of one environment.
func (e *Engine) RollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	p, err := e.preview(ctx, r)
	if err != nil {
		return 0, err
	}
	if p.Refused != "" {
		return 0, &promotion.Refusal{Verb: promotion.VerbRollBack, Why: p.Refused}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	plan := e.rollbackPlan(r.Service, e.pipeline.Service(r.Service).Team, r.Environment, &promotion.Revert{From: p.From.Release.Image, Target: p.To})
	plan.Trigger = "operator"
	return e.startRun(plan, r.Actor, r.Reason)
}

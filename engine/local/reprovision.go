package local

import (
	"context"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Reprovision puts the release of an earlier run aside, to be investigated.
func (e *Engine) Reprovision(ctx context.Context, r engine.ReprovisionRequest) (promotion.RunID, error) {
	asked := promotion.Command{ID: r.ID, Run: r.Run, Verb: audit.PutAside, Actor: r.Actor, Reason: r.Reason}
	return e.once(ctx, asked, func() (promotion.RunID, error) { return e.reprovision(r) })
}

func (e *Engine) reprovision(r engine.ReprovisionRequest) (promotion.RunID, error) {
	earlier, err := e.Run(r.Run)
	if err != nil {
		return 0, err
	}
	pipeline, err := e.reload()
	if err != nil {
		return 0, err
	}
	plan, err := config.Reprovision(pipeline, earlier, r.Expires)
	if err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	return e.startRun(plan, promotion.Command{ID: r.ID, Actor: r.Actor, Reason: r.Reason})
}

// asides are what is put aside next to each slot, oldest first. The caller holds mu.
func (e *Engine) asides() map[promotion.Slot][]engine.Aside {
	found := map[promotion.Slot][]engine.Aside{}
	for _, run := range e.ledger.Unfinished() {
		if run.Plan.Kind != promotion.Reprovision {
			continue
		}
		for _, column := range run.Columns {
			a := engine.Aside{Run: run.ID, Slot: run.Plan.Slot(column.Name), Release: run.Release, Actor: run.Actor, Expires: run.Expires}
			a.Endpoint = e.facts[a.Slot]
			if !run.Aside() {
				a.Waits = standing(run)
			}
			beside := a.Slot
			beside.Aside = 0
			found[beside] = append(found[beside], a)
		}
	}
	return found
}

// standing says why what was put aside is not up, or not any more.
func standing(run promotion.Run) string {
	if waiting := run.Waits(); waiting != nil {
		return waiting.Reason
	}
	_, stage, _ := run.Current()
	return string(stage.ID) + " runs"
}

// lookAside asks the platform for what was put aside next to a slot, and where it answers.
func (e *Engine) lookAside(ctx context.Context, environment engine.Environment, asides []engine.Aside) {
	var all sync.WaitGroup
	for i := range asides {
		all.Go(func() {
			a := &asides[i]
			var err error
			if a.Live, err = environment.Live(ctx, a.Slot); err == nil && a.Live != nil && a.Endpoint == "" {
				a.Endpoint, err = environment.Endpoint(ctx, a.Slot)
			}
			if err != nil {
				a.Error = err.Error()
			}
		})
	}
	all.Wait()
}

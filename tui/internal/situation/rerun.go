package situation

import (
	"context"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// DryRun says what Start would do.
func (e *Engine) DryRun(_ context.Context, r engine.StartRequest) (engine.DryRun, error) {
	d := e.Plan
	d.Service, d.Commit, d.Until, d.Step, d.Drill = r.Service, r.Commit, r.Until, r.Step, r.Drill
	return d, nil
}

// DryRerun says what Rerun would do.
func (e *Engine) DryRerun(_ context.Context, r engine.RerunRequest) (engine.DryRun, error) {
	d := e.Plan
	d.Service, d.Rerun, d.From, d.Until = e.story.Run(r.Run).Plan.Service, r.Run, r.From, r.Until
	return d, nil
}

// Rerun starts a new run of an earlier one's release.
func (e *Engine) Rerun(_ context.Context, r engine.RerunRequest) (id promotion.RunID, err error) {
	e.Tell(func(s *Story) {
		e.Reran = r
		earlier := s.Run(r.Run)
		plan := earlier.Plan
		plan.Rerun, plan.Trigger = r.Run, "operator"
		for i, column := range plan.Columns {
			if column.Name == r.From {
				release := earlier.Release
				for _, passed := range plan.Columns[:i] {
					plan.Passed = append(plan.Passed, plan.Slot(passed.Name))
				}
				plan.Release, plan.Columns = &release, plan.Columns[i:]
				break
			}
		}
		id = s.Begin(plan, r.Actor)
	})
	return id, nil
}

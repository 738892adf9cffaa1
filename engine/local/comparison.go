package local

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// compareWith finds what a run has to be compared with: the last good release of the environment that it came to, or of the
// nearest one before; else the newest release before it that succeeded, as far as it was to go; else what was only live, in the nearest
// environment. Where there is none of all that, it says so.
func (e *Engine) compareWith(run promotion.Run, c *engine.Changes) error {
	entered := slices.Clone(run.Columns)
	entered = slices.DeleteFunc(entered, func(column promotion.ColumnState) bool { return !column.Entered })
	if n := len(entered); n > 0 && entered[n-1].LastGood == nil {
		c.First = entered[n-1].Name
	}
	for _, column := range slices.Backward(entered) {
		if column.LastGood != nil {
			c.Since, c.Environment = column.LastGood, column.Name
			return nil
		}
	}
	var err error
	if c.Since, err = e.lastSucceeded(run); err != nil || c.Since != nil {
		return err
	}
	if len(entered) == 0 {
		entered = e.ahead(run)
	}
	for _, column := range slices.Backward(entered) {
		if column.LastGood != nil || column.Live != nil {
			c.Since, c.Environment, c.Unproven = column.LastGood, column.Name, column.LastGood == nil
			if c.Unproven {
				c.Since = column.Live
			}
			return nil
		}
	}
	where := "anywhere"
	if c.First != "" {
		where = "in " + c.First
	}
	c.Without = fmt.Sprintf("no release of %s was ever good %s, and none was live: there is nothing to compare this one with", run.Plan.Service, where)
	return nil
}

// lastSucceeded is the newest release before a run that went as far as it was to go; nil when none did.
func (e *Engine) lastSucceeded(run promotion.Run) (*promotion.Deployment, error) {
	runs, err := e.Runs(run.Plan.Service)
	if err != nil {
		return nil, err
	}
	for _, other := range runs {
		if other.ID < run.ID && other.Plan.Kind == promotion.Promotion && other.Plan.Team == run.Plan.Team && other.Outcome == promotion.Succeeded {
			good, err := e.Run(other.ID)
			return &promotion.Deployment{Release: good.Release, Since: good.Finished, Run: good.ID}, err
		}
	}
	return nil, nil
}

// ahead is how the environments stand that a run has not come to, as far as older runs have brought that about.
func (e *Engine) ahead(run promotion.Run) []promotion.ColumnState {
	e.mu.Lock()
	defer e.mu.Unlock()
	older := func(d *promotion.Deployment) *promotion.Deployment {
		if d == nil || d.Run >= run.ID {
			return nil
		}
		return d
	}
	var columns []promotion.ColumnState
	for _, column := range slices.Backward(run.Plan.Columns) { // the nearest comes last
		if column.Name != promotion.BuildColumn {
			slot := e.ledger.Standing(run.Plan.Slot(column.Name))
			columns = append(columns, promotion.ColumnState{Name: column.Name, Live: older(slot.Live), LastGood: older(slot.LastGood)})
		}
	}
	return columns
}

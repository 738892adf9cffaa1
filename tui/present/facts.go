package present

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Facts are what the keys ask before they do anything: which actions make sense for the chosen entry now.
type Facts struct {
	Service     string
	Run         promotion.RunID
	Stage       promotion.StageID // where the run stands
	Environment string            // of the chosen column; "" for the build column
	Exists      bool              // there is a run
	Ended       string            // how it ended; "" while it goes on
	Paused      bool
	Granted     bool
	Bad         string // the state of the stage it stands at when that is bad: "failed"
	Running     bool
	Retrying    bool
	Rollback    bool // the run is itself a rollback
	Begun       bool // of a rollback: it has begun to change something
	RollingBack bool
	Protected   bool
	Live        bool     // something is live in Environment
	Reverts     []Revert // what the policy would roll back now
}

// Revert is one environment that the policy would roll back.
type Revert struct {
	Environment string
	From, To    string
	Protected   bool
}

// Facts gathers them.
func (w *World) Facts(e Entry, column string) Facts {
	f := Facts{Service: e.Service, Run: e.Run}
	if environment, found := w.environment(column); found {
		f.Environment, f.Protected = column, environment.Protected
		f.Live = w.slot(column, e.Service).Live != nil
	}
	run, found := w.Run(e.Run)
	if !found {
		return f
	}
	f.Exists, f.Ended, f.Paused, f.Granted = true, string(run.Outcome), run.Paused, run.Granted > 0
	f.Rollback, f.RollingBack = run.Plan.Kind == promotion.Rollback, run.RollingBack()
	if f.Environment != "" {
		f.Live = w.slotOf(run, column).Live != nil
	}
	current, stage, more := run.Current()
	if !more {
		return f
	}
	f.Stage, f.Running, f.Retrying = stage.ID, stage.State == promotion.StateRunning, stage.Retry
	f.Begun = len(stage.Attempts) > 0 || stage.Stage.Kind == promotion.KindRollback
	if stage.Bad() && !stage.Retry {
		f.Bad = string(stage.State)
	}
	f.Reverts = w.reverts(run, current)
	return f
}

// reverts is what the policy of the column the run stands in would roll back now.
func (w *World) reverts(run promotion.Run, current promotion.ColumnState) []Revert {
	var reverts []Revert
	for _, name := range current.Column.RollsBack {
		c, found := run.Column(name)
		if !found || c.Deployed == nil {
			continue
		}
		environment, _ := w.environment(name)
		to := "empty: nothing was good here before"
		if c.LastGood != nil {
			to = c.LastGood.Release.Name()
		}
		reverts = append(reverts, Revert{Environment: name, From: c.Deployed.Release.Name(), To: to, Protected: environment.Protected})
	}
	return reverts
}

// Doing is a sentence about the run for a title: "run 42 of orders".
func (f Facts) Doing() string { return fmt.Sprintf("run %d of %s", f.Run, f.Service) }

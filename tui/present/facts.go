package present

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// Facts are what the keys ask before they do anything: which actions make sense for the chosen entry now.
type Facts struct {
	Service     string
	Team        string // whose run it is
	Run         promotion.RunID
	Stage       promotion.StageID // where the run stands
	Environment string            // of the chosen column; "" for the build column
	Exists      bool              // there is a run
	Ended       string            // how it ended; "" while it goes on
	Paused      bool
	Granted     bool
	Bad         string // the state of the stage it stands at when that is bad: "failed"
	Evidence    bool   // what was captured before a rollback is there
	NoShell     bool   // nobody would bring a console back that stops itself
	Running     bool
	Retrying    bool      // it is about to be tried again
	Backoff     bool      // …but not before its time
	Rollback    bool      // the run is itself a rollback
	Reprovision bool      // the run has put its release aside
	Expires     time.Time // …until then
	Begun       bool      // of a rollback: it has begun to change something
	RollingBack bool
	Protected   bool
	Live        bool     // something is live in Environment
	Reverts     []Revert // what the policy would roll back now

	Chosen    promotion.StageID // under the cursor
	ChosenRan bool              // it was attempted in this run
	Release   string            // as people call it
	Image     promotion.Digest  // "" until it is built
	Held      bool              // a failed stage waits for a person
	HeldUntil time.Time         // …or for this time; zero: only for a person
	Deploying bool              // the stage that runs is changing the environment
	Gate      promotion.Gate    // what keeps the run out of the environment it stands before; "" nothing
	GateWhy   string
	Before    string // the environment that the run stands before; "" when it is in one
	Asks      bool   // …which asks for an approval
	Approved  string // who gave it
	Own       string // who is at the keys, and may not give it: the release is of their own
	Overrides bool   // the stage it stands at is of a kind that may be waved through
	OnHold    string // who holds the chosen environment, and why
	Vetoed    bool   // the run's release may not enter the chosen environment
}

// Revert is one environment that the policy would roll back.
type Revert struct {
	Environment string
	From, To    string
	Protected   bool
	Alone       string // what is live there by now instead, which no rollback of this run touches; "" when it is this run's
}

// Facts gathers them for a chosen column and stage, and for who is at the keys.
func (w *World) Facts(e Entry, column string, chosen promotion.StageID, operator string, now time.Time) Facts {
	f := Facts{Service: e.Service, Run: e.Run, Chosen: chosen}
	run, found := w.Run(e.Run)
	if environment, known := w.environment(column); known {
		f.Environment, f.Protected = column, environment.Protected
		slot := w.slot(column, e.Service)
		if found {
			slot = w.slotOf(run, column)
		}
		f.Live = slot.Live != nil
		if slot.Hold != nil {
			f.OnHold = fmt.Sprintf("%s holds it since %s: %s", text.Clean(slot.Hold.By), moment(slot.Hold.At, now), text.Clean(slot.Hold.Reason))
		}
		f.Vetoed = found && run.Release.Image != "" && slices.Contains(slot.Vetoed, run.Release.Image)
	}
	if !found {
		return f
	}
	f.Exists, f.Ended, f.Paused, f.Granted = true, string(run.Outcome), run.Paused, run.Granted > 0
	f.Rollback, f.Reprovision = run.Plan.Kind == promotion.Rollback, run.Plan.Kind == promotion.Reprovision
	f.RollingBack, f.Expires = run.RollingBack(), run.Expires
	f.Team, f.Release, f.Image = run.Plan.Team, text.Clean(run.Release.Name()), run.Release.Image
	f.Held = run.Held != nil
	if f.Held && run.Held.Until != nil {
		f.HeldUntil = *run.Held.Until
	}
	if stage, known := run.Stage(chosen); known {
		f.ChosenRan = len(stage.Attempts) > 0
	}
	w.standsAt(&f, run, operator, now)
	return f
}

// standsAt adds what is known of the stage and the column that the run stands at.
func (w *World) standsAt(f *Facts, run promotion.Run, operator string, now time.Time) {
	current, stage, more := run.Current()
	if !more {
		return
	}
	f.Stage, f.Running, f.Retrying = stage.ID, stage.State == promotion.StateRunning, stage.Retry
	f.Backoff = stage.Retry && stage.NotUntil.After(now)
	f.Begun = len(stage.Attempts) > 0 || stage.Stage.Kind == promotion.KindRollback
	if stage.Bad() && !stage.Retry {
		f.Bad = string(stage.State)
	}
	f.Deploying = f.Running && stage.Stage.Kind == promotion.KindDeploy
	f.Overrides = stage.Stage.Kind.Overridable()
	f.Reverts = w.reverts(run)
	if stage.Waiting != nil {
		f.Gate, f.GateWhy = stage.Waiting.Gate, text.Clean(stage.Waiting.Reason)
	}
	if current.Name == promotion.BuildColumn || current.Entered {
		return
	}
	f.Before, f.Asks = current.Name, current.Column.Approval != nil
	if approval := current.Column.Approval; approval != nil && approval.FourEyes && run.IsOf(operator) {
		f.Own = text.Clean(operator)
	}
	if a := current.Approved; a != nil && a.Digest == run.Release.Image && (a.Until == nil || now.Before(*a.Until)) {
		f.Approved = text.Clean(a.By)
	}
	if current.Waiting != nil {
		f.Gate, f.GateWhy = current.Waiting.Gate, text.Clean(current.Waiting.Reason)
	}
}

// reverts is what the policy of the column the run stands in would roll back now.
func (w *World) reverts(run promotion.Run) []Revert {
	var reverts []Revert
	for _, name := range run.RollsBackNow() {
		c, _ := run.Column(name)
		environment, _ := w.environment(name)
		to, from := "empty: nothing was good here before", run.Release.Name()
		if c.LastGood != nil {
			to = c.LastGood.Release.Name()
		}
		if c.Deployed != nil {
			from = c.Deployed.Release.Name()
		}
		reverts = append(reverts, Revert{Environment: name, From: text.Clean(from), To: text.Clean(to), Protected: environment.Protected, Alone: w.movedOn(run, c)})
	}
	return reverts
}

// movedOn is what is live in a column's environment instead of what this run has deployed there; "" when nothing is.
func (w *World) movedOn(run promotion.Run, c promotion.ColumnState) string {
	live := w.slotOf(run, c.Name).Live
	if c.Deployed == nil || live == nil || live.Release.Image == c.Deployed.Release.Image {
		return ""
	}
	return text.Clean(live.Release.Name())
}

// CountsDown tells whether the run will be rolled back when its hold is over.
func (f Facts) CountsDown() bool { return !f.HeldUntil.IsZero() }

// Name is the service's name as it may be shown.
func (f Facts) Name() string { return text.Clean(f.Service) }

// Doing is a sentence about the run for a title: "run 42 of orders".
func (f Facts) Doing() string { return fmt.Sprintf("run %d of %s", f.Run, f.Name()) }

package promotion

import (
	"fmt"
	"slices"
)

// mayOverride are the kinds of stages that a person may wave through: those that give a verdict, and those that publish
// what others test against. What changes an environment cannot be imagined to have happened.
var mayOverride = []Kind{KindContract, KindCompat, KindAcceptance, KindE2E, KindStub, KindPublish}

// Overridable tells whether a person may wave a stage of this kind through once it has gone wrong.
func (k Kind) Overridable() bool { return slices.Contains(mayOverride, k) }

// Overridable tells whether a person may wave a run through the gate while it is shut.
func (g Gate) Overridable() bool { return g == GateFreeze || g == GateSoak || g == GateDependency }

// override waves through a stage that went wrong, or a gate that is shut.
func (d *decision) override() error {
	c := d.command
	if c.Reason == "" {
		return d.refuse("say why with --reason", "an override is somebody's word, which needs a reason")
	}
	if d.run.Plan.Kind != Promotion {
		return d.refuse("", "only a promotion has anything to override")
	}
	if c.Stage == "" {
		return d.overrideGate()
	}
	_, stage, ok := d.run.Current()
	switch {
	case !ok || stage.ID != c.Stage:
		return d.refuse(standsAt(d.run), "%s is not the stage that the run stands at", c.Stage)
	case !stage.Stage.Kind.Overridable():
		return d.refuse("retry it, or abort the run", "%s changes what later stages rely on, and cannot be waved through", stage.ID)
	case stage.State == StateRunning:
		return d.refuse("wait for its end", "%s is running", stage.ID)
	case !stage.Bad():
		return d.refuse("let it run first", "%s has not gone wrong", stage.ID)
	}
	d.emit(Event{Type: StageOverridden, Stage: stage.ID, Reason: c.Reason})
	d.advance(stage.ID)
	return nil
}

// standsAt names the stage that the run stands at, as a next step.
func standsAt(r Run) string {
	if _, stage, ok := r.Current(); ok {
		return fmt.Sprintf("the run stands at %s", stage.ID)
	}
	return ""
}

// overrideGate waves the run through the gate that keeps it out of an environment.
func (d *decision) overrideGate() error {
	c := d.command
	column, _, ok := d.run.Current()
	if !ok || column.Name != c.Environment || column.Entered || column.Waiting == nil {
		return d.refuse(standsAt(d.run), "no gate of %q keeps run %d out", c.Environment, d.run.ID)
	}
	gate := column.Waiting
	if gate.Gate.Overridable() {
		d.emit(Event{Type: GateOverridden, Environment: c.Environment, Gate: gate, Reason: c.Reason})
		return nil
	}
	switch gate.Gate {
	case GateHold:
		return d.refuse("lift the hold with `gantry release`", "%s", gate.Reason)
	case GateVeto:
		return d.refuse("lift the veto with `gantry allow`", "%s", gate.Reason)
	case GateApproval:
		return d.refuse("approve it with `gantry approve`", "%s", gate.Reason)
	default:
		return d.refuse("wait: it opens by itself", "%s", gate.Reason)
	}
}

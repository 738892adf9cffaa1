package promotion

import (
	"fmt"
	"time"
)

// Decide turns a command into the events that carry it out, or into a *Refusal that says why it changes nothing. A
// command whose id the run has seen already brings no events and no error: it was applied before.
func Decide(r Run, c Command, now time.Time) ([]Event, error) {
	if c.ID != "" && r.commands.hold(c.ID) {
		return nil, nil
	}
	d := decision{run: r, command: c, now: now}
	if err := d.decide(); err != nil {
		return nil, err
	}
	if len(d.events) > 0 {
		d.endReverted()
	}
	return d.events, nil
}

// decision collects the events of one command; run is always the run after those collected so far.
type decision struct {
	run     Run
	command Command
	now     time.Time
	events  []Event
}

func (d *decision) emit(e Event) {
	e.Run, e.At, e.Command = d.command.Run, d.now, d.command.ID
	if e.Actor == "" {
		e.Actor = d.command.Actor
	}
	e.Seq = d.run.Seq // the journal numbers events; until then they keep their run's place
	d.events = append(d.events, e)
	fold{run: &d.run}.apply(e)
}

func (d *decision) refuse(instead, why string, args ...any) error {
	return &Refusal{Verb: d.command.Verb, Why: fmt.Sprintf(why, args...), Instead: instead}
}

func (d *decision) decide() error {
	c := d.command
	if c.Verb == VerbStart {
		return d.start()
	}
	if d.run.ID == 0 || d.run.ID != c.Run {
		return d.refuse("list the runs with `gantry runs`", "there is no run %d", c.Run)
	}
	// What an attempt did before it could be ended is known only after the run has: the journal must hold it all the same.
	if d.run.Done() && c.Verb != VerbReportDeployed {
		return d.refuseEnded()
	}
	switch c.Verb {
	case VerbPause, VerbResume, VerbStep, VerbRetry, VerbRetryFrom, VerbAbort, VerbRollBack, VerbExtend, VerbOverride:
		return d.operator()
	case VerbApprove, VerbReject:
		return d.approval()
	case VerbRemove:
		return d.remove()
	case VerbReportStep, VerbReportSuccess, VerbReportFailure, VerbReportError, VerbReportStall, VerbReportLost:
		return d.report()
	case VerbLinkRollback, VerbEndRollback:
		return d.linked()
	}
	return d.driver()
}

// refuseEnded says how the run ended, and what takes its place.
func (d *decision) refuseEnded() error {
	r, instead, how := d.run, "start a new run", string(d.run.Outcome)
	switch verb := d.command.Verb; {
	case verb == VerbRemove && !r.isReprovision():
		instead, how = "remove the run that put it aside, which `gantry runs` lists as reprovision", how+", and has put nothing aside itself"
	case verb == VerbRemove, verb == VerbAbort, verb == VerbPause, verb == VerbExtend, verb == VerbOverride:
		instead = "" // nothing of it is under way, and nothing has to be done
	case r.Plan.Kind == Rollback:
		instead = fmt.Sprintf("roll it back anew with `gantry rollback %s %s`", r.Plan.Service, r.Columns[0].Name)
	case verb == VerbRollBack:
		instead = fmt.Sprintf("roll an environment back with `gantry rollback %s ENV`", r.Plan.Service)
	case r.Outcome == Superseded && r.Linked != 0:
		instead, how = fmt.Sprintf("look at run %d", r.Linked), fmt.Sprintf("superseded by run %d, which is newer", r.Linked)
	case r.Outcome == Aborted && r.Reverted != nil:
		instead, how = fmt.Sprintf("rerun it with `gantry rerun %d --from %s`, or promote a newer release", r.ID, r.Reverted.Environment), r.Reason
	case r.Plan.Kind == Promotion && (verb == VerbRetry || verb == VerbRetryFrom || verb == VerbResume || verb == VerbStep):
		instead = fmt.Sprintf("rerun it with `gantry rerun %d`, or start a new run", r.ID)
	}
	return d.refuse(instead, "run %d has ended: %s", r.ID, how)
}

func (d *decision) start() error {
	if d.run.ID != 0 {
		return d.refuse("", "run %d has started already", d.run.ID)
	}
	if d.command.Run <= 0 {
		return d.refuse("", "a run needs a number")
	}
	if err := d.sound(d.command.Plan); err != nil {
		return err
	}
	d.emit(Event{Type: RunStarted, Plan: d.command.Plan, Reason: d.command.Reason})
	return nil
}

// sound refuses a plan that could never be followed to its end.
func (d *decision) sound(p *Plan) error {
	seen := map[StageID]bool{}
	if p != nil {
		for _, column := range p.Columns {
			for _, stage := range column.Stages {
				if stage.ID.Column() != column.Name || seen[stage.ID] {
					return d.refuse("", "the plan has a stage %q in the column %q, which is no place or name of its own", stage.ID, column.Name)
				}
				seen[stage.ID] = true
			}
		}
	}
	if len(seen) == 0 {
		return d.refuse("", "the plan has no stages")
	}
	if p.Kind == Rollback && p.Revert == nil {
		return d.refuse("", "the plan of a rollback does not say what it reverts")
	}
	return d.soundAside(p)
}

// advance closes the column, and the run, when the stage was their last.
func (d *decision) advance(done StageID) {
	column, _ := d.run.Column(done.Column())
	for _, stage := range column.Stages {
		if !stage.Done() {
			return
		}
	}
	d.emit(Event{Type: EnvironmentPassed, Environment: column.Name})
	if _, _, more := d.run.Current(); more {
		return
	}
	if d.run.isReprovision() {
		d.endAside()
		return
	}
	outcome := Succeeded
	if d.run.Plan.Kind == Rollback {
		outcome = RolledBack
	}
	d.emit(Event{Type: RunFinished, Outcome: outcome, Actor: "gantry"})
}

// badReason is why the run went wrong: its first stage with a bad end.
func (d *decision) badReason() string {
	if _, stage, ok := d.run.Current(); ok && stage.Bad() {
		return fmt.Sprintf("%s %s: %s", stage.ID, stage.State, stage.Reason)
	}
	return ""
}

func imageOf(d *Deployment) Digest {
	if d == nil {
		return ""
	}
	return d.Release.Image
}

func nameOf(d *Deployment) string {
	if d == nil {
		return "nothing"
	}
	return d.Release.Name()
}

package promotion

import (
	"fmt"
	"slices"
	"time"
)

// Decide turns a command into the events that carry it out, or into a *Refusal that says why it changes nothing. A
// command whose id the run has seen already brings no events and no error: it was applied before.
func Decide(r Run, c Command, now time.Time) ([]Event, error) {
	if c.ID != "" && slices.Contains(r.Commands, c.ID) {
		return nil, nil
	}
	d := decision{run: r, command: c, now: now}
	if err := d.decide(); err != nil {
		return nil, err
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
	d.run = Apply(d.run, e)
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
		return d.refuse("start a new run", "run %d has ended: %s", d.run.ID, d.run.Outcome)
	}
	switch c.Verb {
	case VerbPause, VerbResume, VerbStep, VerbRetry, VerbAbort, VerbRollBack:
		return d.operator()
	case VerbReportStep, VerbReportSuccess, VerbReportFailure, VerbReportError, VerbReportStall, VerbReportLost:
		return d.report()
	case VerbLinkRollback, VerbEndRollback:
		return d.linked()
	}
	return d.driver()
}

func (d *decision) start() error {
	if d.run.ID != 0 {
		return d.refuse("", "run %d has started already", d.run.ID)
	}
	if p := d.command.Plan; p == nil || len(p.Columns) == 0 {
		return d.refuse("", "the plan has no stages")
	}
	d.emit(Event{Type: RunStarted, Plan: d.command.Plan, Reason: d.command.Reason})
	return nil
}

// driver decides what a driver reports about gates and locks.
func (d *decision) driver() error {
	switch c := d.command; c.Verb {
	case VerbEnter:
		return d.enter()
	case VerbShut:
		return d.shut()
	case VerbBegin:
		return d.begin()
	case VerbSkip:
		return d.skip()
	case VerbReportDeployed:
		if column, found := d.run.Column(c.Environment); !found || !column.Entered {
			return d.refuse("", "run %d has not entered %q", d.run.ID, c.Environment)
		}
		d.emit(Event{Type: Deployed, Environment: c.Environment, Deployment: c.Deployment})
		return nil
	case VerbExpire:
		if d.run.Held == nil || d.run.Held.Until == nil || d.now.Before(*d.run.Held.Until) {
			return d.refuse("", "no hold of run %d is over", d.run.ID)
		}
		d.emitRollbacks("nobody acted before the hold was over")
		return nil
	case VerbSupersede:
		column, stage, ok := d.run.Current()
		if !ok || column.Entered || stage.State == StateRunning || column.Name == BuildColumn {
			return d.refuse("", "run %d is at work and is never cancelled by a newer one", d.run.ID)
		}
		d.emit(Event{Type: RunFinished, Outcome: Superseded, Linked: c.Linked, Actor: "gantry",
			Reason: fmt.Sprintf("run %d is newer and waits for %s too", c.Linked, column.Name)})
		return nil
	}
	return d.refuse("", "unknown command %q", d.command.Verb)
}

func (d *decision) enter() error {
	c := d.command
	column, _, ok := d.run.Current()
	if !ok || column.Name != c.Environment || column.Entered || d.run.RollingBack() {
		return d.refuse("", "run %d is not about to enter %q", d.run.ID, c.Environment)
	}
	if revert := d.run.Plan.Revert; revert != nil && imageOf(c.Live) != revert.From {
		d.emit(Event{Type: RunFinished, Outcome: LeftAlone, Actor: "gantry",
			Reason: fmt.Sprintf("%s has moved on: %s is live there now", c.Environment, nameOf(c.Live))})
		return nil
	}
	d.emit(Event{Type: EnvironmentEntered, Environment: c.Environment, Live: c.Live, Target: c.Target})
	return nil
}

func (d *decision) shut() error {
	c := d.command
	if c.Gate == nil {
		return d.refuse("", "a shut gate needs a reason")
	}
	present := d.gate(c)
	if present != nil && present.Reason == c.Gate.Reason {
		return nil
	}
	gate := *c.Gate
	gate.Since = d.now
	d.emit(Event{Type: GateShut, Environment: c.Environment, Stage: c.Stage, Gate: &gate, Reason: gate.Reason})
	return nil
}

// gate is the gate that a command speaks of, when it is shut.
func (d *decision) gate(c Command) *Waiting {
	if c.Stage != "" {
		stage, _ := d.run.Stage(c.Stage)
		return stage.Waiting
	}
	column, _ := d.run.Column(c.Environment)
	return column.Waiting
}

// current refuses unless the command's stage is the one whose turn it is and nothing runs in it.
func (d *decision) current() (StageState, error) {
	column, stage, ok := d.run.Current()
	switch {
	case d.run.RollingBack():
		return stage, d.refuse("", "run %d is being rolled back; its later stages never start", d.run.ID)
	case !ok || stage.ID != d.command.Stage:
		return stage, d.refuse("", "it is not the turn of %s", d.command.Stage)
	case column.Name != BuildColumn && !column.Entered:
		return stage, d.refuse("", "%s has not been entered", column.Name)
	case stage.State == StateRunning:
		return stage, d.refuse("", "%s is running already", stage.ID)
	case stage.Bad() && !stage.Retry:
		return stage, d.refuse("retry it or abort the run", "%s %s", stage.ID, stage.State)
	case d.run.Paused && d.run.Granted == 0:
		return stage, d.refuse("resume or step", "run %d is paused", d.run.ID)
	}
	return stage, nil
}

func (d *decision) begin() error {
	stage, err := d.current()
	if err != nil {
		return err
	}
	if stage.Waiting != nil {
		d.emit(Event{Type: GateOpened, Stage: stage.ID})
	}
	d.emit(Event{Type: StageStarted, Stage: stage.ID, Attempt: len(stage.Attempts) + 1})
	return nil
}

// skip leaves a stage out by rule. Only compat has such a rule: there is no earlier version to prove.
func (d *decision) skip() error {
	stage, err := d.current()
	if err != nil {
		return err
	}
	if stage.Stage.Kind != KindCompat {
		return d.refuse("", "a %s stage is never skipped", stage.Stage.Kind)
	}
	d.emit(Event{Type: StageSkipped, Stage: stage.ID, Reason: d.command.Reason})
	d.advance(stage.ID)
	return nil
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
	outcome := Succeeded
	if d.run.Plan.Kind == Rollback {
		outcome = RolledBack
	}
	d.emit(Event{Type: RunFinished, Outcome: outcome, Actor: "gantry"})
}

func (d *decision) linked() error {
	c := d.command
	for _, l := range d.run.Rollbacks {
		if l.Environment != c.Environment {
			continue
		}
		if c.Verb == VerbLinkRollback {
			if l.Run != 0 {
				return d.refuse("", "the rollback of %s is run %d already", l.Environment, l.Run)
			}
			d.emit(Event{Type: RollbackStarted, Environment: c.Environment, Linked: c.Linked, Actor: "gantry"})
			return nil
		}
		if l.Run != c.Linked || l.Outcome != "" {
			return d.refuse("", "run %d is not the rollback of %s under way", c.Linked, l.Environment)
		}
		d.emit(Event{Type: RollbackEnded, Environment: c.Environment, Linked: c.Linked, Outcome: c.Outcome, Reason: c.Reason, Actor: "gantry"})
		d.finishRollbacks()
		return nil
	}
	return d.refuse("", "run %d rolls nothing back in %q", d.run.ID, c.Environment)
}

// finishRollbacks ends the promotion once every environment of its policy has been seen to.
func (d *decision) finishRollbacks() {
	outcome, reason := RolledBack, ""
	for _, l := range d.run.Rollbacks {
		switch l.Outcome {
		case "":
			return
		case RolledBack, LeftAlone:
		default:
			outcome, reason = RollbackFailed, fmt.Sprintf("%s: %s", l.Environment, l.Reason)
		}
	}
	if outcome == RolledBack {
		reason = d.badReason()
	}
	d.emit(Event{Type: RunFinished, Outcome: outcome, Reason: reason, Actor: "gantry"})
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

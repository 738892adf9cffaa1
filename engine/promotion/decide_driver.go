package promotion

import (
	"fmt"
	"slices"
	"time"
)

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
		return d.deployed()
	case VerbExpire:
		if d.run.isReprovision() {
			return d.expireAside()
		}
		if d.run.Held == nil || d.run.Held.Until == nil || d.now.Before(*d.run.Held.Until) {
			return d.refuse("", "no hold of run %d is over", d.run.ID)
		}
		d.emitRollbacks("nobody acted before the hold was over")
		return nil
	case VerbSupersede:
		return d.supersede()
	}
	return d.refuse("", "unknown command %q", d.command.Verb)
}

// deployed journals what an attempt changed, also when the run has ended meanwhile and only the attempt's own end can
// tell. A run that has left the environment can have changed nothing there: such a report is late.
func (d *decision) deployed() error {
	c := d.command
	column, found := d.run.Column(c.Environment)
	if !found || !column.Entered || column.Passed || d.run.Done() && !column.Unproven() {
		return d.refuse("", "run %d is not in %q", d.run.ID, c.Environment)
	}
	d.live(c.Environment, c.Deployment)
	return nil
}

// live journals what is live now, unless that is known.
func (d *decision) live(environment string, now *Deployment) {
	column, _ := d.run.Column(environment)
	if now != nil && column.Deployed != nil && imageOf(now) == imageOf(column.Deployed) {
		return
	}
	d.emit(Event{Type: Deployed, Environment: environment, Deployment: now})
}

func (d *decision) supersede() error {
	column, stage, ok := d.run.Current()
	if !ok || column.Entered || stage.State == StateRunning || column.Name == BuildColumn || d.run.RollingBack() || d.run.Plan.Kind != Promotion {
		return d.refuse("", "run %d is at work and is never cancelled by a newer one", d.run.ID)
	}
	newer := d.command.Linked
	if newer <= d.run.ID {
		return d.refuse("", "run %d is not newer than run %d", newer, d.run.ID)
	}
	reason := fmt.Sprintf("run %d is newer and takes its place in %s", newer, column.Name)
	if column.Approved != nil {
		reason += fmt.Sprintf("; the approval of %s by %s is void", column.Approved.Digest.Short(), column.Approved.By)
	}
	d.emit(Event{Type: RunFinished, Outcome: Superseded, Linked: newer, Actor: "gantry", Reason: reason})
	return nil
}

// entering tells whether the run stands before the environment and may go in.
func (d *decision) entering(environment string) bool {
	column, _, ok := d.run.Current()
	return ok && column.Name == environment && column.Name != BuildColumn && !column.Entered && !d.run.RollingBack()
}

func (d *decision) enter() error {
	c := d.command
	if !d.entering(c.Environment) || d.run.Paused && d.run.Granted == 0 {
		return d.refuse("", "run %d is not about to enter %q", d.run.ID, c.Environment)
	}
	if revert := d.run.Plan.Revert; revert != nil && !revert.Unproven && imageOf(c.Live) != revert.From {
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
	if c.Stage != "" {
		if _, err := d.current(); err != nil {
			return err
		}
	} else if !d.entering(c.Environment) {
		return d.refuse("", "run %d is not about to enter %q", d.run.ID, c.Environment)
	}
	present := d.gate(c)
	if present != nil && present.Reason == c.Gate.Reason && present.Who == c.Gate.Who && present.Also == c.Gate.Also && sameTime(present.Until, c.Gate.Until) {
		return nil
	}
	gate := *c.Gate
	if gate.Since.IsZero() {
		gate.Since = d.now
	}
	d.emit(Event{Type: GateShut, Environment: c.Environment, Stage: c.Stage, Gate: &gate, Reason: gate.Reason})
	return nil
}

func sameTime(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

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
	if err == nil {
		err = d.asideSoon(stage)
	}
	if err != nil {
		return err
	}
	if stage.Waiting != nil {
		d.emit(Event{Type: GateOpened, Stage: stage.ID})
	}
	d.emit(Event{Type: StageStarted, Stage: stage.ID, Attempt: len(stage.Attempts) + 1})
	return nil
}

// Omits says why a stage has nothing to do in this run: what a person waved through has left nothing behind that it could
// make something of. It is "" where the stage has something to do.
func (r Run) Omits(stage StageState) string {
	column, _ := r.Column(stage.ID.Column())
	left := func(kind Kind) bool { // of a stage before it
		return !slices.ContainsFunc(column.Stages, func(s StageState) bool {
			return s.Stage.Kind == kind && (s.State == StateOverridden || s.State == StateSkipped)
		})
	}
	switch {
	case stage.Stage.Kind == KindStub && !left(KindE2E):
		return "E2E was waved through: there is no recording to make a stub of"
	case stage.Stage.Kind == KindPublish && !left(KindStub):
		return "no stub was made: the channel stays where it is"
	}
	return ""
}

// skip leaves a stage out by rule: compat, where there is no earlier version to prove, and what has nothing to do.
func (d *decision) skip() error {
	stage, err := d.current()
	if err != nil {
		return err
	}
	if stage.Stage.Kind != KindCompat && d.run.Omits(stage) == "" {
		return d.refuse("", "a %s stage is never skipped", stage.Stage.Kind)
	}
	d.emit(Event{Type: StageSkipped, Stage: stage.ID, Reason: d.command.Reason})
	d.advance(stage.ID)
	return nil
}

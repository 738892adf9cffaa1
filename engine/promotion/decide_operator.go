package promotion

import (
	"fmt"
	"slices"
)

// operator decides what people ask for.
func (d *decision) operator() error {
	r, c := d.run, d.command
	if r.RollingBack() {
		return d.refuse("watch the rollback; then start a new run", "run %d is being rolled back, which is never left half done", r.ID)
	}
	if r.Plan.Kind == Rollback && (c.Verb == VerbPause || c.Verb == VerbStep) {
		return d.refuse("wait for its end", "a rollback is never left half done")
	}
	if r.isReprovision() {
		if err := d.ofReprovision(); err != nil {
			return err
		}
	}
	switch c.Verb {
	case VerbPause:
		if r.Held != nil && r.Held.Until != nil {
			d.emit(Event{Type: RunExtended, Reason: c.Reason}) // it waits for a person from now on
			return nil
		}
		if r.Paused && r.Granted == 0 {
			return d.refuse("resume or step", "run %d is paused already", r.ID)
		}
		d.emit(Event{Type: RunPaused, Reason: c.Reason})
	case VerbResume:
		if !r.Paused {
			return d.refuse("", "run %d is not paused", r.ID)
		}
		d.emit(Event{Type: RunResumed, Reason: c.Reason})
	case VerbStep:
		return d.step()
	case VerbRetry:
		return d.retry()
	case VerbRetryFrom:
		return d.retryFrom()
	case VerbExtend:
		return d.extend()
	case VerbOverride:
		return d.override()
	case VerbAbort:
		return d.abort()
	case VerbRollBack:
		return d.rollBackNow()
	}
	return nil
}

func (d *decision) step() error {
	_, stage, ok := d.run.Current()
	switch {
	case !ok:
		return d.refuse("", "no stage is left")
	case stage.Bad() && !stage.Retry:
		return d.refuse("retry it or abort the run", "%s %s", stage.ID, stage.State)
	case d.run.Granted > 0:
		return d.refuse("wait until it has started", "one more stage may start already")
	}
	d.emit(Event{Type: RunStepped, Reason: d.command.Reason})
	return nil
}

func (d *decision) retry() error {
	_, stage, ok := d.run.Current()
	if !ok {
		return d.refuse("", "every stage is done")
	}
	switch asked := d.command.Stage; {
	case asked != "" && asked != stage.ID:
		return d.refuse("retry "+string(stage.ID), "%s is not the stage that the run stands at", asked)
	case stage.State == StateRunning:
		return d.refuse("wait for its end, or abort the run", "%s is running", stage.ID)
	case !stage.Bad():
		return d.refuse("", "%s has not failed", stage.ID)
	case stage.Retry && !stage.NotUntil.After(d.now):
		return d.refuse("", "%s is about to be retried already", stage.ID)
	}
	d.emit(Event{Type: StageRetried, Stage: stage.ID, Reason: d.command.Reason})
	d.grant()
	return nil
}

// grant lets the stage that a person asks for start in a paused run too.
func (d *decision) grant() {
	if d.run.Paused && d.run.Granted == 0 {
		d.emit(Event{Type: RunStepped, Reason: "retried while paused"})
	}
}

// retryFrom goes back to an earlier stage of the environment that the run stands in. An earlier environment is not
// reached this way: what it passed on would have to be taken back.
func (d *decision) retryFrom() error {
	column, stage, ok := d.run.Current()
	asked := d.command.Stage
	switch {
	case !ok:
		return d.refuse("", "every stage is done")
	case d.run.Plan.Kind == Rollback:
		return d.refuse("retry it", "a rollback is not taken apart")
	case asked.Column() != column.Name:
		return d.refuse(fmt.Sprintf("rerun it from %s with `gantry rerun %d --from %s`", asked.Column(), d.run.ID, asked.Column()),
			"the run stands in %s, and %s is another environment's", column.Name, asked)
	case stage.State == StateRunning:
		return d.refuse("wait for its end, or abort the run", "%s is running", stage.ID)
	case !stage.Bad() && !d.run.Paused:
		return d.refuse("pause the run first", "%s has not failed", stage.ID)
	}
	at := slices.IndexFunc(column.Stages, func(s StageState) bool { return s.ID == asked })
	if at < 0 || len(column.Stages[at].Attempts) == 0 {
		return d.refuse("retry "+string(stage.ID), "%s has not run yet", asked)
	}
	d.emit(Event{Type: StageReopened, Stage: asked, Reason: d.command.Reason})
	d.grant()
	return nil
}

// extend moves the end of a held run's countdown.
func (d *decision) extend() error {
	if d.run.isReprovision() {
		return d.extendAside()
	}
	switch until := d.command.Until; {
	case d.run.Held == nil:
		return d.refuse("", "run %d is not on hold", d.run.ID)
	case until == nil || !until.After(d.now):
		return d.refuse(fmt.Sprintf("roll back now with `gantry abort %d --rollback`, or name a later time", d.run.ID), "the countdown cannot end in the past")
	default:
		d.emit(Event{Type: RunExtended, Until: until, Reason: d.command.Reason})
		return nil
	}
}

// abort ends the run and leaves every environment as it is.
func (d *decision) abort() error {
	if d.run.Plan.Kind == Rollback {
		if _, stage, _ := d.run.Current(); len(stage.Attempts) > 0 || stage.Stage.Kind == KindRollback {
			return d.refuse("wait for its end", "a rollback is never left half done")
		}
	}
	d.endRunning("aborted by " + d.command.Actor)
	d.emit(Event{Type: RunFinished, Outcome: Aborted, Reason: d.command.Reason})
	return nil
}

// rollBackNow ends the run and rolls back what the policy of its column says.
func (d *decision) rollBackNow() error {
	if d.run.Plan.Kind == Rollback {
		return d.refuse("", "a rollback is never rolled back")
	}
	if _, stage, _ := d.run.Current(); stage.State == StateRunning && stage.Stage.Kind == KindDeploy {
		return d.refuse("wait for its end: it fails over by itself", "%s is changing the environment right now", stage.ID)
	}
	if column, stage, _ := d.run.Current(); !stage.Bad() && len(d.policy(column)) == 0 {
		return d.refuse("abort the run", "run %d has deployed nothing that a failure in %s rolls back", d.run.ID, column.Name)
	}
	d.endRunning("rolled back by " + d.command.Actor)
	d.emitRollbacks(d.command.Reason)
	return nil
}

func (d *decision) endRunning(why string) {
	if _, stage, ok := d.run.Current(); ok && stage.State == StateRunning {
		d.emit(Event{Type: StageInterrupted, Stage: stage.ID, Attempt: stage.Last().N, Reason: why})
	}
}

// emitRollbacks applies the policy of the column the run stands in to what this run deployed. Where it deployed
// nothing there is nothing to roll back, and the run has simply failed.
func (d *decision) emitRollbacks(why string) {
	column, _, _ := d.run.Current()
	environments := d.policy(column)
	if len(environments) == 0 {
		reason := d.badReason()
		if reason == "" {
			reason = why
		}
		d.emit(Event{Type: RunFinished, Outcome: Failed, Reason: reason, Actor: "gantry"})
		return
	}
	d.emit(Event{Type: RollbackDecided, Environments: environments,
		Reason: fmt.Sprintf("a failure in %s rolls back what this run deployed there: %s", column.Name, why)})
}

// policy is what a failure in the column rolls back: what the configuration names and this run deployed, or may have.
func (d *decision) policy(column ColumnState) []string { return d.run.rollsBack(column) }

// RollsBackNow are the environments that a failure where the run stands would roll back.
func (r Run) RollsBackNow() []string {
	column, _, ok := r.Current()
	if !ok {
		return nil
	}
	return r.rollsBack(column)
}

func (r Run) rollsBack(column ColumnState) []string {
	var environments []string
	for _, name := range column.Column.RollsBack {
		if c, found := r.Column(name); found && (c.Deployed != nil || c.Unproven()) && !slices.Contains(environments, name) {
			environments = append(environments, name)
		}
	}
	return environments
}

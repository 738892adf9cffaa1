package promotion

import (
	"fmt"
	"slices"
	"time"
)

// Apply is the run after the event. It accepts every event that Decide makes, in order, and never panics: an event of
// an unknown type, or one about a stage that the plan lacks, changes only the sequence number (Check reports those
// when a journal is loaded).
func Apply(r Run, e Event) Run {
	fold{run: &r}.apply(e)
	return r
}

// Fold is the run that its events make, oldest first.
func Fold(events []Event) Run {
	var r Run
	for _, e := range events {
		fold{run: &r, own: true}.apply(e)
	}
	return r
}

// fold changes a run. Others may hold the values that it was before, so what changes is copied first; nobody holds those
// of a run of the fold's own, which is changed in place.
type fold struct {
	run *Run
	own bool
}

// mine is the slice to change: the same one, or a copy.
func mine[T any](f fold, shared []T) []T {
	if f.own {
		return shared
	}
	return slices.Clone(shared)
}

func (f fold) apply(e Event) {
	r := f.run
	r.Seq = e.Seq
	if e.Command != "" && !r.commands.hold(e.Command) {
		r.commands = &applied{command: e.Command, before: r.commands}
	}
	switch e.Type {
	case RunStarted:
		f.start(e)
	case RunPaused:
		r.Paused, r.Granted = true, 0
	case RunResumed:
		r.Paused, r.Granted = false, 0
	case RunStepped:
		r.Paused, r.Granted = true, r.Granted+1
	case RunHeld:
		r.Held = &Waiting{Reason: e.Reason, Since: e.At, Until: e.Until, Who: "an operator: retry, override, roll back or abort"}
	case RunExtended:
		f.aside(e)
		if r.Held != nil {
			held := *r.Held
			held.Until = e.Until
			r.Held = &held
		}
	case RunReverted:
		r.Reverted = &Reverted{Environment: e.Environment, By: e.Linked, Actor: e.Actor, At: e.At, Reason: e.Reason}
	case RunFinished:
		r.Outcome, r.Reason, r.Finished, r.Held, r.Linked = e.Outcome, e.Reason, e.At, nil, e.Linked
	case EnvironmentEntered, EnvironmentPassed, Deployed, ReleaseApproved, GateOverridden:
		f.column(e.Environment, func(c *ColumnState) { applyColumn(c, e) })
	case GateShut, GateOpened:
		if e.Stage == "" {
			f.column(e.Environment, func(c *ColumnState) { c.Waiting = e.Gate })
			return
		}
		f.aside(e)
		f.stage(e.Stage, func(s *StageState) { s.Waiting = e.Gate })
	case RollbackDecided:
		r.Held, r.Rollbacks = nil, make([]LinkedRollback, 0, len(e.Environments))
		for _, environment := range e.Environments {
			r.Rollbacks = append(r.Rollbacks, LinkedRollback{Environment: environment})
		}
	case RollbackStarted, RollbackEnded:
		f.rollback(e)
	default:
		f.attempt(e)
	}
}

// Check says why an event cannot be understood by this version of Gantry; nil when it can.
func Check(e Event) error {
	switch e.Type {
	case RunStarted, RunPaused, RunResumed, RunStepped, RunHeld, RunFinished, EnvironmentEntered, EnvironmentPassed, GateShut,
		GateOpened, StageStarted, StageSucceeded, StageFailed, StageErrored, StageStalled, StageInterrupted, StageSkipped,
		StageRetried, StepStarted, StepFinished, Deployed, RollbackDecided, RollbackStarted, RollbackEnded, StageReopened,
		StageOverridden, GateOverridden, RunReverted, RunExtended, ReleaseApproved, ReleaseRejected, SlotHeld, SlotReleased, ReleaseVetoed,
		ReleaseAllowed, EventLost, CommandRefused, CollectionStarted, CollectionEnded:
		return nil
	}
	return fmt.Errorf("event %d of run %d is of type %q, which this Gantry does not know: open the journal with a newer one", e.Seq, e.Run, e.Type)
}

func (f fold) start(e Event) {
	if e.Plan == nil {
		return
	}
	r := Run{ID: e.Run, Plan: *e.Plan, Actor: e.Actor, Why: e.Reason, Seq: e.Seq, Started: e.At, Paused: e.Plan.Step, commands: f.run.commands}
	source := e.Plan.Source
	r.Release = Release{
		Service: e.Plan.Service, Version: source.Version, Commit: source.Commit,
		Subject: source.Subject, Author: source.Author, Dirty: source.Dirty,
	}
	if revert := e.Plan.Revert; revert != nil && revert.Target != nil {
		r.Release = revert.Target.Release
	}
	if e.Plan.Release != nil {
		r.Release = *e.Plan.Release
	}
	if r.isReprovision() {
		r.Plan.aside, r.Expires = e.Run, e.At.Add(time.Duration(e.Plan.Expires))
	}
	for _, column := range e.Plan.Columns {
		state := ColumnState{Column: column, Name: column.Name, Stages: make([]StageState, 0, len(column.Stages))}
		for _, stage := range column.Stages {
			state.Stages = append(state.Stages, StageState{Stage: stage, ID: stage.ID, State: StateWaiting})
		}
		r.Columns = append(r.Columns, state)
	}
	*f.run = r
}

func applyColumn(c *ColumnState, e Event) {
	switch e.Type {
	case EnvironmentEntered:
		c.Entered, c.Live, c.LastGood, c.Waiting = true, e.Live, e.Target, nil
	case EnvironmentPassed:
		c.Passed = true
	case Deployed:
		c.Deployed = e.Deployment
	case ReleaseApproved:
		c.Approved = &Approved{By: e.Actor, At: e.At, Digest: e.Digest, Until: e.Until, Reason: e.Reason}
	case GateOverridden:
		if e.Gate != nil {
			c.Overridden = append(slices.Clip(c.Overridden), e.Gate.Gate)
		}
	}
}

// attempt applies what happens to a stage and its attempts.
func (f fold) attempt(e Event) {
	r := f.run
	if e.Type == StageStarted && r.Granted > 0 {
		r.Granted--
	}
	switch e.Type {
	case StageStarted, StageRetried, StageOverridden:
		r.Held = nil
	case StageReopened:
		r.Held = nil
		f.column(e.Stage.Column(), func(c *ColumnState) { f.reopen(c, e.Stage) })
		return
	}
	if e.Result != nil && e.Result.Release != nil && e.Type == StageSucceeded {
		r.Release = *e.Result.Release
	}
	f.stage(e.Stage, func(s *StageState) { f.state(s, e) })
}

var stateAfter = map[EventType]State{
	StageSucceeded: StateSucceeded, StageFailed: StateFailed, StageErrored: StateErrored,
	StageStalled: StateStalled, StageInterrupted: StateInterrupted,
}

func (f fold) state(s *StageState, e Event) {
	switch e.Type {
	case StageStarted:
		s.State, s.Waiting, s.Retry, s.NotUntil, s.Reason = StateRunning, nil, false, time.Time{}, ""
		s.Attempts = append(mine(f, s.Attempts), Attempt{N: e.Attempt, State: StateRunning, Started: e.At})
	case StageRetried:
		s.Retry, s.NotUntil = true, time.Time{}
		if e.Until != nil {
			s.NotUntil = *e.Until
		}
	case StepStarted, StepFinished:
		f.ofStage(s, e.Attempt, func(a *Attempt) { f.step(a, e.Step) })
	case StageSkipped:
		s.State, s.Reason, s.Waiting = StateSkipped, e.Reason, nil
	case StageOverridden:
		s.State, s.Reason, s.Waiting, s.Retry = StateOverridden, e.Reason, nil, false
	default:
		state, known := stateAfter[e.Type]
		if !known {
			return
		}
		s.State, s.Reason = state, e.Reason
		f.ofStage(s, e.Attempt, func(a *Attempt) {
			a.State, a.Ended, a.Reason, a.Result = state, e.At, e.Reason, e.Result
			f.endSteps(a, state)
		})
	}
}

// reopen lets a stage and all after it go once more; what they did before stays on record.
func (f fold) reopen(c *ColumnState, from StageID) {
	c.Stages = mine(f, c.Stages)
	at := slices.IndexFunc(c.Stages, func(s StageState) bool { return s.ID == from })
	for i := range c.Stages {
		if at >= 0 && i >= at {
			s := &c.Stages[i]
			s.State, s.Reason, s.Waiting, s.Retry, s.NotUntil = StateWaiting, "", nil, false, time.Time{}
		}
	}
}

func (f fold) step(a *Attempt, step *Step) {
	if step == nil {
		return
	}
	a.Steps = mine(f, a.Steps)
	for i := range a.Steps {
		if a.Steps[i].Name == step.Name {
			a.Steps[i] = *step
			return
		}
	}
	a.Steps = append(a.Steps, *step)
}

// endSteps leaves no step running in an attempt that has ended: what was still running was ended with it.
func (f fold) endSteps(a *Attempt, state State) {
	a.Steps = mine(f, a.Steps)
	for i := range a.Steps {
		if a.Steps[i].State == StateRunning {
			a.Steps[i].State = state
			a.Steps[i].Elapsed = Duration(a.Ended.Sub(a.Steps[i].Started))
		}
	}
}

// ofStage changes one attempt of a stage.
func (f fold) ofStage(s *StageState, n int, change func(*Attempt)) {
	s.Attempts = mine(f, s.Attempts)
	for i := range s.Attempts {
		if s.Attempts[i].N == n {
			change(&s.Attempts[i])
		}
	}
}

func (f fold) column(name string, change func(*ColumnState)) {
	f.run.Columns = mine(f, f.run.Columns)
	for i := range f.run.Columns {
		if f.run.Columns[i].Name == name {
			change(&f.run.Columns[i])
		}
	}
}

func (f fold) stage(id StageID, change func(*StageState)) {
	f.column(id.Column(), func(c *ColumnState) {
		c.Stages = mine(f, c.Stages)
		for i := range c.Stages {
			if c.Stages[i].ID == id {
				change(&c.Stages[i])
			}
		}
	})
}

func (f fold) rollback(e Event) {
	f.run.Rollbacks = mine(f, f.run.Rollbacks)
	for i := range f.run.Rollbacks {
		if l := &f.run.Rollbacks[i]; l.Environment == e.Environment {
			l.Run, l.Outcome, l.Reason = e.Linked, e.Outcome, e.Reason
		}
	}
}

// applied is a command that a run has carried out, and those before it.
type applied struct {
	command string
	before  *applied
}

func (a *applied) hold(command string) bool {
	for ; a != nil; a = a.before {
		if a.command == command {
			return true
		}
	}
	return false
}

package promotion

import (
	"fmt"
	"slices"
)

// Apply is the run after the event. It accepts every event that Decide makes, in order, and never panics: an event of
// an unknown type, or one about a stage that the plan lacks, changes only the sequence number (Check reports those
// when a journal is loaded).
func Apply(r Run, e Event) Run {
	r.Seq = e.Seq
	if e.Command != "" && !slices.Contains(r.Commands, e.Command) {
		r.Commands = append(slices.Clip(r.Commands), e.Command)
	}
	switch e.Type {
	case RunStarted:
		return started(r, e)
	case RunPaused:
		r.Paused, r.Granted = true, 0
	case RunResumed:
		r.Paused, r.Granted = false, 0
	case RunStepped:
		r.Paused, r.Granted = true, r.Granted+1
	case RunHeld:
		r.Held = &Waiting{Reason: e.Reason, Since: e.At, Until: e.Until, Who: "an operator: retry, roll back or abort"}
	case RunFinished:
		r.Outcome, r.Reason, r.Finished, r.Held, r.Linked = e.Outcome, e.Reason, e.At, nil, e.Linked
	case EnvironmentEntered, EnvironmentPassed, Deployed:
		return r.withColumn(e.Environment, func(c *ColumnState) { applyColumn(c, e) })
	case GateShut, GateOpened:
		if e.Stage == "" {
			return r.withColumn(e.Environment, func(c *ColumnState) { c.Waiting = e.Gate })
		}
		return r.withStage(e.Stage, func(s *StageState) { s.Waiting = e.Gate })
	case RollbackDecided:
		r.Held = nil
		r.Rollbacks = nil
		for _, environment := range e.Environments {
			r.Rollbacks = append(r.Rollbacks, LinkedRollback{Environment: environment})
		}
	case RollbackStarted, RollbackEnded:
		return r.withRollback(e)
	default:
		return applyStage(r, e)
	}
	return r
}

// Check says why an event cannot be understood by this version of Gantry; nil when it can.
func Check(e Event) error {
	switch e.Type {
	case RunStarted, RunPaused, RunResumed, RunStepped, RunHeld, RunFinished, EnvironmentEntered, EnvironmentPassed, GateShut,
		GateOpened, StageStarted, StageSucceeded, StageFailed, StageErrored, StageStalled, StageInterrupted, StageSkipped,
		StageRetried, StepStarted, StepFinished, Deployed, RollbackDecided, RollbackStarted, RollbackEnded:
		return nil
	}
	return fmt.Errorf("event %d of run %d is of type %q, which this Gantry does not know: open the journal with a newer one", e.Seq, e.Run, e.Type)
}

func started(r Run, e Event) Run {
	if e.Plan == nil {
		return r
	}
	r = Run{ID: e.Run, Plan: *e.Plan, Actor: e.Actor, Seq: e.Seq, Started: e.At, Paused: e.Plan.Step, Commands: r.Commands}
	source := e.Plan.Source
	r.Release = Release{
		Service: e.Plan.Service, Version: source.Version, Commit: source.Commit,
		Subject: source.Subject, Author: source.Author, Dirty: source.Dirty,
	}
	if revert := e.Plan.Revert; revert != nil && revert.Target != nil {
		r.Release = revert.Target.Release
	}
	for _, column := range e.Plan.Columns {
		state := ColumnState{Column: column, Name: column.Name}
		for _, stage := range column.Stages {
			state.Stages = append(state.Stages, StageState{Stage: stage, ID: stage.ID, State: StateWaiting})
		}
		r.Columns = append(r.Columns, state)
	}
	return r
}

func applyColumn(c *ColumnState, e Event) {
	switch e.Type {
	case EnvironmentEntered:
		c.Entered, c.Live, c.LastGood, c.Waiting = true, e.Live, e.Target, nil
	case EnvironmentPassed:
		c.Passed = true
	case Deployed:
		c.Deployed = e.Deployment
	}
}

func applyStage(r Run, e Event) Run {
	if e.Type == StageStarted && r.Granted > 0 {
		r.Granted--
	}
	if e.Type == StageStarted || e.Type == StageRetried {
		r.Held = nil
	}
	if e.Result != nil && e.Result.Release != nil && e.Type == StageSucceeded {
		r.Release = *e.Result.Release
	}
	return r.withStage(e.Stage, func(s *StageState) { s.apply(e) })
}

var stateAfter = map[EventType]State{
	StageSucceeded: StateSucceeded, StageFailed: StateFailed, StageErrored: StateErrored,
	StageStalled: StateStalled, StageInterrupted: StateInterrupted, StageSkipped: StateSkipped,
}

func (s *StageState) apply(e Event) {
	switch e.Type {
	case StageStarted:
		s.State, s.Waiting, s.Retry, s.Reason = StateRunning, nil, false, ""
		s.Attempts = append(slices.Clone(s.Attempts), Attempt{N: e.Attempt, State: StateRunning, Started: e.At})
	case StageRetried:
		s.Retry = true
	case StepStarted, StepFinished:
		s.withAttempt(e.Attempt, func(a *Attempt) { a.setStep(e.Step) })
	case StageSkipped:
		s.State, s.Reason, s.Waiting = StateSkipped, e.Reason, nil
	default:
		state, known := stateAfter[e.Type]
		if !known {
			return
		}
		s.State, s.Reason = state, e.Reason
		s.withAttempt(e.Attempt, func(a *Attempt) {
			a.State, a.Ended, a.Reason, a.Result = state, e.At, e.Reason, e.Result
			a.endSteps(state)
		})
	}
}

func (a *Attempt) setStep(step *Step) {
	if step == nil {
		return
	}
	a.Steps = slices.Clone(a.Steps)
	for i := range a.Steps {
		if a.Steps[i].Name == step.Name {
			a.Steps[i] = *step
			return
		}
	}
	a.Steps = append(a.Steps, *step)
}

// endSteps leaves no step running in an attempt that has ended: what was still running was ended with it.
func (a *Attempt) endSteps(state State) {
	a.Steps = slices.Clone(a.Steps)
	for i := range a.Steps {
		if a.Steps[i].State == StateRunning {
			a.Steps[i].State = state
			a.Steps[i].Elapsed = Duration(a.Ended.Sub(a.Steps[i].Started))
		}
	}
}

func (s *StageState) withAttempt(n int, change func(*Attempt)) {
	s.Attempts = slices.Clone(s.Attempts)
	for i := range s.Attempts {
		if s.Attempts[i].N == n {
			change(&s.Attempts[i])
		}
	}
}

func (r Run) withColumn(name string, change func(*ColumnState)) Run {
	r.Columns = slices.Clone(r.Columns)
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			change(&r.Columns[i])
		}
	}
	return r
}

func (r Run) withStage(id StageID, change func(*StageState)) Run {
	return r.withColumn(id.Column(), func(c *ColumnState) {
		c.Stages = slices.Clone(c.Stages)
		for i := range c.Stages {
			if c.Stages[i].ID == id {
				change(&c.Stages[i])
			}
		}
	})
}

func (r Run) withRollback(e Event) Run {
	r.Rollbacks = slices.Clone(r.Rollbacks)
	for i := range r.Rollbacks {
		if r.Rollbacks[i].Environment == e.Environment {
			r.Rollbacks[i].Run, r.Rollbacks[i].Outcome, r.Rollbacks[i].Reason = e.Linked, e.Outcome, e.Reason
		}
	}
	return r
}

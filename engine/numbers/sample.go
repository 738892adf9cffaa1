package numbers

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// sample is what the figures of one service, or of several, are made of.
type sample struct {
	deployments int             // promotions that went live in production
	leads       []time.Duration // from the commit to live in production
	decided     int             // deployments of which it is known whether they failed
	failed      int
	recoveries  []time.Duration
	open        int // failed deployments that are not recovered from
	changes     int // deployments and rollbacks in production
	rework      int // those that repaired an earlier one

	faults    []fault
	rollbacks []time.Duration // that succeeded
	tried     int             // rollbacks that ended either way

	passed, flaky  int // stages
	working, total time.Duration
	paths          int // deployments that working and total are of

	stages     map[promotion.StageID][]time.Duration
	overridden []promotion.RunID
}

// fault is a release that was found bad.
type fault struct {
	column  int  // where
	stopped bool // by a verification; false: a person found it there, after it had passed
}

// add puts another service's sample to this one.
func (s *sample) add(o sample) {
	s.deployments, s.decided, s.failed = s.deployments+o.deployments, s.decided+o.decided, s.failed+o.failed
	s.open, s.changes, s.rework = s.open+o.open, s.changes+o.changes, s.rework+o.rework
	s.tried, s.passed, s.flaky = s.tried+o.tried, s.passed+o.passed, s.flaky+o.flaky
	s.working, s.total, s.paths = s.working+o.working, s.total+o.total, s.paths+o.paths
	s.leads, s.recoveries = append(s.leads, o.leads...), append(s.recoveries, o.recoveries...)
	s.faults, s.rollbacks = append(s.faults, o.faults...), append(s.rollbacks, o.rollbacks...)
	s.overridden = append(s.overridden, o.overridden...)
	slices.Sort(s.overridden)
	for id, durations := range o.stages {
		s.took(id, durations...)
	}
}

func (s *sample) took(id promotion.StageID, durations ...time.Duration) {
	if s.stages == nil {
		s.stages = map[promotion.StageID][]time.Duration{}
	}
	s.stages[id] = append(s.stages[id], durations...)
}

// gather reads one service's runs, oldest first.
func gather(runs []promotion.Run, o Options) sample {
	var s sample
	for _, run := range runs {
		switch run.Plan.Kind {
		case promotion.Promotion:
			s.look(run, o)
		case promotion.Rollback:
			s.revert(run, o)
		}
	}
	s.production(runs, o)
	return s
}

// look takes up what a promotion's stages tell.
func (s *sample) look(run promotion.Run, o Options) {
	overridden := false
	for _, column := range run.Columns {
		overridden = overridden || len(column.Overridden) > 0
		for _, stage := range column.Stages {
			overridden = overridden || stage.State == promotion.StateOverridden
			last := stage.Last()
			if stage.State != promotion.StateSucceeded || !o.within(last.Ended) {
				continue
			}
			s.passed++
			if stage.Flaky() {
				s.flaky++
			}
			s.took(stage.ID, last.Ended.Sub(last.Started))
		}
	}
	if overridden && o.within(run.Started) {
		s.overridden = append(s.overridden, run.ID)
	}
	if column, stopped := stoppedIn(run); stopped && o.within(run.Finished) && o.column(column) >= 0 {
		s.faults = append(s.faults, fault{column: o.column(column), stopped: true})
	}
}

// stoppedIn is where a negative verdict ended a promotion.
func stoppedIn(run promotion.Run) (string, bool) {
	if !run.Done() {
		return "", false
	}
	for _, column := range run.Columns {
		for _, stage := range column.Stages {
			if stage.State == promotion.StateFailed {
				return column.Name, true
			}
		}
	}
	return "", false
}

// revert takes up a rollback.
func (s *sample) revert(run promotion.Run, o Options) {
	if !run.Done() || !o.within(run.Finished) {
		return
	}
	switch run.Outcome {
	case promotion.RolledBack:
		s.tried++
		s.rollbacks = append(s.rollbacks, run.Finished.Sub(run.Started))
	case promotion.RollbackFailed:
		s.tried++
	default:
		return
	}
	if byHand(run) && len(run.Columns) > 0 && o.column(run.Columns[0].Name) >= 0 {
		s.faults = append(s.faults, fault{column: o.column(run.Columns[0].Name)})
	}
}

// byHand tells whether a person, and no policy, decided on the rollback.
func byHand(run promotion.Run) bool {
	return run.Plan.Kind == promotion.Rollback && run.Plan.Revert != nil && run.Plan.Revert.Cause == 0
}

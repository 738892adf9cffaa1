package situation

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Starts lets the run's next stage start, entering its environment first where that is due.
func (s *Story) Starts(id promotion.RunID) promotion.StageID {
	run := s.Run(id)
	column, stage, _ := run.Current()
	if column.Name != promotion.BuildColumn && !column.Entered {
		slot := s.ledger.Slot(run.Plan.Slot(column.Name))
		s.Do(promotion.Command{Run: id, Verb: promotion.VerbEnter, Environment: column.Name, Live: slot.Live, Target: slot.LastGood})
	}
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbBegin, Stage: stage.ID})
	return stage.ID
}

// Succeeds lets the running stage take its usual time and succeed.
func (s *Story) Succeeds(id promotion.RunID) *Story {
	run := s.Run(id)
	_, stage, _ := run.Current()
	s.steps(id, stage)
	result := promotion.Result{}
	switch stage.Stage.Kind {
	case promotion.KindBuild:
		release := run.Release
		release.Image, release.Migration, release.Verification = Hash(release.Name()), Hash(release.Name()+"m"), Hash(release.Name()+"v")
		result.Release = &release
	case promotion.KindContract:
		result.Note = "2 deps"
	case promotion.KindRemove:
		result.Emptied = true
	case promotion.KindDeploy:
		result.Deployment = &promotion.Deployment{Release: run.Release, Since: s.Now, Cause: "promoted", Run: id}
	case promotion.KindAcceptance:
		result.Tests = &promotion.Tests{Passed: 12}
	case promotion.KindE2E:
		result.Tests = &promotion.Tests{Passed: 31}
	case promotion.KindRollback:
		if target := run.Plan.Revert.Target; target != nil {
			result.Deployment = &promotion.Deployment{Release: target.Release, Since: s.Now, Cause: "rolled back", Run: id}
		} else {
			result.Emptied = true
		}
	}
	return s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportSuccess, Stage: stage.ID, Attempt: stage.Last().N, Result: &result})
}

// steps reports the steps of the running stage and lets its time pass.
func (s *Story) steps(id promotion.RunID, stage promotion.StageState) {
	if stage.Stage.Kind != promotion.KindBuild {
		s.After(usual[stage.Stage.Kind])
		return
	}
	for _, step := range []promotion.Step{
		{Name: "compile", Elapsed: promotion.Duration(9 * time.Second)},
		{Name: "unit", Elapsed: promotion.Duration(12 * time.Second), Tests: &promotion.Tests{Passed: 214}},
		{Name: "integration", Elapsed: promotion.Duration(18 * time.Second), Tests: &promotion.Tests{Passed: 36}},
		{Name: "sast", Elapsed: promotion.Duration(2 * time.Second), Note: "0 new"},
		{Name: "dast", Elapsed: promotion.Duration(9 * time.Second), Note: "0 new"},
	} {
		step.State, step.Started = promotion.StateSucceeded, s.Now
		s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportStep, Stage: stage.ID, Attempt: stage.Last().N, Step: &step})
	}
	s.After(usual[promotion.KindBuild])
}

// Until passes every stage before the given one.
func (s *Story) Until(id promotion.RunID, stage promotion.StageID) *Story {
	for {
		_, current, ok := s.Run(id).Current()
		if !ok || current.ID == stage {
			return s
		}
		if current.State != promotion.StateRunning {
			s.Starts(id)
		}
		s.Succeeds(id)
	}
}

// Completes passes every stage.
func (s *Story) Completes(id promotion.RunID) *Story { return s.Until(id, "") }

// Fails ends the running stage with a negative verdict.
func (s *Story) Fails(id promotion.RunID, result promotion.Result) *Story {
	_, stage, _ := s.Run(id).Current()
	return s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportFailure, Stage: stage.ID, Attempt: stage.Last().N, Result: &result})
}

// Shows is what the running stage has shown so far.
func (s *Story) Shows(id promotion.RunID, tests promotion.Tests) *Story {
	_, stage, _ := s.Run(id).Current()
	key := engine.AttemptKey{Run: id, Stage: stage.ID, Attempt: stage.Last().N}
	p := engine.Progress{Tests: map[string]promotion.Tests{"run": tests}}
	if log := s.Log[key]; log != nil {
		p.Lines = log.Len()
	}
	s.progress[key] = p
	return s
}

// RollsBack starts the rollback run of one environment and links it.
func (s *Story) RollsBack(cause promotion.RunID, environment string) promotion.RunID {
	id := s.Begin(s.RollbackPlan(cause, environment), "gantry")
	s.Do(promotion.Command{Run: cause, Verb: promotion.VerbLinkRollback, Environment: environment, Linked: id})
	return id
}

// RolledBack brings a rollback run to its end.
func (s *Story) RolledBack(cause, id promotion.RunID, environment string) *Story {
	s.Completes(id)
	return s.Do(promotion.Command{Run: cause, Verb: promotion.VerbEndRollback, Environment: environment, Linked: id, Outcome: s.Run(id).Outcome, Reason: s.Run(id).Reason})
}

package audit

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// started records how a run came to be. The rollbacks that a policy calls for are recorded with its decision.
func (t *Trail) started(e promotion.Event) {
	run := promotion.Apply(promotion.Run{}, e)
	plan := run.Plan
	s := &subject{service: plan.Service, kind: plan.Kind, where: columns(plan), release: run.Release, drill: run.Plan.Rehearsal(),
		start: -1, reverts: -1, stages: map[promotion.StageID]int{}, ended: map[string]string{}}
	t.runs[e.Run] = s
	entry := engine.AuditEntry{What: promotion.VerbStart, Result: goesOn, Automatic: plan.Trigger == "merge"}
	switch {
	case plan.Kind == promotion.Rollback && plan.Revert != nil && plan.Revert.Cause != 0:
		return
	case plan.Kind == promotion.Rollback:
		entry.What, entry.Environment = promotion.VerbRollBack, s.where
	case plan.Kind == promotion.Reprovision:
		entry.What, entry.Environment = PutAside, s.where
	case plan.Rerun != 0:
		entry.What = Rerun
		entry.Why = because(fmt.Sprintf("the release of run %d once more", plan.Rerun), e.Reason)
	case entry.Automatic && e.Reason == "":
		entry.Why = plan.Source.Subject
	}
	s.start = t.add(s, e, entry)
}

// columns are the environments of a plan.
func columns(plan promotion.Plan) string {
	var names []string
	for _, c := range plan.Columns {
		if c.Name != promotion.BuildColumn {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// learn takes up what an attempt brought, and tells whoever asked for the attempt how it ended.
func (t *Trail) learn(s *subject, e promotion.Event) {
	if e.Result != nil && e.Result.Release != nil {
		s.release = *e.Result.Release
		t.names[s.release.Image] = s.release.Name()
	}
	switch e.Type {
	case promotion.StageSucceeded, promotion.StageFailed, promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted:
		if at, asked := s.stages[e.Stage]; asked {
			t.entries[at].Result = because(strings.TrimPrefix(string(e.Type), "stage."), e.Reason)
			delete(s.stages, e.Stage)
		}
	}
}

// command records what an operator asked of a run; what Gantry does of that kind changes no environment.
func (t *Trail) command(s *subject, e promotion.Event, what promotion.Verb) {
	if e.Actor == "gantry" || e.Type == promotion.RunStepped && t.followsFrom(e) {
		return
	}
	entry := engine.AuditEntry{What: what, Result: "done"}
	switch {
	case e.Type == promotion.RunExtended && e.Until == nil:
		entry.Result = "the countdown stopped"
	case e.Type == promotion.RunExtended:
		entry.Result = "the countdown ends at " + e.Until.UTC().Format("2006-01-02 15:04:05 UTC")
	case e.Type == promotion.GateOverridden && e.Gate != nil:
		entry.Result = "past the " + string(e.Gate.Gate) + ": " + e.Gate.Reason
	case what == promotion.VerbRetry || what == promotion.VerbRetryFrom:
		entry.Result = goesOn
	}
	at := t.add(s, e, entry)
	if entry.Result == goesOn {
		s.stages[e.Stage] = at
	}
}

// followsFrom tells whether the event came of the command that the newest entry records.
func (t *Trail) followsFrom(e promotion.Event) bool {
	if len(t.entries) == 0 {
		return false
	}
	last := t.entries[len(t.entries)-1]
	return last.Run == e.Run && last.Command == e.Command && last.Who == e.Actor && last.At.Equal(e.At)
}

// finished records ends that somebody, or a newer run, decided on, and tells what came of the start.
func (t *Trail) finished(s *subject, e promotion.Event) {
	switch e.Outcome {
	case promotion.Aborted:
		result := "everything is left as it is"
		if e.Linked != 0 {
			result = fmt.Sprintf("the rollback, run %d, ends it", e.Linked)
		}
		t.add(s, e, engine.AuditEntry{What: promotion.VerbAbort, Result: result})
	case promotion.Superseded:
		t.add(s, e, engine.AuditEntry{What: Supersede, Result: fmt.Sprintf("run %d goes first", e.Linked)})
	case promotion.Removed:
		t.add(s, e, engine.AuditEntry{What: promotion.VerbRemove, Environment: s.where, Result: "it is gone"})
	}
	if s.start >= 0 {
		t.entries[s.start].Result = because(string(e.Outcome), e.Reason)
	}
	for _, at := range s.stages {
		t.entries[at].Result = "did not start: the run ended"
	}
	// A run that has ended changes nothing more but what is live, of which an entry says all by itself.
	s.stages = nil
}

// deployed records that something else is live now.
func (t *Trail) deployed(s *subject, e promotion.Event) {
	if s.kind == promotion.Reprovision && e.Deployment == nil {
		return // its end tells that it was removed; what is live is another thing
	}
	entry := engine.AuditEntry{What: Empty, Automatic: true, Result: "nothing is live"}
	if e.Deployment != nil {
		entry.What, entry.Release, entry.Result = Deploy, e.Deployment.Release.Name(), "live"
		entry.Why = because(e.Deployment.Cause, e.Reason)
		if s.kind == promotion.Reprovision {
			entry.Result = "put aside, not live"
		}
	}
	t.add(s, e, entry)
}

// rollingBack records the decision to roll back, by the policy or by an operator.
func (t *Trail) rollingBack(s *subject, e promotion.Event) {
	s.reverts = t.add(s, e, engine.AuditEntry{What: promotion.VerbRollBack, Environment: strings.Join(e.Environments, ", "), Result: goesOn})
}

// rolledBack tells what came of the decision.
func (t *Trail) rolledBack(s *subject, e promotion.Event) {
	if s.reverts < 0 {
		return
	}
	word := string(e.Outcome)
	if e.Type == promotion.RollbackStarted {
		word = goesOn
	}
	s.ended[e.Environment] = fmt.Sprintf("%s %s (run %d)", e.Environment, word, e.Linked)
	entry := &t.entries[s.reverts]
	var all []string
	for _, name := range strings.Split(entry.Environment, ", ") {
		if ended, known := s.ended[name]; known {
			all = append(all, ended)
		}
	}
	entry.Result = strings.Join(all, ", ")
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

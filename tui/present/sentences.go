package present

import (
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Sentence says in one line what an event changed; "" for an event that only an engine cares about. run is the run
// after the event.
func Sentence(run promotion.Run, e promotion.Event) string {
	if said, told := asideSentence(run, e); told {
		return said
	}
	switch e.Type {
	case promotion.RunStarted:
		return because(begins(run), e.Reason)
	case promotion.RunReverted:
		return reverted(run)
	case promotion.RunFinished:
		return drilled(run, because(fmt.Sprintf("run %d of %s ended: %s", run.ID, text.Clean(run.Plan.Service), e.Outcome), e.Reason))
	case promotion.RunPaused, promotion.RunResumed:
		return fmt.Sprintf("run %d %s by %s", run.ID, strings.TrimPrefix(string(e.Type), "run."), text.Clean(e.Actor))
	case promotion.RunStepped:
		return fmt.Sprintf("run %d: one more stage may start, says %s", run.ID, text.Clean(e.Actor))
	case promotion.EnvironmentEntered:
		return fmt.Sprintf("%s entered; %s was live", e.Environment, nameOf(e.Live))
	case promotion.EnvironmentPassed:
		return e.Environment + " passed"
	case promotion.Deployed:
		if e.Deployment == nil {
			return "nothing is live in " + e.Environment + " now"
		}
		return fmt.Sprintf("%s is live in %s (%s)", nameOf(e.Deployment), e.Environment, e.Deployment.Cause)
	case promotion.RollbackDecided:
		return because("rolling back "+strings.Join(e.Environments, " and "), e.Reason)
	case promotion.RollbackStarted:
		return fmt.Sprintf("the rollback of %s is run %d", e.Environment, e.Linked)
	case promotion.RollbackEnded:
		return because(fmt.Sprintf("the rollback of %s ended: %s", e.Environment, e.Outcome), e.Reason)
	}
	if said := decision(e); said != "" {
		return said
	}
	return stageSentence(run, e)
}

// reverted says what becomes of a promotion that goes on though a person has rolled its release back; "" when none has,
// or when it has ended, which says so itself.
func reverted(run promotion.Run) string {
	by := run.Reverted
	if by == nil || run.Done() {
		return ""
	}
	s := fmt.Sprintf("%s rolls %s back in %s with run %d: this run ends ", text.Clean(by.Actor), text.Clean(run.Release.Name()), by.Environment, by.By)
	if where := run.FinishesIn(by.Environment); where != "" {
		return s + "with " + where
	}
	_, stage, _ := run.Current()
	return s + "after " + string(stage.ID)
}

// reverting says from which release a rollback goes to which, and on whose word; "" of every other run.
func (w *World) reverting(run promotion.Run) string {
	revert := run.Plan.Revert
	if revert == nil {
		return ""
	}
	from, to := "image "+revert.From.Short(), "nothing"
	for _, other := range w.Snapshot.Runs {
		if other.Plan.Kind == promotion.Promotion && other.Release.Image == revert.From {
			from = text.Clean(other.Release.Name())
			break
		}
	}
	if revert.Target != nil {
		to = text.Clean(revert.Target.Release.Name())
	}
	s := fmt.Sprintf("%s → %s", from, to)
	if revert.Cause != 0 {
		return fmt.Sprintf("%s, as run %d failed", s, revert.Cause)
	}
	return because(fmt.Sprintf("%s, says %s", s, text.Clean(run.Actor)), run.Why)
}

// revertedMessages say at the environment that a person rolls back who does, and where the run goes on all the same that
// it ends there.
func revertedMessages(run promotion.Run, environment string) []Message {
	by := run.Reverted
	switch {
	case by == nil:
		return nil
	case by.Environment == environment:
		return []Message{{Mark{theme.RollingBack, "reverted", theme.Wait}, fmt.Sprintf("%s rolls it back: run %d", text.Clean(by.Actor), by.By)}}
	case !run.Done() && run.FinishesIn(by.Environment) == environment:
		return []Message{{Mark{theme.RollingBack, "ends here", theme.Wait}, fmt.Sprintf("goes no further: rolled back in %s by %s", by.Environment, text.Clean(by.Actor))}}
	}
	return nil
}

func stageSentence(run promotion.Run, e promotion.Event) string {
	switch e.Type {
	case promotion.StageStarted:
		if e.Attempt > 1 {
			return fmt.Sprintf("%s started, attempt %d", e.Stage, e.Attempt)
		}
		return fmt.Sprintf("%s started", e.Stage)
	case promotion.StageSkipped:
		return because(string(e.Stage)+" skipped", e.Reason)
	case promotion.StageRetried:
		return because(fmt.Sprintf("%s is retried by %s", e.Stage, text.Clean(e.Actor)), e.Reason)
	case promotion.StepFinished:
		if e.Step == nil {
			return ""
		}
		s := fmt.Sprintf("%s: %s %s in %s", e.Stage, text.Clean(e.Step.Name), e.Step.State, Elapsed(time.Duration(e.Step.Elapsed)))
		if e.Step.Tests != nil {
			return s + tested(*e.Step.Tests)
		}
		return s
	case promotion.StageSucceeded, promotion.StageFailed, promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted:
		return stageEnd(run, e)
	}
	return ""
}

func stageEnd(run promotion.Run, e promotion.Event) string {
	s := fmt.Sprintf("%s %s", e.Stage, strings.TrimPrefix(string(e.Type), "stage."))
	if stage, found := run.Stage(e.Stage); found && !stage.Last().Ended.IsZero() {
		s += " in " + precise(stage.Last().Ended.Sub(stage.Last().Started))
	}
	if e.Result != nil && e.Result.Tests != nil {
		s += tested(*e.Result.Tests)
	}
	if e.Type == promotion.StageSucceeded {
		return s
	}
	return because(s, e.Reason)
}

// precise writes a short duration with its tenths: "6.9s".
func precise(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return Elapsed(d)
}

func tested(t promotion.Tests) string {
	if t.Failed > 0 {
		return fmt.Sprintf(", %d of %s failed", t.Failed, text.Many(t.Passed+t.Failed, "test"))
	}
	if t.Passed > 0 {
		return ", " + text.Many(t.Passed, "test") + " passed"
	}
	return ""
}

func begins(run promotion.Run) string {
	s := fmt.Sprintf("run %d of %s started by %s: %s", run.ID, text.Clean(run.Plan.Service), text.Clean(run.Actor), text.Clean(run.Release.Name()))
	if run.Plan.Kind == promotion.Rollback {
		var where []string
		for _, c := range run.Columns {
			where = append(where, c.Name)
		}
		s = fmt.Sprintf("run %d of %s started by %s: rollback of %s to ", run.ID, text.Clean(run.Plan.Service), text.Clean(run.Actor), strings.Join(where, ", "))
		if run.Plan.Revert == nil || run.Plan.Revert.Target == nil {
			return drilled(run, s+"empty: no release was ever good there")
		}
		s += text.Clean(run.Release.Name())
	}
	if run.Release.Subject != "" {
		s += fmt.Sprintf(" %q", text.Clean(run.Release.Subject))
	}
	return drilled(run, s)
}

func because(s, reason string) string {
	if reason == "" {
		return s
	}
	return s + ": " + text.Clean(reason)
}

func nameOf(d *promotion.Deployment) string {
	if d == nil {
		return "nothing"
	}
	return text.Clean(d.Release.Name())
}

// AfterAFailedRollback says of every environment that a run was to put right how it stands, and how to go on where that
// failed.
func AfterAFailedRollback(run promotion.Run) []string {
	var said []string
	add := func(environment string, outcome promotion.Outcome) {
		if outcome == promotion.RollbackFailed {
			said = append(said, fmt.Sprintf("%s is not rolled back: see what is live with `gantry status %s`, roll it back anew with `gantry rollback %s %s`",
				environment, run.Plan.Service, run.Plan.Service, environment))
			return
		}
		said = append(said, fmt.Sprintf("%s: %s", environment, outcome))
	}
	if run.Plan.Kind == promotion.Rollback {
		add(run.Columns[0].Name, run.Outcome)
	}
	for _, l := range run.Rollbacks {
		add(l.Environment, l.Outcome)
	}
	return said
}

// Wait says why a run waits for somebody or something else than the engine itself; "" when it does not.
func Wait(run promotion.Run) string {
	waiting := run.Waits()
	if waiting == nil || waiting.Who == "gantry" {
		return ""
	}
	s := "waits: " + text.Clean(waiting.Reason)
	switch until := waiting.Until; {
	case until != nil && run.Held != nil:
		s += "; at " + until.Local().Format("2 Jan 15:04:05") + " it " + afterHold(run)
	case until != nil:
		s += ", until " + until.Local().Format("2 Jan 15:04:05")
	}
	if waiting.Who != "" {
		s += " (" + text.Clean(waiting.Who) + ")"
	}
	return s
}

// afterHold is what a run does by itself once nobody has decided in time.
func afterHold(run promotion.Run) string {
	if back := run.RollsBackNow(); len(back) > 0 {
		return "rolls back " + strings.Join(back, " and ") + " by itself"
	}
	return "ends by itself, and rolls nothing back"
}

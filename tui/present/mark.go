package present

import (
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Mark is a state as the screen shows it: a glyph, a word, a colour's role; never one of them alone.
type Mark struct {
	Sign theme.Sign
	Word string
	Role theme.Role
}

var stateMarks = map[promotion.State]Mark{
	promotion.StateWaiting:     {theme.Waiting, "waiting", theme.Muted},
	promotion.StateRunning:     {theme.Running, "running", theme.Busy},
	promotion.StateSucceeded:   {theme.Succeeded, "succeeded", theme.Good},
	promotion.StateFailed:      {theme.Failed, "failed", theme.Bad},
	promotion.StateErrored:     {theme.Errored, "errored", theme.Unsure},
	promotion.StateStalled:     {theme.Stalled, "stalled", theme.Unsure},
	promotion.StateInterrupted: {theme.Interrupted, "interrupted", theme.Unsure},
	promotion.StateSkipped:     {theme.Skipped, "skipped", theme.Muted},
	promotion.StateOverridden:  {theme.Overridden, "overridden", theme.Wait},
}

// StateMark is the mark of a stage's or a step's state.
func StateMark(s promotion.State) Mark {
	if mark, known := stateMarks[s]; known {
		return mark
	}
	return Mark{theme.Waiting, string(s), theme.Muted}
}

// StageMark is the mark of a stage in its run: once that has ended, what it never came to waits for nothing any more.
func StageMark(run promotion.Run, s promotion.StageState) Mark {
	mark := StateMark(s.State)
	if run.Done() && s.State == promotion.StateWaiting {
		mark.Word = "not reached"
	}
	return mark
}

var outcomeMarks = map[promotion.Outcome]Mark{
	promotion.Succeeded:      {theme.Succeeded, "succeeded", theme.Good},
	promotion.Failed:         {theme.Failed, "failed", theme.Bad},
	promotion.RolledBack:     {theme.RolledBack, "rolled back", theme.Wait},
	promotion.RollbackFailed: {theme.Failed, "rollback failed", theme.Bad},
	promotion.Aborted:        {theme.Interrupted, "aborted", theme.Unsure},
	promotion.Superseded:     {theme.Skipped, "superseded", theme.Muted},
	promotion.LeftAlone:      {theme.Skipped, "left alone", theme.Muted},
	promotion.Rejected:       {theme.Interrupted, "rejected", theme.Unsure},
	promotion.Removed:        {theme.Skipped, "removed", theme.Muted},
}

// OutcomeMark is the mark of a run's end.
func OutcomeMark(o promotion.Outcome) Mark {
	if mark, known := outcomeMarks[o]; known {
		return mark
	}
	return Mark{theme.Waiting, string(o), theme.Muted}
}

// overridden tells whether a person waved the run through anything.
func overridden(run promotion.Run) bool {
	return slices.ContainsFunc(run.Columns, func(c promotion.ColumnState) bool {
		return len(c.Overridden) > 0 || slices.ContainsFunc(c.Stages, func(s promotion.StageState) bool { return s.State == promotion.StateOverridden })
	})
}

// RunMark is the mark of a run as a whole: how it ended, or what it is at.
func RunMark(run promotion.Run) Mark {
	if run.Done() {
		if run.Outcome == promotion.Succeeded && overridden(run) {
			return Mark{theme.Overridden, "succeeded, overridden", theme.Wait}
		}
		return OutcomeMark(run.Outcome)
	}
	if run.RollingBack() {
		return Mark{theme.RollingBack, "rolling back", theme.Wait}
	}
	_, stage, ok := run.Current()
	switch {
	case run.Aside():
		return Mark{theme.Held, "put aside", theme.Wait}
	case run.Held != nil:
		return Mark{theme.Held, "on hold", theme.Bad}
	case ok && stage.State == promotion.StateRunning && run.Plan.Kind == promotion.Rollback:
		return Mark{theme.RollingBack, "rolling back", theme.Wait}
	case ok && stage.State == promotion.StateRunning && run.Paused:
		return Mark{theme.Running, "running, then paused", theme.Busy}
	case ok && stage.State == promotion.StateRunning:
		return StateMark(promotion.StateRunning)
	case ok && stage.Bad() && !stage.Retry:
		return StateMark(stage.State)
	case run.Paused && run.Granted == 0:
		return Mark{theme.Paused, "paused", theme.Wait}
	}
	if imminent(run) {
		return Mark{theme.Waiting, "going on", theme.Busy}
	}
	return Mark{theme.Waiting, "waiting", theme.Wait}
}

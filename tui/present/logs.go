package present

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// LogOf is the log that belongs to a selected stage: its newest attempt's.
type LogOf struct {
	Key    engine.AttemptKey // Attempt 0: there is no log yet
	Live   bool              // it may still grow
	Open   string            // what is shown of a line that has no end yet
	Lines  int               // what the engine has said about its length
	WhyNot string            // why there is none
	Drill  bool
	Cause  int // the line that explains how it ended badly, from 1; 0 unknown, or there is none
}

// LogOf finds it.
func (w *World) LogOf(id promotion.RunID, stage promotion.StageID) LogOf {
	run, found := w.Run(id)
	if !found {
		return LogOf{WhyNot: "nothing has run yet"}
	}
	s, found := run.Stage(stage)
	if !found {
		return LogOf{WhyNot: "no stage is chosen"}
	}
	last := s.Last()
	key := engine.AttemptKey{Run: id, Stage: stage, Attempt: last.N}
	progress := w.Snapshot.Progress[key]
	l := LogOf{Key: key, Live: s.State == promotion.StateRunning, Lines: progress.Lines, Open: progress.Open, Drill: run.Plan.Rehearsal()}
	if s.Bad() && last.Result != nil {
		l.Cause = last.Result.CauseLine
	}
	switch {
	case last.N > 0:
	case s.State == promotion.StateSkipped:
		l.WhyNot = fmt.Sprintf("%s was skipped: %s", stage, s.Reason)
	case run.Done():
		l.WhyNot = fmt.Sprintf("%s never started: run %d was %s", stage, id, run.Outcome)
		if run.Outcome == promotion.Failed {
			l.WhyNot = fmt.Sprintf("%s never started: run %d failed before it", stage, id)
		}
	default:
		l.WhyNot = fmt.Sprintf("%s has not started yet", stage)
		if waiting := run.Waits(); waiting != nil && !imminent(run) {
			if _, current, _ := run.Current(); current.ID == stage {
				l.WhyNot += ": " + waiting.Reason
			}
		}
	}
	return l
}

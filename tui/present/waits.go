package present

import (
	"cmp"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// wait is a time in which a run did not work.
type wait struct {
	from, to time.Time
	why      string
}

// shortestWait is what is no wait yet, but an engine that takes its moment.
const shortestWait = 250 * time.Millisecond

// waitsOf are the times in which nothing of a run was worked on, each by the stage that was waited for.
func waitsOf(run promotion.Run, events []promotion.Event, now time.Time) map[promotion.StageID][]wait {
	type work struct {
		stage      promotion.StageID
		start, end time.Time
	}
	var all []work
	for _, column := range run.Columns {
		for _, s := range column.Stages {
			for _, a := range s.Attempts {
				end := a.Ended
				if end.IsZero() {
					end = now
				}
				all = append(all, work{s.ID, a.Started, end})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b work) int { return cmp.Compare(a.start.UnixNano(), b.start.UnixNano()) })
	waits := map[promotion.StageID][]wait{}
	idle := run.Started
	add := func(stage promotion.StageID, until time.Time) {
		if until.Sub(idle) >= shortestWait {
			waits[stage] = append(waits[stage], wait{idle, until, waitedFor(events, idle, until)})
		}
	}
	for _, w := range all {
		add(w.stage, w.start)
		if w.end.After(idle) {
			idle = w.end
		}
	}
	end := now
	if run.Done() {
		end = run.Finished
	}
	if _, stage, more := run.Current(); more && stage.State != promotion.StateRunning {
		add(stage.ID, end)
	}
	return waits
}

// waitedFor is what a run waited for most of a time, as its events tell it.
func waitedFor(events []promotion.Event, from, to time.Time) string {
	times := map[string]time.Duration{}
	why, since := "", from
	for _, e := range events {
		if e.At.After(to) {
			break
		}
		next, told := reasonIn(e, why)
		if !told {
			continue
		}
		if e.At.After(since) {
			times[why] += e.At.Sub(since)
			since = e.At
		}
		why = next
	}
	times[why] += to.Sub(since)
	longest := ""
	for reason, d := range times {
		if reason != "" && (longest == "" || d > times[longest] || d == times[longest] && reason < longest) {
			longest = reason
		}
	}
	return longest
}

// reasonIn is what a run waits for after an event; told is false for one that says nothing about it.
func reasonIn(e promotion.Event, before string) (why string, told bool) {
	switch e.Type {
	case promotion.GateShut:
		if e.Gate != nil {
			return text.Clean(e.Gate.Reason), true
		}
	case promotion.RunPaused:
		return "paused by " + text.Clean(e.Actor), true
	case promotion.RunHeld:
		return "on hold for a person", true
	case promotion.RollbackDecided:
		return "its rollback", true
	case promotion.StageRetried:
		return before, false
	case promotion.StageFailed, promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted:
		return "somebody to decide", true
	case promotion.GateOpened, promotion.RunResumed, promotion.StageStarted, promotion.EnvironmentEntered, promotion.RunStepped:
		return "", true
	}
	return before, false
}

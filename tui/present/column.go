package present

import (
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Column is one environment, or the build column, as the board shows it.
type Column struct {
	Name      string
	Title     string
	Protected bool
	Drill     bool
	Mark      Mark     // the state of the column as a whole
	Status    string   // beside the mark: "1m04s", "waits"
	Gates     []string // what the environment asks for: "approval", "soak 1h00m"
	Live      Live
	Head      []Message // what a person has decided about the environment: a hold, a veto
	Cards     []Card
	Foot      []Message // why it waits, what was rolled back
}

// Live is what an environment holds.
type Live struct {
	Shown bool   // false for the build column
	Name  string // "1.8.0 3f9c1e2"; "" when it is empty
	Age   string
	New   bool   // this run made it live
	Drift string // how what runs differs; "" when it does not
	Aside bool   // put aside to be investigated, which is not live
	Held  bool   // a person holds the environment
}

// Message is a sentence with a sign.
type Message struct {
	Mark Mark
	Text string
}

// columnOf makes the column of a run.
func (w *World) columnOf(run promotion.Run, c promotion.ColumnState, cards []Card, now time.Time) Column {
	column := Column{
		Name: c.Name, Title: Title(c.Name), Protected: c.Column.Protected, Drill: run.Plan.Rehearsal(),
		Live: w.liveOf(run, c, now), Cards: cards,
	}
	column.Mark, column.Status = columnMark(run, c, now)
	column.Foot = foot(run, c, now)
	if c.Name != promotion.BuildColumn {
		column.Gates = asks(c)
		column.Head = slotMessages(w.slotOf(run, c.Name), run.Release.Image, now)
	}
	if c.Waiting != nil && (c.Waiting.Gate == promotion.GateHold || c.Waiting.Gate == promotion.GateVeto) && len(column.Foot) > 0 {
		column.Head = nil // the foot says the same, and more
	}
	column.Head = append(drifted(column.Live), append(column.Head, wordsOf(run, c, now)...)...)
	column.Foot = append(column.Foot, revertedMessages(run, c.Name)...)
	if why := w.reverting(run); why != "" {
		column.Head = append(column.Head, Message{Mark{theme.RollingBack, "reverts", theme.Muted}, why})
	}
	if m, ok := w.rollbackOf(run, c.Name, now); ok {
		column.Foot = append(column.Foot, m)
		column.Mark, column.Status = m.Mark, m.Mark.Word
	}
	return column
}

func (w *World) liveOf(run promotion.Run, c promotion.ColumnState, now time.Time) Live {
	if c.Name == promotion.BuildColumn {
		return Live{}
	}
	if run.Plan.Kind == promotion.Reprovision { // in a slot of its own, which is no place to be live
		live := liveOf(c.Deployed, run.ID, now)
		live.Aside = true
		return live
	}
	return slotLive(w.slotOf(run, c.Name), run.ID, now)
}

// slotLive is what is recorded as live in a slot, and how what runs there differs.
func slotLive(slot engine.SlotInfo, run promotion.RunID, now time.Time) Live {
	live := liveOf(slot.Live, run, now)
	live.Drift, live.Held = text.Clean(slot.Drift), slot.Hold != nil
	return live
}

// Said is what is live in words that can be read aloud.
func (l Live) Said() string {
	switch {
	case !l.Shown:
		return ""
	case l.Name == "":
		return "nothing is live"
	case l.Age == "", l.Age == "now":
		return l.Name + " is live"
	}
	return l.Name + " is live, for " + l.Age
}

// drifted says how what runs differs from what is recorded as live.
func drifted(l Live) []Message {
	if l.Drift == "" {
		return nil
	}
	return []Message{{Mark{theme.Drifted, "drift", theme.Bad}, "drift: " + l.Drift}}
}

func liveOf(d *promotion.Deployment, run promotion.RunID, now time.Time) Live {
	if d == nil {
		return Live{Shown: true}
	}
	return Live{Shown: true, Name: text.Clean(d.Release.Name()), Age: Age(now, d.Since), New: d.Run == run && run != 0}
}

// columnMark sums a column up.
func columnMark(run promotion.Run, c promotion.ColumnState, now time.Time) (Mark, string) {
	current, stage, more := run.Current()
	switch {
	case c.Passed:
		return passedMark(c, Elapsed(span(c, now)))
	case !more || current.Name != c.Name:
		return Mark{}, ""
	case stage.State == promotion.StateRunning:
		return StateMark(promotion.StateRunning), Clock(span(c, now))
	case run.Held != nil:
		mark := Mark{theme.Held, "on hold", theme.Bad}
		if run.Held.Until != nil {
			return mark, "on hold " + Countdown(now, *run.Held.Until)
		}
		return mark, "on hold"
	case stage.Bad() && !stage.Retry:
		mark := StateMark(stage.State)
		return mark, mark.Word
	case run.Done():
		mark := OutcomeMark(run.Outcome)
		return mark, mark.Word
	case run.Paused && run.Granted == 0:
		return Mark{theme.Paused, "paused", theme.Wait}, "paused"
	}
	if imminent(run) {
		return Mark{theme.Waiting, "next", theme.Busy}, "next"
	}
	if waiting := run.Waits(); waiting != nil {
		return gateMark(*waiting, now)
	}
	return Mark{theme.Waiting, "waits", theme.Wait}, "waits"
}

// passedMark is the mark of a column that was passed: no plain success where a person waved something through, or a stage
// passed only after it had failed.
func passedMark(c promotion.ColumnState, took string) (Mark, string) {
	mark, status := StateMark(promotion.StateSucceeded), took
	for _, s := range c.Stages {
		switch {
		case s.State == promotion.StateOverridden:
			return Mark{theme.Overridden, "passed with an override", theme.Wait}, "override " + took
		case s.Flaky():
			mark, status = Mark{theme.Succeeded, "passed, flaky", theme.Wait}, "flaky "+took
		}
	}
	return mark, status
}

// imminent tells whether the run only waits for the engine itself, which is about to go on.
func imminent(run promotion.Run) bool {
	waiting := run.Waits()
	return waiting != nil && waiting.Who == "gantry" && !run.RollingBack()
}

// span is how long a column has been worked on.
func span(c promotion.ColumnState, now time.Time) time.Duration {
	var first, last time.Time
	for _, s := range c.Stages {
		for _, a := range s.Attempts {
			if first.IsZero() || a.Started.Before(first) {
				first = a.Started
			}
			end := a.Ended
			if end.IsZero() {
				end = now
			}
			if end.After(last) {
				last = end
			}
		}
	}
	return last.Sub(first)
}

// foot says why a column does not go on.
func foot(run promotion.Run, c promotion.ColumnState, now time.Time) []Message {
	if run.Done() || run.RollingBack() {
		return nil
	}
	current, stage, more := run.Current()
	if !more {
		return nil
	}
	if current.Name == c.Name {
		switch {
		case run.Waits() == nil || imminent(run) || (stage.Bad() && !stage.Retry && run.Held == nil):
			return nil
		case run.Held != nil:
			return heldMessages(run, now)
		}
		return gateMessages(*run.Waits(), now)
	}
	if len(c.Stages) == 0 || c.Passed {
		return nil
	}
	before := ""
	for i, other := range run.Columns {
		if i > 0 && other.Name == c.Name {
			before = run.Columns[i-1].Name
		}
	}
	if before == current.Name {
		return []Message{notDone(stage.ID)}
	}
	return []Message{{Mark{theme.Waiting, "waits", theme.Faint}, "waits: " + before + " comes first"}}
}

// whyNot says why a stage is not worked on: what comes before it, and why that does not go on, as the board has it.
func whyNot(run promotion.Run, s promotion.StageState, now time.Time) (why []Message) {
	current, at, more := run.Current()
	switch {
	case !more || run.Done() || run.RollingBack():
		return nil
	case s.ID == at.ID || len(s.Attempts) > 0 || s.Done():
		if current.Name != s.ID.Column() {
			return nil
		}
	case current.Name == s.ID.Column():
		why = append(why, notDone(at.ID))
	default:
		own, _ := run.Column(s.ID.Column())
		why = foot(run, own, now)
	}
	return append(why, foot(run, current, now)...)
}

// notDone is the line of what waits for a stage before it.
func notDone(stage promotion.StageID) Message {
	return Message{Mark{theme.Waiting, "waits", theme.Muted}, "waits: " + string(stage) + " not done"}
}

// goesBackTo is what a rollback of a run's environment makes live.
func goesBackTo(c promotion.ColumnState) string {
	if c.LastGood == nil {
		return "nothing: it was the first release here"
	}
	return text.Clean(c.LastGood.Release.Name())
}

// rollbackOf says what the run's rollback did, or does, in an environment.
func (w *World) rollbackOf(run promotion.Run, environment string, now time.Time) (Message, bool) {
	for _, l := range run.Rollbacks {
		if l.Environment != environment {
			continue
		}
		column, _ := run.Column(environment)
		target := goesBackTo(column)
		switch l.Outcome {
		case "":
			if l.Run == 0 {
				return Message{Mark{theme.RollingBack, "to roll back", theme.Wait}, "to be rolled back → " + target}, true
			}
			mark := Mark{theme.RollingBack, "rolling back", theme.Wait}
			s := "rolling back → " + target
			if linked, found := w.Run(l.Run); found {
				if waiting := linked.Waits(); waiting != nil && !imminent(linked) {
					s += ": waits: " + text.Clean(waiting.Reason)
				} else {
					s += " " + Clock(now.Sub(linked.Started))
				}
			}
			return Message{mark, s}, true
		case promotion.RolledBack:
			return Message{OutcomeMark(l.Outcome), "rolled back → " + target}, true
		}
		mark := OutcomeMark(l.Outcome)
		// The reason of a rollback run names its stage and that it failed: here that is said already.
		reason := strings.TrimPrefix(text.Clean(l.Reason), environment+"/rollback failed: ")
		return Message{mark, mark.Word + ": " + reason}, true
	}
	return Message{}, false
}

package present

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Inspection is everything the inspector says about one stage, what matters first.
type Inspection struct {
	Run          promotion.RunID
	Stage        promotion.StageID
	Attempt      int
	Mark         Mark
	Headline     string // "qa/e2e failed"
	Release      string
	Detail       []string // exit status, duration against the usual one, since when it fails
	Cause        string   // the one line; "" when nothing went wrong or nothing is known
	CauseStep    string
	CauseLine    int // from 1; 0 unknown
	Environments []Standing
	Tests        *promotion.Tests
	Failing      []TestRow // new, then known, then flaky
	Fresh        string    // how many of them are new, and since when; "" for none
	Scans        []Scan    // one for each step that found something
	Steps        []StepRow
	Attempts     []Message
	Warnings     []string
	Waiting      []string          // why it does not go on; then until when, who can decide, since when
	Proofs       []promotion.RunID // the runs that may have captured evidence: this one and its rollbacks
	ProofsAt     int64             // changes when there may be new evidence
}

// Standing is what is live in one environment now, and what this run did there.
type Standing struct {
	Title string
	Live  Live
	Mark  Mark
	Text  string
}

// Inspect gathers what is known about a stage.
func (w *World) Inspect(id promotion.RunID, stage promotion.StageID, now time.Time) (Inspection, bool) {
	run, found := w.Run(id)
	if !found {
		return Inspection{}, false
	}
	s, found := run.Stage(stage)
	if !found {
		return Inspection{}, false
	}
	last := s.Last()
	card := w.cardOf(run, s, now)
	i := Inspection{
		Run: id, Stage: stage, Attempt: last.N, Mark: card.Mark, Headline: string(stage) + " " + card.Mark.Word,
		Release: text.Clean(run.Plan.Service + " " + run.Release.Name()), Steps: card.Steps, Detail: w.details(run, s, now),
	}
	if s.Bad() {
		i.Cause = text.Clean(last.Reason)
	}
	if result := last.Result; result != nil {
		if result.Cause != "" && s.Bad() {
			i.Cause = text.Clean(result.Cause)
		}
		i.CauseStep, i.CauseLine, i.Tests = text.Clean(result.CauseStep), result.CauseLine, result.Tests
		for _, warning := range result.Warnings {
			i.Warnings = append(i.Warnings, text.Clean(warning))
		}
	}
	i.judge(run.Judge(stage, w.earlier(run)), s.Bad())
	if card.Warning != "" {
		i.Warnings = append(i.Warnings, card.Warning)
	}
	if why := w.reverting(run); why != "" {
		i.Detail = append([]string{why}, i.Detail...)
	}
	if s.State == promotion.StateOverridden {
		i.Detail = append([]string{card.Reason}, i.Detail...)
	}
	for _, m := range whyNot(run, s, now) {
		i.Waiting = append(i.Waiting, m.Text)
	}
	i.Environments = w.standings(run, now)
	i.Proofs = []promotion.RunID{run.ID}
	for _, l := range run.Rollbacks {
		if linked, found := w.Run(l.Run); found {
			i.Proofs, i.ProofsAt = append(i.Proofs, l.Run), i.ProofsAt+linked.Seq
		}
	}
	i.Attempts = attempts(s)
	return i, true
}

func (w *World) details(run promotion.Run, s promotion.StageState, now time.Time) []string {
	last := s.Last()
	var details []string
	for _, step := range last.Steps {
		if step.State == promotion.StateFailed && step.Exit != 0 {
			details = append(details, fmt.Sprintf("%s: exit status %d", text.Clean(step.Name), step.Exit))
			break
		}
	}
	if !last.Started.IsZero() {
		end, verb := last.Ended, "after "
		if end.IsZero() {
			end, verb = now, "for "
		}
		took := verb + Elapsed(end.Sub(last.Started))
		if usual := w.expected(run, s.ID); usual > 0 {
			took += ", usually " + Usually(usual)
		}
		details = append(details, took)
	}
	if last.N > 1 {
		details = append(details, fmt.Sprintf("attempt %d", last.N))
	}
	if s.Bad() {
		if since := w.failingSince(run, s.ID); since != run.ID {
			details = append(details, fmt.Sprintf("failing since run %d", since))
		} else if !last.Ended.IsZero() {
			details = append(details, "at "+last.Ended.Local().Format("15:04:05"))
		}
	}
	return details
}

// failingSince is the first of the unbroken series of runs in which the stage ended badly, up to this one.
func (w *World) failingSince(run promotion.Run, stage promotion.StageID) promotion.RunID {
	since := run.ID
	for _, other := range w.Snapshot.Runs {
		if other.ID >= run.ID || other.Plan.Service != run.Plan.Service || other.Plan.Kind != run.Plan.Kind {
			continue
		}
		s, found := other.Stage(stage)
		switch {
		case !found || len(s.Attempts) == 0:
		case s.Bad():
			since = other.ID
		default:
			return since
		}
	}
	return since
}

// standings says of every environment what is live there now and what became of this run in it.
func (w *World) standings(run promotion.Run, now time.Time) []Standing {
	var all []Standing
	for _, c := range run.Columns {
		if c.Name == promotion.BuildColumn {
			continue
		}
		standing := Standing{Title: Title(c.Name), Live: w.liveOf(run, c, now), Mark: Mark{theme.None, "untouched", theme.Muted}, Text: "untouched by this run"}
		switch m, rolled := w.rollbackOf(run, c.Name, now); {
		case rolled:
			standing.Mark, standing.Text = m.Mark, m.Text
		case run.Held != nil && holdsBack(run, c):
			standing.Mark = Mark{theme.Held, "on hold", theme.Wait}
			standing.Text = "stays until somebody acts"
			if run.Held.Until != nil {
				standing.Text = "rolled back in " + Countdown(now, *run.Held.Until) + " → " + goesBackTo(c)
			}
			if other := w.movedOn(run, c); other != "" {
				standing.Mark, standing.Text = Mark{theme.Skipped, "left alone", theme.Muted}, "left alone: it has moved on to "+other
			}
		case c.Passed:
			mark, _ := passedMark(c, "")
			standing.Mark, standing.Text = mark, "passed"
			if mark.Sign == theme.Overridden {
				standing.Text = mark.Word
			}
		case c.Deployed != nil:
			standing.Mark, standing.Text = Mark{theme.Running, "deployed", theme.Busy}, "deployed, not yet proven"
		case c.Entered:
			standing.Mark, standing.Text = Mark{theme.Waiting, "entered", theme.Muted}, "entered, nothing deployed yet"
		}
		all = append(all, standing)
	}
	return all
}

// holdsBack tells whether the end of the run's hold would roll the column back.
func holdsBack(run promotion.Run, c promotion.ColumnState) bool {
	current, _, _ := run.Current()
	for _, name := range current.Column.RollsBack {
		if name == c.Name {
			return c.Deployed != nil
		}
	}
	return false
}

// attempts lists earlier attempts, when there was more than one.
func attempts(s promotion.StageState) []Message {
	if len(s.Attempts) < 2 {
		return nil
	}
	var all []Message
	for _, a := range s.Attempts {
		took := ""
		if !a.Ended.IsZero() {
			took = " after " + Elapsed(a.Ended.Sub(a.Started))
		}
		line := fmt.Sprintf("attempt %d %s%s", a.N, a.State, took)
		if a.Reason != "" {
			line += ": " + text.Clean(a.Reason)
		}
		all = append(all, Message{StateMark(a.State), line})
	}
	return all
}

// Broken is the stage of a run that an operator must look at; "" when there is none.
func (w *World) Broken(id promotion.RunID) promotion.StageID {
	run, found := w.Run(id)
	if !found || run.Outcome == promotion.Aborted || run.Outcome == promotion.Superseded {
		return ""
	}
	for _, c := range run.Columns {
		for _, s := range c.Stages {
			if s.Bad() && !s.Retry {
				return s.ID
			}
		}
	}
	return ""
}

// At is the stage where a run stands: the one that is running, broke, or is next; its last one when all are done.
func (w *World) At(id promotion.RunID) promotion.StageID {
	run, found := w.Run(id)
	if !found {
		return ""
	}
	if broken := w.Broken(id); broken != "" {
		return broken
	}
	if _, stage, more := run.Current(); more {
		return stage.ID
	}
	for i := len(run.Columns) - 1; i >= 0; i-- {
		if n := len(run.Columns[i].Stages); n > 0 {
			return run.Columns[i].Stages[n-1].ID
		}
	}
	return ""
}

package present

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Card is one stage of a column.
type Card struct {
	ID   promotion.StageID
	Mark Mark
	Name string
	Note string // "17/31", "2 deps", "attempt 2"
	// Done and Total fill a bar while tests run; Total 0 draws none.
	Done, Total int
	Time        string // elapsed, or "~9s" expected
	Reason      string // how and why it ended badly, or who waved it through
	Slow        string // it runs longer than it usually takes
	Warning     string // it took longer than keeps the pipeline quick
	Steps       []StepRow
}

// StepRow is one step of a stage's newest attempt.
type StepRow struct {
	Mark Mark
	Name string
	Note string
	Time string
}

// Equal tells whether two cards look the same.
func (c Card) Equal(o Card) bool {
	return c.ID == o.ID && c.Mark == o.Mark && c.Name == o.Name && c.Note == o.Note && c.Done == o.Done && c.Total == o.Total &&
		c.Time == o.Time && c.Reason == o.Reason && c.Slow == o.Slow && c.Warning == o.Warning && slices.Equal(c.Steps, o.Steps)
}

// Open tells whether the card shows its steps even where there is little room.
func (c Card) Open() bool {
	switch c.Mark.Sign {
	case theme.Running, theme.Failed, theme.Errored, theme.Stalled, theme.Interrupted:
		return true
	}
	return false
}

// cardOf makes the card of a stage.
func (w *World) cardOf(run promotion.Run, s promotion.StageState, now time.Time) Card {
	last := s.Last()
	card := Card{ID: s.ID, Mark: StageMark(run, s), Name: stageName(run, s)}
	switch {
	case s.State == promotion.StateRunning:
		card.Time = Clock(now.Sub(last.Started))
	case s.State == promotion.StateWaiting && last.N > 0: // it goes once more, and what it took before is past
	case !last.Ended.IsZero():
		card.Time = Elapsed(last.Ended.Sub(last.Started))
	case s.State == promotion.StateWaiting:
		if expected := w.expected(run, s.ID); expected > 0 && !run.Done() {
			card.Time = Left(expected)
		}
	}
	card.Reason, card.Slow, card.Warning = badEnd(s, now), w.slow(run, s, now), OverBudget(s, now)
	progress := w.Snapshot.Progress[engine.AttemptKey{Run: run.ID, Stage: s.ID, Attempt: last.N}]
	card.note(s, now)
	if s.State == promotion.StateRunning {
		card.run(s, progress, w.testsBefore(run, s.ID), w.expected(run, s.ID))
	}
	for _, step := range last.Steps {
		card.Steps = append(card.Steps, stepRow(step, progress.Tests[step.Name], now))
	}
	return card
}

// note fills what stands between the name and the time: first what must not be missed.
func (card *Card) note(s promotion.StageState, now time.Time) {
	last := s.Last()
	if s.State == promotion.StateWaiting && last.N > 0 {
		card.Note = "once more"
		return
	}
	notes := notable(s, now)
	if s.Retry {
		card.Mark = Mark{StateMark(s.State).Sign, string(s.State) + ", about to be retried", theme.Wait}
	}
	if s.Flaky() {
		card.Mark = Mark{theme.Succeeded, "flaky: passed after a failure", theme.Wait}
	}
	if last.N > 1 && !s.Retry {
		notes = append(notes, fmt.Sprintf("attempt %d", last.N))
	}
	switch result := last.Result; {
	case s.State == promotion.StateSkipped, s.State == promotion.StateRunning:
	case result != nil && result.Tests != nil:
		notes = append(notes, counts(*result.Tests))
	case result != nil && result.Note != "":
		notes = append(notes, text.Clean(result.Note))
	}
	card.Note = join(notes...)
}

func join(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), " · ")
}

// run adds how far a running stage is: its tests, of as many as there were before where nobody knows how many there will
// be, and how long it usually takes.
func (card *Card) run(s promotion.StageState, progress engine.Progress, before int, expected time.Duration) {
	notes := append(make([]string, 0, 4), card.Note)
	notes = append(notes, card.fill(sofar(s.Last().Steps, progress.Tests), before)...)
	if expected > 0 {
		notes = append(notes, "usually "+Usually(expected))
	}
	card.Note = join(notes...)
}

// notable are the words for what is no plain success and no plain wait. A bad end is told below the card.
func notable(s promotion.StageState, now time.Time) []string {
	switch {
	case s.Retry && !s.NotUntil.After(now):
		return []string{"retry"}
	case s.Flaky():
		return []string{"flaky"}
	case s.State == promotion.StateSkipped:
		return []string{string(s.State)}
	}
	return nil
}

// badEnd says how a stage ended that did not simply pass, and why.
func badEnd(s promotion.StageState, now time.Time) string {
	how := string(s.State)
	switch {
	case !s.Bad() && s.State != promotion.StateOverridden:
		return ""
	case s.Retry && s.NotUntil.After(now):
		how += ", again in " + Countdown(now, s.NotUntil)
	}
	return how + said(": ", text.Clean(s.Reason))
}

// OverBudget says that the newest attempt takes, or took, longer than what keeps the pipeline quick; "" when it does not.
func OverBudget(s promotion.StageState, now time.Time) string {
	last, budget := s.Last(), time.Duration(s.Stage.Budget)
	if budget <= 0 || last.N == 0 || s.State == promotion.StateWaiting {
		return ""
	}
	end := last.Ended
	if end.IsZero() {
		end = now
	}
	if end.Sub(last.Started) <= budget {
		return ""
	}
	return "over its budget of " + Period(budget)
}

// fill sets the bar of a running stage and says how far it is.
func (card *Card) fill(tests promotion.Tests, before int) []string {
	var notes []string
	card.Done, card.Total = tests.Passed+tests.Failed+tests.Skipped, max(tests.Total, 0)
	if card.Total == 0 && card.Done > 0 && card.Done <= before {
		card.Total = before
		notes = append(notes, fmt.Sprintf("%d/~%d", card.Done, card.Total))
	} else if card.Total > 0 && card.Done <= card.Total {
		notes = append(notes, strconv.Itoa(card.Done)+"/"+strconv.Itoa(card.Total))
	} else if card.Total = 0; card.Done > 0 {
		notes = append(notes, fmt.Sprint(card.Done))
	}
	if tests.Failed > 0 {
		notes = append(notes, fmt.Sprintf("%d failed", tests.Failed))
	}
	return notes
}

func stepRow(step promotion.Step, live promotion.Tests, now time.Time) StepRow {
	row := StepRow{Mark: StateMark(step.State), Name: text.Clean(step.Name), Note: text.Clean(step.Note)}
	if step.State == promotion.StateRunning {
		row.Time = Clock(now.Sub(step.Started))
		if n := live.Passed + live.Failed + live.Skipped; n > 0 && row.Note == "" {
			row.Note = counts(live)
		}
		return row
	}
	if step.Elapsed > 0 {
		row.Time = Elapsed(time.Duration(step.Elapsed))
	}
	if step.Tests != nil && row.Note == "" {
		row.Note = counts(*step.Tests)
	}
	return row
}

// counts writes test counts: "214", "3 of 12 failed".
func counts(t promotion.Tests) string {
	if t.Failed > 0 {
		return fmt.Sprintf("%d of %d failed", t.Failed, t.Passed+t.Failed)
	}
	if n := t.Passed + t.Skipped; n > 0 {
		return fmt.Sprint(n)
	}
	return ""
}

// sofar are the tests that have run: of a step that has ended what it reported, of the others what they have shown.
func sofar(steps []promotion.Step, shown map[string]promotion.Tests) promotion.Tests {
	var all promotion.Tests
	add := func(t promotion.Tests) {
		all.Passed += t.Passed
		all.Failed += t.Failed
		all.Skipped += t.Skipped
		all.Total += max(t.Total, t.Passed+t.Failed+t.Skipped)
	}
	ended := 0
	for _, step := range steps {
		if step.Tests != nil && step.State != promotion.StateRunning {
			add(*step.Tests)
			ended++
		}
	}
	unknown := false
	for name, t := range shown {
		if !slices.ContainsFunc(steps, func(s promotion.Step) bool {
			return s.Name == name && s.Tests != nil && s.State != promotion.StateRunning
		}) {
			unknown = unknown || t.Total == 0
			add(t)
		}
	}
	if unknown || len(shown) == 0 {
		all.Total = 0 // nobody knows how many there will be
	}
	return all
}

// stageName is the stage's name; a copy says from where to where.
func stageName(run promotion.Run, s promotion.StageState) string {
	name := s.ID.Name()
	if s.Stage.Kind != promotion.KindCopy {
		return text.Clean(name)
	}
	for i, c := range run.Columns {
		if c.Name == s.ID.Column() && i > 0 {
			return fmt.Sprintf("%s %s→%s", name, run.Columns[i-1].Name, c.Name)
		}
	}
	return text.Clean(name)
}

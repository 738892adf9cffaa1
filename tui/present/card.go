package present

import (
	"fmt"
	"slices"
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
	Reason      string // why it ended badly or was left out
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
		c.Time == o.Time && c.Reason == o.Reason && slices.Equal(c.Steps, o.Steps)
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
	card := Card{ID: s.ID, Mark: StateMark(s.State), Name: stageName(run, s)}
	switch {
	case s.State == promotion.StateRunning:
		card.Time = Clock(now.Sub(last.Started))
	case !last.Ended.IsZero():
		card.Time = Elapsed(last.Ended.Sub(last.Started))
	case s.State == promotion.StateWaiting:
		if expected := w.expected(run, s.ID); expected > 0 && !run.Done() {
			card.Time = Left(expected)
		}
	}
	if s.Bad() {
		card.Reason = text.Clean(s.Reason)
	}
	if s.State == promotion.StateSkipped {
		card.Note = "skipped"
	}
	progress := w.Snapshot.Progress[engine.AttemptKey{Run: run.ID, Stage: s.ID, Attempt: last.N}]
	w.note(&card, s, last, progress)
	for _, step := range last.Steps {
		card.Steps = append(card.Steps, stepRow(step, progress.Tests[step.Name], now))
	}
	return card
}

// note fills what stands between the name and the time.
func (w *World) note(card *Card, s promotion.StageState, last promotion.Attempt, progress engine.Progress) {
	var notes []string
	if s.Retry {
		card.Mark, notes = Mark{theme.Waiting, "about to be retried", theme.Wait}, append(notes, "retry")
	} else if last.N > 1 {
		notes = append(notes, fmt.Sprintf("attempt %d", last.N))
	}
	switch result := last.Result; {
	case s.State == promotion.StateRunning:
		tests := sum(progress.Tests)
		card.Done = tests.Passed + tests.Failed + tests.Skipped
		card.Total = max(tests.Total, 0)
		if card.Total > 0 && card.Done <= card.Total {
			notes = append(notes, fmt.Sprintf("%d/%d", card.Done, card.Total))
		} else if card.Total = 0; card.Done > 0 {
			notes = append(notes, fmt.Sprint(card.Done))
		}
		if tests.Failed > 0 {
			notes = append(notes, fmt.Sprintf("%d failed", tests.Failed))
		}
	case result != nil && result.Tests != nil:
		notes = append(notes, counts(*result.Tests))
	case result != nil && result.Note != "":
		notes = append(notes, text.Clean(result.Note))
	}
	if card.Note == "" {
		card.Note = strings.Join(notes, " · ")
	}
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

func sum(tests map[string]promotion.Tests) promotion.Tests {
	var all promotion.Tests
	for _, t := range tests {
		all.Passed += t.Passed
		all.Failed += t.Failed
		all.Skipped += t.Skipped
		all.Total += t.Total
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

func (w *World) expected(run promotion.Run, stage promotion.StageID) time.Duration {
	return w.Snapshot.Expected[run.Plan.Service][stage]
}

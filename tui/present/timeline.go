package present

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Timeline is a run as a chart of time.
type Timeline struct {
	Run      promotion.RunID
	Of       string // "orders 1.8.0 3f9c1e2"
	From, To time.Time
	Open     bool // it goes on
	Rows     []TimelineRow
	Worked   time.Duration
	Waited   time.Duration
	Longest  []string // what the time went into, the longest first
}

// TimelineRow is a column, a stage or a step.
type TimelineRow struct {
	Stage    promotion.StageID // "" of a heading
	Indent   int
	Name     string
	Mark     Mark
	Heading  bool
	Spans    []Span
	Took     time.Duration // worked
	Waited   time.Duration
	Why      string  // it waited for
	Share    float64 // of the whole, where it is on the critical path; else 0
	Critical bool    // had it been quicker, the run would have been
}

// Span is a time in which something went on, or did not.
type Span struct {
	From, To time.Time
	Waits    bool
	Role     theme.Role
}

// NewTimeline makes the chart of a run from its events and those of its rollbacks.
func NewTimeline(id promotion.RunID, events []promotion.Event, now time.Time) Timeline {
	runs := map[promotion.RunID][]promotion.Event{}
	var order []promotion.RunID
	for _, e := range events {
		if _, known := runs[e.Run]; !known && e.Run != id {
			order = append(order, e.Run)
		}
		runs[e.Run] = append(runs[e.Run], e)
	}
	run := promotion.Fold(runs[id])
	b := &chart{Timeline: Timeline{Run: id, Of: text.Clean(run.Plan.Service + " " + run.Release.Name()), From: run.Started, To: now, Open: !run.Done()}, now: now}
	if run.Done() {
		b.To = run.Finished
	}
	b.run(run, runs[id], "")
	b.own = len(b.Rows)
	for _, linked := range order {
		b.run(promotion.Fold(runs[linked]), runs[linked], "Rollback of ")
	}
	b.sum()
	return b.Timeline
}

// NewestEvent is the number of the newest event of a run, or of one of its rollbacks.
func (w *World) NewestEvent(id promotion.RunID) int64 {
	run := w.runs[id]
	newest := run.Seq
	for _, l := range run.Rollbacks {
		newest = max(newest, w.runs[l.Run].Seq)
	}
	return newest
}

// chart collects the rows.
type chart struct {
	Timeline
	now time.Time
	own int // how many rows are the run's own; the others are of its rollbacks, which it waits for
}

// run adds the rows of one run.
func (b *chart) run(run promotion.Run, events []promotion.Event, before string) {
	waits := waitsOf(run, events, b.now)
	for _, column := range run.Columns {
		heading := TimelineRow{Name: before + Title(column.Name), Heading: true}
		at := len(b.Rows)
		b.Rows = append(b.Rows, heading)
		for _, s := range column.Stages {
			b.stage(run, s, waits[s.ID])
		}
		if len(b.Rows) == at+1 { // nothing was done there
			b.Rows = b.Rows[:at]
		}
	}
}

func (b *chart) stage(run promotion.Run, s promotion.StageState, waits []wait) {
	if len(s.Attempts) == 0 && len(waits) == 0 {
		return
	}
	row := TimelineRow{Stage: s.ID, Indent: 1, Name: stageName(run, s), Mark: StageMark(run, s)}
	for _, w := range waits {
		row.Spans = append(row.Spans, Span{From: w.from, To: w.to, Waits: true, Role: theme.Wait})
		row.Waited += w.to.Sub(w.from)
		if w.why != "" {
			row.Why = w.why
		}
	}
	var steps []TimelineRow
	for _, a := range s.Attempts {
		end := a.Ended
		if end.IsZero() {
			end = b.now
		}
		row.Spans = append(row.Spans, Span{From: a.Started, To: end, Role: spanRole(a.State)})
		row.Took += end.Sub(a.Started)
		steps = append(steps, b.steps(s.ID, a, end)...)
	}
	// What a stage does one after the other holds the run up as a whole: where it has steps, those of them do that
	// nothing else was waited for beside.
	row.Critical = len(steps) == 0
	b.Rows = append(append(b.Rows, row), steps...)
}

func spanRole(s promotion.State) theme.Role {
	if s == promotion.StateSucceeded {
		return theme.Good
	}
	return StateMark(s).Role
}

// steps are the rows of an attempt's steps, with those marked that its end waited for.
func (b *chart) steps(stage promotion.StageID, a promotion.Attempt, end time.Time) []TimelineRow {
	ends := make([]time.Time, len(a.Steps))
	rows := make([]TimelineRow, len(a.Steps))
	for i, step := range a.Steps {
		ends[i] = step.Started.Add(time.Duration(step.Elapsed))
		if step.State == promotion.StateRunning {
			ends[i] = end
		}
		rows[i] = TimelineRow{
			Stage: stage, Indent: 2, Name: text.Clean(step.Name), Mark: StateMark(step.State), Took: ends[i].Sub(step.Started),
			Spans: []Span{{From: step.Started, To: ends[i], Role: spanRole(step.State)}},
		}
	}
	for _, i := range criticalSteps(a.Steps, ends) {
		rows[i].Critical = true
	}
	return slices.DeleteFunc(rows, func(r TimelineRow) bool { return r.Mark.Sign == theme.Skipped || r.Spans[0].From.IsZero() })
}

// handover is by how much a step may seem to start before what it needs has ended: the two are not timed in one moment.
const handover = 250 * time.Millisecond

// criticalSteps is the chain of steps that an attempt's end waited for, found from its end: the step that ended last,
// before it the one whose end is nearest to its start of those that were over then, and so on.
func criticalSteps(steps []promotion.Step, ends []time.Time) []int {
	var chain []int
	var at time.Time // when the step found last started
	for n := range steps {
		last := -1
		for i := range steps {
			switch {
			case slices.Contains(chain, i):
			case n == 0 && (last < 0 || ends[i].After(ends[last])):
				last = i
			case n > 0 && steps[i].Started.Before(at) && !ends[i].After(at.Add(handover)) && (last < 0 || ends[i].Sub(at).Abs() < ends[last].Sub(at).Abs()):
				last = i
			}
		}
		if last < 0 {
			break
		}
		chain = append(chain, last)
		at = steps[last].Started
	}
	return chain
}

// sum adds up what was worked and waited for, and says what the time went into.
func (b *chart) sum() {
	whole := b.To.Sub(b.From)
	type part struct {
		name string
		took time.Duration
	}
	var parts []part
	for i := range b.Rows {
		row := &b.Rows[i]
		if i < b.own && row.Indent == 1 {
			b.Worked += row.Took
			b.Waited += row.Waited
			if row.Waited >= time.Second {
				parts = append(parts, part{"waiting before " + string(row.Stage), row.Waited})
			}
		}
		if !row.Critical || row.Took <= 0 {
			continue
		}
		if whole > 0 {
			row.Share = float64(row.Took) / float64(whole)
		}
		name := string(row.Stage)
		if row.Indent == 2 {
			name += " " + row.Name
		}
		parts = append(parts, part{name, row.Took})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return int(b.took - a.took) })
	for _, p := range parts[:min(4, len(parts))] {
		b.Longest = append(b.Longest, fmt.Sprintf("%s %s", p.name, Elapsed(p.took)))
	}
}

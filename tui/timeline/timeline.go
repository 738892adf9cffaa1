// Package timeline draws a run as a chart of time: what worked, what waited, and which of it the run's end waited for.
package timeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// View is where the timeline is looked at.
type View struct {
	Cursor int
	first  int
}

// Move moves the cursor over the rows, headings left out.
func (v *View) Move(by int, rows []present.TimelineRow) {
	to := max(0, min(v.Cursor+by, len(rows)-1))
	step := 1
	if by < 0 {
		step = -1
	}
	for to >= 0 && to < len(rows) && rows[to].Heading {
		to += step
	}
	if to >= 0 && to < len(rows) {
		v.Cursor = to
	}
}

// The widths of what stands beside the chart.
const (
	nameCells  = 26
	narrowName = 18
	tookCells  = 7
	shareCells = 5
	narrow     = 90
)

// Draw draws the timeline in exactly w × h cells.
func (v *View) Draw(t *theme.Theme, tl present.Timeline, w, h int) []string {
	inner := max(0, w-2)
	g := grid{theme: t, timeline: tl, name: nameCells, share: shareCells}
	if w < narrow {
		g.name, g.share = narrowName, 0
	}
	g.cells = max(4, inner-g.name-tookCells-g.share-2)
	if v.Cursor < len(tl.Rows) && tl.Rows[v.Cursor].Heading {
		v.Move(1, tl.Rows)
	}
	v.Cursor = max(0, min(v.Cursor, len(tl.Rows)-1))
	head := []string{g.axis(inner)}
	foot := g.summary(inner, h-2-len(head)-len(tl.Rows), tl, v.Cursor)
	room := max(1, h-2-len(head)-len(foot))
	v.first = frame.Window(v.first, v.Cursor-1, v.Cursor+1, len(tl.Rows), room)
	lines := head
	for i := v.first; i < min(len(tl.Rows), v.first+room); i++ {
		lines = append(lines, g.row(tl.Rows[i], inner, i == v.Cursor))
	}
	for len(lines) < len(head)+room {
		lines = append(lines, text.Spaces(inner))
	}
	box := frame.Box{Border: theme.Faint, Title: []frame.Part{frame.P(theme.Title, "Timeline"), frame.P(theme.Muted, fmt.Sprintf("  run %d  %s", tl.Run, tl.Of))},
		Bottom: g.legend()}
	if below := len(tl.Rows) - v.first - room; below > 0 {
		box.Right = []frame.Part{frame.P(theme.Muted, text.Count(below)+" more rows")}
	}
	return box.Draw(t, w, h, append(lines, foot...))
}

// grid is the chart's scale.
type grid struct {
	theme              *theme.Theme
	timeline           present.Timeline
	name, cells, share int
}

// place is the cell of a moment.
func (g grid) place(at time.Time) int {
	whole := g.timeline.To.Sub(g.timeline.From)
	if whole <= 0 {
		return 0
	}
	return max(0, min(g.cells-1, int(float64(at.Sub(g.timeline.From))/float64(whole)*float64(g.cells))))
}

// axis says how much time has passed, in steps that can be read.
func (g grid) axis(w int) string {
	whole := g.timeline.To.Sub(g.timeline.From)
	cells := []rune(strings.Repeat(" ", g.cells))
	free := 0
	for at := time.Duration(0); at <= whole; at += tick(whole, g.cells) {
		place, label := g.place(g.timeline.From.Add(at)), []rune(present.Period(at))
		if place < free || place+len(label) > len(cells) {
			continue
		}
		copy(cells[place:], label)
		free = place + len(label) + 1
	}
	return frame.Line(g.theme, w, []frame.Part{frame.P(theme.Text, text.Spaces(g.name)), frame.P(theme.Muted, string(cells))}, nil, false)
}

// ticks are the steps of an axis.
var ticks = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// tick is the shortest step whose labels have room.
func tick(whole time.Duration, cells int) time.Duration {
	const label = 9
	for _, d := range ticks {
		if int(whole/d)*label <= cells {
			return d
		}
	}
	return max(whole, time.Second)
}

func (g grid) row(r present.TimelineRow, w int, selected bool) string {
	if r.Heading {
		return frame.Line(g.theme, w, []frame.Part{frame.P(theme.Title, " "+r.Name)}, nil, false)
	}
	pointer := " "
	if selected {
		pointer = g.theme.Sign(theme.Pointer)
	}
	name := theme.Text
	switch {
	case selected:
		name = theme.Strong
	case !r.Critical && r.Indent > 1:
		name = theme.Muted
	}
	left := []frame.Part{frame.P(theme.Accent, pointer), frame.P(theme.Text, text.Spaces(2*r.Indent-1)), frame.P(r.Mark.Role, g.theme.Sign(r.Mark.Sign)+" ")}
	left = append(left, frame.P(name, text.Pad(r.Name, g.name-frame.Width(left)-1)+" "))
	left = append(left, g.spans(r)...)
	var right []frame.Part
	took := ""
	if r.Took > 0 {
		took = present.Elapsed(r.Took)
	}
	right = append(right, frame.P(theme.Muted, text.PadLeft(took, tookCells)))
	if g.share > 0 {
		share := ""
		if r.Share > 0 {
			share = fmt.Sprintf("%.0f%%", 100*r.Share)
		}
		right = append(right, frame.P(theme.Text, text.PadLeft(share, g.share)))
	}
	return frame.Line(g.theme, w, left, append(right, frame.P(theme.Text, " ")), selected)
}

// spans draws a row's times: waiting is drawn with another line than working, and work that nothing waited for is thin.
func (g grid) spans(r present.TimelineRow) []frame.Part {
	type cell struct {
		sign theme.Sign
		role theme.Role
	}
	cells := make([]cell, g.cells)
	for _, s := range r.Spans {
		c := cell{theme.BarEmpty, s.Role}
		switch {
		case s.Waits:
			c.sign = theme.Gap
		case r.Critical || r.Indent == 1:
			c.sign = theme.BarFull
		}
		for i := g.place(s.From); i <= g.place(s.To); i++ {
			if s.Waits && cells[i].sign == theme.BarFull {
				continue
			}
			cells[i] = c
		}
	}
	var parts []frame.Part
	for _, c := range cells {
		if n := len(parts); n > 0 && parts[n-1].Role == c.role {
			parts[n-1].Text += g.theme.Sign(c.sign)
			continue
		}
		parts = append(parts, frame.P(c.role, g.theme.Sign(c.sign)))
	}
	return parts
}

func (g grid) legend() []frame.Part {
	return []frame.Part{
		frame.P(theme.Text, strings.Repeat(g.theme.Sign(theme.BarFull), 2)), frame.P(theme.Muted, " critical path  "),
		frame.P(theme.Text, strings.Repeat(g.theme.Sign(theme.BarEmpty), 2)), frame.P(theme.Muted, " beside it  "),
		frame.P(theme.Wait, strings.Repeat(g.theme.Sign(theme.Gap), 2)), frame.P(theme.Muted, " waiting  "), frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back"),
	}
}

// Package history draws the runs of a service, the newest first. It draws only the rows on the screen.
package history

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// View is where the history is looked at.
type View struct {
	Cursor int
	Filter string
	Marked promotion.RunID // the first of two runs to be compared; 0 none
	first  int
}

// Move moves the cursor among n rows.
func (v *View) Move(by, n int) { v.Cursor = max(0, min(v.Cursor+by, n-1)) }

func counted(n int) string {
	if n == 1 {
		return "1 run"
	}
	return text.Count(n) + " runs"
}

// Page is what is drawn around the rows.
type Page struct {
	Service string // "" every one
	Empty   string // what to say when there are no rows
	Failed  bool   // …which is bad news
}

// Draw draws n rows in exactly w × h cells; at is asked only for those on the screen.
func (v *View) Draw(t *theme.Theme, p Page, n int, at func(int) present.HistoryRow, w, h int) []string {
	v.Cursor = max(0, min(v.Cursor, n-1))
	room := max(1, h-3)
	v.first = frame.Window(v.first, v.Cursor, v.Cursor+1, n, room)
	cells := widths(w-2, p.Service == "")
	lines := []string{cells.header(t, w-2)}
	for i := v.first; i < n && i < v.first+room; i++ {
		row := at(i)
		lines = append(lines, cells.row(t, row, w-2, i == v.Cursor, row.Entry.Run == v.Marked && v.Marked != 0))
	}
	if n == 0 {
		for _, s := range text.Wrap(p.Empty, w-8, 3) {
			lines = append(lines, frame.Line(t, w-2, []frame.Part{frame.P(theme.Muted, "   "+s)}, nil, false))
		}
	}
	return v.box(p, n, room).Draw(t, w, h, lines)
}

func (v *View) box(p Page, n, room int) frame.Box {
	of := p.Service
	if of == "" {
		of = "every service"
	}
	box := frame.Box{Title: []frame.Part{frame.P(theme.Title, "History"), frame.P(theme.Muted, "  "+of)}, Border: theme.Faint,
		Right: []frame.Part{frame.P(theme.Muted, counted(n))}}
	if p.Failed {
		box.Border = theme.Bad
	}
	if v.Filter != "" {
		box.Title = append(box.Title, frame.P(theme.Key, "  /"+v.Filter))
	}
	if n > room {
		box.Right = []frame.Part{frame.P(theme.Muted, fmt.Sprintf("%s of %s runs", text.Count(v.Cursor+1), text.Count(n)))}
	}
	box.Bottom = []frame.Part{frame.P(theme.Key, "←→"), frame.P(theme.Faint, " other service")}
	if v.Marked != 0 {
		box.Bottom = []frame.Part{frame.P(theme.Accent, fmt.Sprintf("run %d is compared with the next one", v.Marked))}
	}
	box.Bottom = append(box.Bottom, frame.P(theme.Key, "  esc"), frame.P(theme.Faint, " back"))
	return box
}

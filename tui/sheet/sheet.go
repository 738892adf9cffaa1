// Package sheet is a page to be read: rows that wrap under themselves and are scrolled. It draws only those on the screen.
package sheet

import (
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Row is what begins a line, and a text that wraps beneath itself.
type Row struct {
	Lead []frame.Part
	Text frame.Part
	Hang int // where the text's further lines begin; 0: under its first one
}

// Page is what a sheet shows.
type Page struct {
	Title  []frame.Part
	Right  []frame.Part
	Bottom []frame.Part
	Empty  string // what to say when there are no rows
	Drill  bool   // drawn with a broken border: nothing of it is real
	Border theme.Role
}

// View is a sheet's rows and how far it is scrolled.
type View struct {
	make  func(w int) []Row
	w     int
	lines [][]frame.Part
	first int
	below int // the lines from the first one on the screen to the end, which stay as they are; 0: the first one counts
}

// Show turns the sheet to other rows, from their beginning; make gives them for a width.
func (v *View) Show(make func(w int) []Row) { *v = View{make: make} }

// Replace turns the sheet to other rows and stays where it is.
func (v *View) Replace(make func(w int) []Row) { v.make, v.w = make, 0 }

// Grow turns the sheet to rows that have grown at their beginning. Whoever reads further down stays there.
func (v *View) Grow(make func(w int) []Row) {
	if v.first > 0 {
		v.below = len(v.lines) - v.first
	}
	v.Replace(make)
}

// Scroll moves by n lines.
func (v *View) Scroll(n int) { v.first = max(0, v.first+n) }

// Top goes to the first line.
func (v *View) Top() { v.first = 0 }

// Bottom goes to the last one.
func (v *View) Bottom() { v.first = len(v.lines) }

// Draw draws the sheet in exactly w × h cells.
func (v *View) Draw(t *theme.Theme, p Page, w, h int) []string {
	inner, room := max(0, w-2), max(0, h-2)
	if v.w != w {
		v.lay(inner)
		v.w = w
		if v.below > 0 {
			v.first, v.below = len(v.lines)-v.below, 0
		}
	}
	v.first = max(0, min(v.first, len(v.lines)-room))
	var lines []string
	for _, parts := range v.lines[v.first:min(len(v.lines), v.first+room)] {
		lines = append(lines, frame.Line(t, inner, parts, nil, false))
	}
	if len(v.lines) == 0 {
		for _, s := range text.Wrap(p.Empty, inner-4, 3) {
			lines = append(lines, frame.Line(t, inner, []frame.Part{frame.P(theme.Muted, "  "+s)}, nil, false))
		}
	}
	box := frame.Box{Title: p.Title, Right: p.Right, Bottom: p.Bottom, Border: p.Border, Drill: p.Drill}
	if below := len(v.lines) - v.first - room; below > 0 {
		box.Bottom = append([]frame.Part{frame.P(theme.Muted, text.Count(below)+" more lines  ")}, p.Bottom...)
	}
	return box.Draw(t, w, h, lines)
}

// lay wraps the rows for a width.
func (v *View) lay(w int) {
	v.lines = nil
	if v.make == nil {
		return
	}
	for _, row := range v.make(w) {
		lead := frame.Width(row.Lead)
		hang := row.Hang
		if hang == 0 {
			hang = lead
		}
		if hang > w/2 {
			hang = min(hang, 4)
		}
		v.lines = append(v.lines, wrap(row, lead, hang, w)...)
	}
}

// wrap breaks a row. A text that hangs less far than it begins stands beneath the lead as a whole.
func wrap(row Row, lead, hang, w int) [][]frame.Part {
	first := row.Lead[:len(row.Lead):len(row.Lead)]
	if text.Width(row.Text.Text) <= w-lead-1 {
		return [][]frame.Part{append(first, row.Text)}
	}
	pieces := text.Wrap(row.Text.Text, max(1, w-hang-1), 0)
	if lead == hang {
		first, pieces = append(first, frame.P(row.Text.Role, pieces[0])), pieces[1:]
	}
	lines := [][]frame.Part{first}
	for _, s := range pieces {
		lines = append(lines, []frame.Part{frame.P(row.Text.Role, text.Spaces(hang)+s)})
	}
	return lines
}

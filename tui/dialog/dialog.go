// Package dialog is a question in the middle of the screen. The focus starts on Cancel, and what is dangerous wants a
// word typed.
package dialog

import (
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Row is one line of a dialog: a label and what it says.
type Row struct {
	Label string
	Text  string
	Role  theme.Role
}

// Dialog is a question. Its zero value asks nothing.
type Dialog struct {
	ID      string // what is asked: the caller's own name for it
	Title   string
	Rows    []Row
	Confirm string // the button that does it; "" leaves only Close
	Typed   string // what must be typed before Confirm works; "" nothing
	Danger  bool
	Cancel  string // "" is "Cancel"

	input   string
	confirm bool // the focus is on Confirm
}

// Answer is what came of a key.
type Answer int

// The answers.
const (
	Open      Answer = iota // still asking
	Cancelled               // closed without doing anything
	Confirmed               // do it
)

// Key handles one key, as Bubble Tea names it; runes is the text it types.
func (d Dialog) Key(key, runes string) (Dialog, Answer) {
	switch key {
	case "esc", "ctrl+c":
		return d, Cancelled
	case "enter":
		return d.enter()
	case "tab", "shift+tab", "left", "right", "up", "down":
		if d.Confirm != "" {
			d.confirm = !d.confirm
		}
		return d, Open
	case "backspace":
		if n := len(d.input); n > 0 {
			r := []rune(d.input)
			d.input = string(r[:len(r)-1])
		}
		return d, Open
	}
	if d.Typed != "" {
		d.input = text.Cut(d.input+text.Clean(runes), 40)
		if d.input == d.Typed {
			d.confirm = true
		}
		return d, Open
	}
	if key == "q" || key == "n" {
		return d, Cancelled
	}
	return d, Open
}

func (d Dialog) enter() (Dialog, Answer) {
	if !d.confirm || d.Confirm == "" {
		if d.Typed != "" && d.input != "" && d.input != d.Typed {
			return d, Open
		}
		return d, Cancelled
	}
	if d.Typed != "" && d.input != d.Typed {
		return d, Open
	}
	return d, Confirmed
}

// Draw draws the dialog as a block of lines, at most w wide and h high.
func (d Dialog) Draw(t *theme.Theme, w, h int) []string {
	wide := min(w-2, 76)
	inner := wide - 2
	if wide < 20 || h < 5 {
		wide, inner = w, w-2
	}
	role := theme.Accent
	if d.Danger {
		role = theme.Bad
	}
	var lines []string
	label := d.labels()
	lines = append(lines, text.Spaces(inner))
	for _, row := range d.Rows {
		lines = append(lines, drawRow(t, row, label, inner)...)
	}
	if d.Typed != "" {
		lines = append(lines, text.Spaces(inner), d.prompt(t, inner))
	}
	buttons := []string{text.Spaces(inner), d.buttons(t, inner)}
	lines = append(lines[:min(len(lines), max(0, h-2-len(buttons)))], buttons...)
	box := frame.Box{Title: []frame.Part{frame.P(role, d.Title)}, Border: role}
	return box.Draw(t, wide, min(h, len(lines)+2), lines)
}

func (d Dialog) labels() int {
	n := 0
	for _, row := range d.Rows {
		n = max(n, text.Width(row.Label))
	}
	if n > 0 {
		n += 2
	}
	return min(n, 16)
}

func drawRow(t *theme.Theme, row Row, label, w int) []string {
	var lines []string
	indent := label
	if row.Label == "" {
		indent = 0
	}
	for i, s := range text.Wrap(row.Text, w-4-indent, 6) {
		name := ""
		if i == 0 {
			name = row.Label
		}
		lines = append(lines, frame.Line(t, w, []frame.Part{frame.P(theme.Muted, "  "+text.Pad(name, indent)), frame.P(row.Role, s)}, nil, false))
	}
	if len(lines) == 0 {
		return []string{text.Spaces(w)}
	}
	return lines
}

func (d Dialog) prompt(t *theme.Theme, w int) string {
	role := theme.Wait
	if d.input == d.Typed {
		role = theme.Good
	}
	return frame.Line(t, w, []frame.Part{
		frame.P(theme.Muted, "  Type "), frame.P(theme.Strong, d.Typed), frame.P(theme.Muted, " to go on: "),
		frame.P(role, d.input), frame.P(theme.Accent, t.Sign(theme.Cursor)),
	}, nil, false)
}

func (d Dialog) buttons(t *theme.Theme, w int) string {
	cancel := d.Cancel
	switch {
	case d.Confirm == "":
		cancel = "Close"
	case cancel == "":
		cancel = "Cancel"
	}
	no, yes := theme.Focused, theme.Button
	if d.confirm {
		no, yes = theme.Button, theme.Focused
		if d.Danger {
			yes = theme.Danger
		}
	}
	parts := []frame.Part{button(no, cancel, !d.confirm)}
	if d.Confirm != "" {
		if d.Typed != "" && d.input != d.Typed {
			yes = theme.Faint
		}
		parts = append(parts, frame.P(theme.Text, "  "), button(yes, d.Confirm, d.confirm))
	}
	return frame.Line(t, w, nil, append(parts, frame.P(theme.Text, "  ")), false)
}

// button marks the one with the focus with brackets too: colour alone says nothing.
func button(role theme.Role, s string, focused bool) frame.Part {
	if focused {
		return frame.P(role, "[ "+s+" ]")
	}
	return frame.P(role, "  "+s+"  ")
}

package dialog

import (
	"slices"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// page is how many rows a key for pages scrolls.
const page = 5

// Draw draws the dialog as a block of lines, at most w wide and h high. Rows that do not fit are scrolled to; what is to
// be typed and the buttons are always there.
func (d Dialog) Draw(t *theme.Theme, w, h int) []string {
	wide := min(w-2, 76)
	if wide < 20 || h < 5 {
		wide = w
	}
	inner := wide - 2
	role := theme.Accent
	if d.Danger {
		role = theme.Bad
	}
	foot := d.foot(t, inner)
	body := d.body(t, inner)
	box := frame.Box{Title: []frame.Part{frame.P(role, d.Title)}, Border: role, Bottom: d.hint()}
	if room := max(0, h-2-len(foot)); len(body) > room {
		first := max(0, min(d.first, len(body)-room))
		body = body[first : first+room]
		box.Bottom = []frame.Part{frame.P(theme.Key, "PgUp PgDn"), frame.P(theme.Faint, " more")}
	}
	lines := slices.Concat(body, foot)
	return box.Draw(t, wide, min(h, len(lines)+2), lines)
}

func (d Dialog) hint() []frame.Part {
	var hint []frame.Part
	if len(d.Choices) > 0 {
		hint = append(hint, frame.P(theme.Key, "↑↓"), frame.P(theme.Faint, " choose"))
	}
	if d.Again != "" && d.Confirm != "" && len(d.Fields) == 0 {
		key := d.Again
		if key == " " {
			key = "space"
		}
		if len(hint) > 0 {
			hint = append(hint, frame.P(theme.Faint, "  "))
		}
		hint = append(hint, frame.P(theme.Key, key), frame.P(theme.Faint, " again does it"))
	}
	return hint
}

func (d Dialog) body(t *theme.Theme, w int) []string {
	lines := []string{text.Spaces(w)}
	label := d.labels()
	for _, row := range d.Rows {
		lines = append(lines, drawRow(t, row, label, w)...)
	}
	if len(d.Rows) > 0 && len(d.Choices) > 0 {
		lines = append(lines, text.Spaces(w))
	}
	for i, c := range d.Choices {
		lines = append(lines, d.choice(t, c, i == d.chosen, w)...)
	}
	return append(lines, text.Spaces(w))
}

func (d Dialog) foot(t *theme.Theme, w int) []string {
	var lines []string
	for i, f := range d.Fields {
		if d.Confirm != "" {
			lines = append(lines, f.draw(t, d.focus == i+1 || (d.focus == 0 && i == 0), w))
		}
	}
	if len(lines) > 0 {
		lines = append(lines, text.Spaces(w))
	}
	return append(lines, d.buttons(t, w))
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
	for i, s := range text.Wrap(row.Text, w-4-indent, longestRow) {
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

func (d Dialog) choice(t *theme.Theme, c Choice, chosen bool, w int) []string {
	pointer, label, said := " ", theme.Text, theme.Muted
	if chosen {
		pointer, label = t.Sign(theme.Pointer), theme.Strong
	}
	words := c.Text
	if c.WhyNot != "" {
		label, said, words = theme.Faint, theme.Wait, "not possible: "+c.WhyNot
	}
	const labels = 10
	var lines []string
	for i, s := range text.Wrap(words, w-labels-6, 3) {
		name := ""
		if i == 0 {
			name = c.Label
		} else {
			pointer = " "
		}
		lines = append(lines, frame.Line(t, w, []frame.Part{frame.P(theme.Accent, " "+pointer+" "), frame.P(label, text.Pad(name, labels)), frame.P(said, " "+s)}, nil, chosen))
	}
	return lines
}

func (f Field) draw(t *theme.Theme, focused bool, w int) string {
	role, cursor := theme.Wait, " "
	if f.filled() {
		role = theme.Good
	}
	if focused {
		cursor = t.Sign(theme.Cursor)
	}
	left := []frame.Part{frame.P(theme.Muted, "  "+f.Label+": ")}
	if f.Want != "" {
		left = []frame.Part{frame.P(theme.Muted, "  Type "), frame.P(theme.Strong, f.Want), frame.P(theme.Muted, " to go on: ")}
	}
	room := max(8, w-frame.Width(left)-3)
	shown := text.Skip(f.text, text.Width(f.text)-room) // what was typed last is what is being typed
	return frame.Line(t, w, append(left, frame.P(role, shown), frame.P(theme.Accent, cursor)), nil, false)
}

func (d Dialog) buttons(t *theme.Theme, w int) string {
	cancel := d.Cancel
	switch {
	case d.Confirm == "":
		cancel = "Close"
	case cancel == "":
		cancel = "Cancel"
	}
	onCancel, onShow, no, yes, show := d.focus == 0, d.onShow(), theme.Button, theme.Button, theme.Button
	switch {
	case onCancel:
		no = theme.Focused
	case onShow:
		show = theme.Focused
	case d.Danger:
		yes = theme.Danger
	default:
		yes = theme.Focused
	}
	if !d.ready() {
		yes = theme.Faint
	}
	parts := []frame.Part{button(no, cancel, onCancel)}
	if d.Confirm != "" {
		parts = append(parts, frame.P(theme.Text, "  "), button(yes, d.Confirm, !onCancel && !onShow && d.ready()))
	}
	if d.Confirm != "" && d.Show != "" {
		if !d.possible() {
			show = theme.Faint
		}
		parts = append(parts, frame.P(theme.Text, "  "), button(show, d.Show, onShow))
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

package palette

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The box keeps its size while somebody types.
const (
	wide = 108
	high = 20
)

// Draw draws the palette in a box that fits a screen of w × h cells. How is how what is typed is used: "RUN [STAGE]".
func (v *View) Draw(t *theme.Theme, usage string, w, h int) []string {
	w, h = min(w, wide), min(h, high)
	inner, room := w-2, max(0, h-4)
	lines := []string{v.line(t, usage, inner), v.rule(t, inner)}
	v.first = frame.Window(v.first, v.chosen, v.chosen+1, len(v.found), room)
	names := v.names(inner)
	for i := v.first; i < min(len(v.found), v.first+room); i++ {
		lines = append(lines, row(t, v.found[i], names, inner, i == v.chosen))
	}
	if len(v.found) == 0 && room > 0 {
		lines = append(lines, frame.Line(t, inner, []frame.Part{frame.P(theme.Muted, "  "+v.nothing())}, nil, false))
	}
	box := frame.Box{Title: []frame.Part{frame.P(theme.Accent, "Commands")}, Border: theme.Accent, Bottom: hints(
		"tab", "complete", "↑↓", "choose", "enter", "do", "esc", "back")}
	if n := len(v.found); n > room {
		box.Right = []frame.Part{frame.P(theme.Muted, fmt.Sprintf("%s of %s", text.Count(max(1, v.chosen+1)), text.Count(n)))}
	}
	return box.Draw(t, w, h, lines)
}

func hints(pairs ...string) []frame.Part {
	var parts []frame.Part
	for pair := range slices.Chunk(pairs, 2) {
		if len(parts) > 0 {
			parts = append(parts, frame.P(theme.Faint, "  "))
		}
		parts = append(parts, frame.P(theme.Key, pair[0]), frame.P(theme.Faint, " "+pair[1]))
	}
	return parts
}

// line is what is typed, with its cursor, and how it is used.
func (v *View) line(t *theme.Theme, usage string, w int) string {
	parts := []frame.Part{
		frame.P(theme.Key, " : "), frame.P(theme.Strong, string(v.typed[:v.at])), frame.P(theme.Accent, t.Sign(theme.Cursor)),
		frame.P(theme.Strong, string(v.typed[v.at:])),
	}
	var right []frame.Part
	if usage != "" {
		right = []frame.Part{frame.P(theme.Muted, usage+" ")}
	}
	if over := frame.Width(parts) + frame.Width(right) + 1 - w; over > 0 { // the cursor stays in sight
		right = nil
		if over = frame.Width(parts) + 1 - w; over > 0 {
			parts[1].Text = text.Skip(parts[1].Text, min(over, text.Width(parts[1].Text)))
		}
	}
	return frame.Line(t, w, parts, right, false)
}

// rule parts the line from what may be typed; for a moment it says why nothing came of a key.
func (v *View) rule(t *theme.Theme, w int) string {
	if v.said != "" {
		return frame.Line(t, w, []frame.Part{frame.P(theme.Wait, "   "+text.Clean(v.said))}, nil, false)
	}
	return frame.Line(t, w, []frame.Part{frame.P(theme.Faint, "   "+text.Cut(v.wanted(), w-4))}, nil, false)
}

func (v *View) wanted() string {
	if v.offer.Asks == "" {
		return "what shall be done"
	}
	return v.offer.Asks
}

func (v *View) nothing() string {
	if len(v.offer.Items) == 0 {
		return ""
	}
	_, word := v.Words()
	return "nothing answers to \"" + word + "\""
}

// names is the width of the column of what is typed.
func (v *View) names(w int) int {
	widest := 0
	for _, h := range v.found {
		widest = max(widest, text.Width(h.item.Text)+text.Width(h.item.Usage)+1)
	}
	return min(widest, w/2)
}

func row(t *theme.Theme, h hit, names, w int, chosen bool) string {
	pointer, name, note := " ", theme.Text, frame.P(theme.Muted, h.item.Note)
	if chosen {
		pointer, name = t.Sign(theme.Pointer), theme.Strong
	}
	why := frame.Part{}
	if h.item.WhyNot != "" {
		name, note.Role, why = theme.Faint, theme.Faint, frame.P(theme.Wait, "not now: "+h.item.WhyNot)
		if h.item.Usage != "" || h.item.Note == "" { // what a command does is known by its name
			note, why = why, frame.Part{}
		} else {
			note.Text += "  "
		}
	}
	parts := append([]frame.Part{frame.P(theme.Accent, " "+pointer+" ")}, marked(h, name)...)
	used := frame.Width(parts) - 3
	usage := text.Cut(h.item.Usage, max(0, names-used-1))
	parts = append(parts, frame.P(theme.Faint, " "+usage), frame.P(theme.Text, text.Spaces(names-used-1-text.Width(usage)+2)), note, why)
	var right []frame.Part
	if h.item.Key != "" {
		right = []frame.Part{frame.P(theme.Key, h.item.Key+" ")}
	}
	return frame.Line(t, w, parts, right, chosen)
}

// marked is an item's text with the letters that were typed.
func marked(h hit, role theme.Role) []frame.Part {
	var parts []frame.Part
	for i, r := range []rune(h.item.Text) {
		as := role
		if slices.Contains(h.at, i) {
			as = theme.Accent
		}
		if n := len(parts); n > 0 && parts[n-1].Role == as {
			parts[n-1].Text += string(r)
			continue
		}
		parts = append(parts, frame.P(as, string(r)))
	}
	return parts
}

// Package frame draws rows and boxes that are exactly as wide and as high as they were asked to be.
package frame

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Part is a piece of a line with one meaning. Its text is clean: no escape sequences, no control characters.
type Part struct {
	Role theme.Role
	Text string
}

// P is a part.
func P(role theme.Role, text string) Part { return Part{Role: role, Text: text} }

// Line draws left-aligned and right-aligned parts in exactly w cells. When they do not fit, the left ones are cut
// first: what stands on the right is a number that would lie if it were cut.
func Line(t *theme.Theme, w int, left, right []Part, selected bool) string {
	if w <= 0 {
		return ""
	}
	room := w - width(right)
	if len(right) > 0 {
		room--
	}
	if room < 1 {
		left, right, room = append(append([]Part{}, left...), right...), nil, w
	}
	var b strings.Builder
	b.Grow(w + 24*(len(left)+len(right)))
	used := write(&b, t, left, room, selected)
	gap := w - used - width(right)
	if gap > 0 {
		b.WriteString(paint(t, theme.Text, text.Spaces(gap), selected))
	}
	write(&b, t, right, w, selected)
	return b.String()
}

func write(b *strings.Builder, t *theme.Theme, parts []Part, room int, selected bool) (used int) {
	for _, p := range parts {
		if used >= room {
			break
		}
		piece := text.Cut(p.Text, room-used)
		b.WriteString(paint(t, p.Role, piece, selected))
		used += text.Width(piece)
	}
	return used
}

func paint(t *theme.Theme, role theme.Role, s string, selected bool) string {
	if selected {
		return t.PaintSelected(role, s)
	}
	return t.Paint(role, s)
}

func width(parts []Part) int {
	n := 0
	for _, p := range parts {
		n += text.Width(p.Text)
	}
	return n
}

// Width is how many cells the parts take.
func Width(parts []Part) int { return width(parts) }

// Centred draws the parts in the middle of exactly w cells.
func Centred(t *theme.Theme, w int, parts []Part) string {
	margin := max(0, (w-width(parts))/2)
	return Line(t, w, append([]Part{P(theme.Text, text.Spaces(margin))}, parts...), nil, false)
}

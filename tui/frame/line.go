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

// painted is about how many bytes a part's colour takes.
const painted = 32

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
	b.Grow(w + painted*(len(left)+len(right)+1))
	brush := t.Brush(&b, selected)
	used := write(&brush, left, room)
	if gap := w - used - width(right); gap > 0 {
		brush.Paint(theme.Text, text.Spaces(gap))
	}
	write(&brush, right, w)
	brush.Lift()
	return b.String()
}

func write(brush *theme.Brush, parts []Part, room int) (used int) {
	for _, p := range parts {
		if used >= room {
			break
		}
		piece := text.Cut(p.Text, room-used)
		brush.Paint(p.Role, piece)
		used += text.Width(piece)
	}
	return used
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

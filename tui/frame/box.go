package frame

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Box is a bordered area with a title in its upper edge.
type Box struct {
	Title  []Part
	Right  []Part // in the upper edge, at its right end
	Bottom []Part // in the lower edge, at its right end
	Border theme.Role
	Drill  bool // drawn with a broken border
}

// Draw draws the box in exactly w × h cells around lines that are exactly w-2 wide. Lines that do not fit are left
// out, missing ones are blank.
func (b Box) Draw(t *theme.Theme, w, h int, lines []string) []string {
	if w < 2 || h < 2 {
		return Blank(w, h)
	}
	border := t.Border(b.Drill)
	out := make([]string, 0, h)
	out = append(out, b.edge(t, w, border.TopLeft, border.Top, border.TopRight, b.Title, b.Right))
	left, right := t.Paint(b.Border, border.Left), t.Paint(b.Border, border.Right)
	blank := text.Spaces(w - 2)
	for i := range h - 2 {
		line := blank
		if i < len(lines) {
			line = lines[i]
		}
		out = append(out, left+line+right)
	}
	return append(out, b.edge(t, w, border.BottomLeft, border.Bottom, border.BottomRight, nil, b.Bottom))
}

// edge draws an upper or lower edge: corner, title, rule, right title, corner.
func (b Box) edge(t *theme.Theme, w int, first, rule, last string, left, right []Part) string {
	inner := w - 2
	left, right = spaced(left), spaced(right)
	if Width(left)+Width(right)+1 > inner {
		right = nil
	}
	if len(left) > 0 && Width(left) > inner-1 {
		left = cut(left, inner-1)
	}
	rules := inner - Width(left) - Width(right)
	tail := 0
	if len(right) > 0 && rules > 1 {
		tail = 1
	}
	var s strings.Builder
	s.WriteString(t.Paint(b.Border, first))
	for _, p := range left {
		s.WriteString(t.Paint(p.Role, p.Text))
	}
	s.WriteString(t.Paint(b.Border, strings.Repeat(rule, max(0, rules-tail))))
	for _, p := range right {
		s.WriteString(t.Paint(p.Role, p.Text))
	}
	s.WriteString(t.Paint(b.Border, strings.Repeat(rule, tail)+last))
	return s.String()
}

func spaced(parts []Part) []Part {
	if width(parts) == 0 {
		return nil
	}
	out := append([]Part{P(theme.Text, " ")}, parts...)
	return append(out, P(theme.Text, " "))
}

func cut(parts []Part, w int) []Part {
	var out []Part
	for _, p := range parts {
		if p.Text = text.Cut(p.Text, w); p.Text == "" {
			break
		}
		out = append(out, p)
		w -= text.Width(p.Text)
	}
	return out
}

// Blank is h lines of w spaces.
func Blank(w, h int) []string {
	lines := make([]string, max(0, h))
	for i := range lines {
		lines[i] = text.Spaces(w)
	}
	return lines
}

// Beside puts blocks of the same height side by side.
func Beside(blocks ...[]string) []string {
	if len(blocks) == 0 {
		return nil
	}
	out := make([]string, len(blocks[0]))
	for i := range out {
		var b strings.Builder
		size := 0
		for _, block := range blocks {
			if i < len(block) {
				size += len(block[i])
			}
		}
		b.Grow(size)
		for _, block := range blocks {
			if i < len(block) {
				b.WriteString(block[i])
			}
		}
		out[i] = b.String()
	}
	return out
}

// Window keeps the cursor's lines on the screen: of total lines, h of which can be seen, it gives the first to show.
func Window(first, from, to, total, h int) int {
	first = min(first, max(0, from))
	if to > first+h {
		first = to - h
	}
	return max(0, min(first, total-h))
}

// LineWidth is how many cells a painted line takes.
func LineWidth(s string) int { return lipgloss.Width(s) }

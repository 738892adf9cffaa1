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
	return b.Edges(t, w).Around(w, h, lines, nil, nil)
}

// Edges are what a box puts around lines.
type Edges struct{ top, left, right, bottom string }

// Edges draws the edges of a box that is w cells wide.
func (b Box) Edges(t *theme.Theme, w int) Edges {
	border := t.Border(b.Drill)
	return Edges{
		top:  b.edge(t, w, border.TopLeft, border.Top, border.TopRight, b.Title, b.Right),
		left: t.Paint(b.Border, border.Left), right: t.Paint(b.Border, border.Right),
		bottom: b.edge(t, w, border.BottomLeft, border.Bottom, border.BottomRight, nil, b.Bottom),
	}
}

// SameSides tells whether lines look the same between the sides of both.
func (e Edges) SameSides(o Edges) bool { return e.left == o.left && e.right == o.right }

// Around draws the edges around lines in exactly w × h cells. What was drawn before around other lines, with the same
// sides, is taken over where the lines are the same; nil draws everything.
func (e Edges) Around(w, h int, lines, before, drawn []string) []string {
	out := make([]string, 0, h)
	out = append(out, e.top)
	blank := text.Spaces(w - 2)
	at := func(lines []string, i int) string {
		if i < len(lines) {
			return lines[i]
		}
		return blank
	}
	for i := range h - 2 {
		if line := at(lines, i); i+1 < len(drawn)-1 && line == at(before, i) {
			out = append(out, drawn[i+1])
		} else {
			out = append(out, e.left+line+e.right)
		}
	}
	return append(out, e.bottom)
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
	s.Grow(3*w + painted*(len(left)+len(right)+3))
	brush := t.Brush(&s, false)
	brush.Paint(b.Border, first)
	for _, p := range left {
		brush.Paint(p.Role, p.Text)
	}
	brush.Paint(b.Border, strings.Repeat(rule, max(0, rules-tail)))
	for _, p := range right {
		brush.Paint(p.Role, p.Text)
	}
	brush.Paint(b.Border, strings.Repeat(rule, tail))
	brush.Paint(b.Border, last)
	brush.Lift()
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
func Beside(blocks ...[]string) []string { return BesideAgain(blocks, nil, nil) }

// BesideAgain is Beside, which takes over what was drawn before of other blocks in the rows that are the same.
func BesideAgain(blocks, before [][]string, drawn []string) []string {
	if len(blocks) == 0 {
		return nil
	}
	out := make([]string, len(blocks[0]))
	for i := range out {
		if i < len(drawn) && sameRow(blocks, before, i) {
			out[i] = drawn[i]
			continue
		}
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

func sameRow(blocks, before [][]string, i int) bool {
	if len(blocks) != len(before) {
		return false
	}
	for n := range blocks {
		if i >= len(blocks[n]) || i >= len(before[n]) || blocks[n][i] != before[n][i] {
			return false
		}
	}
	return true
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

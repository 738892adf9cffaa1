package logview

import (
	"sort"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// longest is how much of a line is held, in bytes. Who wants to read more opens the pager.
const longest = 128 << 10

// held is a line that has been read and made ready to be drawn.
type held struct {
	n      int
	at     time.Time
	step   string
	styled text.Styled
	cut    bool // there is more of it
	role   theme.Role

	starts []int // where its rows begin when it is wrapped…
	width  int   // …at this many cells
}

// ready makes a line ready. It looks at every byte of a line, which may be a megabyte, and belongs in the background.
func ready(n int, line engine.LogLine) held {
	styled, cut := text.Render(line.Text, longest)
	h := held{n: n, at: line.At, step: text.Clean(line.Step), styled: styled, cut: cut, role: meaning(styled.Text)}
	if line.Step == "" && h.role == theme.Text {
		h.role = theme.Muted
	}
	return h
}

// wrapped is where the line's rows begin when each has so many cells; at least one.
func (h *held) wrapped(cells int) []int {
	if h.width == cells && h.starts != nil {
		return h.starts
	}
	h.width, h.starts = cells, append(h.starts[:0], 0)
	if s := h.styled.Text; text.Plain(s) {
		for at := cells; at < len(s); at += cells {
			h.starts = append(h.starts, at)
		}
		return h.starts
	}
	used := 0
	for i, r := range h.styled.Text {
		c := text.Cells(r)
		if used+c > cells && used > 0 {
			h.starts, used = append(h.starts, i), 0
		}
		used += c
	}
	return h.starts
}

// row is where a row of the wrapped line begins and ends.
func (h *held) row(i, cells int) (from, to int) {
	starts := h.wrapped(cells)
	i = max(0, min(i, len(starts)-1))
	if i+1 < len(starts) {
		return starts[i], starts[i+1]
	}
	return starts[i], len(h.styled.Text)
}

// part is where the cells from a place on begin and end, and how many blanks stand for a character that is cut in two
// there.
func (h *held) part(left, cells int) (from, to, blanks int) {
	s := h.styled.Text
	if text.Plain(s) {
		from = min(left, len(s))
		return from, min(from+cells, len(s)), 0
	}
	used := 0
	from, to = len(s), len(s)
	for i, r := range s {
		if used >= left && from == len(s) {
			from, blanks = i, used-left
		}
		used += text.Cells(r)
		if used > left+cells {
			return min(from, i), i, blanks
		}
	}
	return from, to, blanks
}

// holding is a line if it has been read; nil when it has not.
func (v *View) holding(line int) *held {
	i := sort.Search(len(v.held), func(i int) bool { return v.held[i].n >= line })
	if i < len(v.held) && v.held[i].n == line {
		return &v.held[i]
	}
	return nil
}

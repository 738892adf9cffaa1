package logview

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gantry-cd/gantry/engine/terminal"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	stepCells = 12 // the step's name is cut to this
	minText   = 24 // below so many cells for the text, time and step are left out
)

// timeCells is how wide the times are.
var timeCells = [manyTimes]int{Clock: 8, Millis: 12, Since: 9}

// measure finds out how wide the steps' names are; 0 when every line is of the same step, which then need not be said.
func (v *View) measure() {
	widest, several := 0, false
	for i := range v.held {
		widest = max(widest, min(stepCells, text.Width(v.held[i].step)))
		several = several || v.held[i].step != v.held[0].step
	}
	if v.steps = 0; several {
		v.steps = widest
	}
}

// margin is how many cells stand before the text.
func (v *View) margin() int {
	if v.w < minText+timeCells[v.times]+stepCells {
		return 1
	}
	n := 1
	if v.times != Off {
		n += timeCells[v.times] + 2
	}
	if v.steps > 0 {
		n += v.steps + 2
	}
	return n
}

// room is how many cells there are for the text.
func (v *View) room() int { return max(1, v.w-v.margin()) }

// row draws one row, exactly as wide as the view.
func (v *View) row(s spot) string {
	h := v.holding(s.line)
	if h == nil || v.w < 2 {
		return text.Spaces(v.w)
	}
	row := s.row
	if gap := v.gap(s.line); gap > 0 {
		if row == 0 {
			return v.omission(gap)
		}
		row--
	}
	selected := v.selected(s.line)
	var b strings.Builder
	b.Grow(2*v.w + 64)
	brush := v.theme.Brush(&b, selected)
	v.drawMargin(&brush, h, row == 0, selected)
	v.drawText(&brush, h, row)
	brush.Lift()
	return b.String()
}

// omission is the row that stands for lines that the filter has left out.
func (v *View) omission(lines int) string {
	gap := strings.Repeat(v.theme.Sign(theme.Gap), 3)
	return frame.Line(v.theme, v.w, []frame.Part{frame.P(theme.Faint, " "+gap+" "+text.Many(lines, "line")+" "+gap)}, nil, false)
}

func (v *View) drawMargin(brush *theme.Brush, h *held, first, selected bool) {
	if selected {
		brush.Paint(theme.Accent, v.theme.Sign(theme.Pointer))
	} else {
		brush.Paint(theme.Text, " ")
	}
	margin := v.margin()
	switch {
	case margin == 1:
	case !first:
		brush.Paint(theme.Text, text.Spaces(margin-1))
	default:
		if v.times != Off {
			brush.Paint(theme.Faint, text.PadLeft(v.dated(h.at), timeCells[v.times])+"  ")
		}
		if v.steps > 0 {
			brush.Paint(theme.Muted, text.Pad(h.step, v.steps)+"  ")
		}
	}
}

func (v *View) dated(at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case v.times == Clock:
		return at.Local().Format("15:04:05")
	case v.times == Millis:
		return at.Local().Format("15:04:05.000")
	}
	since := at.Sub(v.began)
	if since >= 100*time.Minute {
		return fmt.Sprintf("+%dh%02dm", int(since.Hours()), int(since.Minutes())%60)
	}
	return fmt.Sprintf("+%dm%04.1fs", int(since.Minutes()), (since % time.Minute).Truncate(100*time.Millisecond).Seconds())
}

// drawText draws what a row shows of a line, filled up with blanks.
func (v *View) drawText(brush *theme.Brush, h *held, row int) {
	room := v.room()
	tail := ""
	from, to, used := h.part(v.left, room)
	switch {
	case v.wrap:
		from, to = h.row(row, room)
		used = 0
		if to == len(h.styled.Text) && h.cut {
			tail = " … and more"
		}
	case to < len(h.styled.Text) || h.cut:
		from, to, used = h.part(v.left, room-1)
		tail = text.Tail
	}
	brush.Paint(theme.Text, text.Spaces(used))
	for _, piece := range v.pieces(h, from, to) {
		s := text.Cut(piece.text, room-used)
		if piece.match {
			brush.Paint(theme.Match, s)
		} else {
			brush.PaintAs(piece.style, h.role, s)
		}
		used += text.Width(s)
	}
	tail = text.Cut(tail, room-used)
	brush.Paint(theme.Faint, tail)
	brush.Paint(theme.Text, text.Spaces(room-used-text.Width(tail)))
}

// piece is a part of a row that looks the same from its beginning to its end.
type piece struct {
	text  string
	style terminal.Style
	match bool
}

// pieces cuts a part of a line where its look changes, and where a match begins and ends.
func (v *View) pieces(h *held, from, to int) (all []piece) {
	marks := v.marks(h.styled.Text, from, to)
	run := sort.Search(len(h.styled.Runs), func(i int) bool { return h.styled.Runs[i].End > from })
	for at := from; at < to; {
		p, end := piece{}, to
		if run < len(h.styled.Runs) {
			p.style, end = h.styled.Runs[run].Style, min(end, h.styled.Runs[run].End)
		}
		for len(marks) > 0 && marks[0][1] <= at {
			marks = marks[1:]
		}
		if len(marks) > 0 {
			if p.match = marks[0][0] <= at; p.match {
				end = min(end, marks[0][1])
			} else {
				end = min(end, marks[0][0])
			}
		}
		p.text = h.styled.Text[at:end]
		all = append(all, p)
		if at = end; run < len(h.styled.Runs) && at >= h.styled.Runs[run].End {
			run++
		}
	}
	return all
}

// marks is where matches of the search and the filter begin and end near a part of a line, in order.
func (v *View) marks(s string, from, to int) (all [][2]int) {
	for _, f := range []*finder{v.search, v.filter} {
		if f == nil {
			continue
		}
		reach := 4 * len(f.shown) // a match may have begun before the part
		lo, hi := max(0, from-reach), min(len(s), to+reach)
		for lo > 0 && !utf8.RuneStart(s[lo]) {
			lo--
		}
		for lo < hi {
			at, length := f.match.Index(s[lo:hi])
			if at < 0 {
				break
			}
			all = append(all, [2]int{lo + at, lo + at + length})
			lo += at + length
		}
	}
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	return all
}

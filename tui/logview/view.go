// Package logview shows a log of any length: it asks the log's store for the rows on the screen and nothing else, and
// draws no control sequence that a log may hold. It does no I/O: Want says what to read, Take brings it.
package logview

import (
	"time"

	"github.com/gantry-cd/gantry/tui/theme"
)

// View is one log on the screen. Its zero value shows none; make one with New.
type View struct {
	theme *theme.Theme
	w, h  int // of the rows inside the border

	title  Title
	source int // which log is shown: pages of another one are late and dropped
	open   bool
	why    string // why no log is shown, or what went wrong while reading it

	total  int       // lines in the log, as far as is known
	began  time.Time // of its first line
	held   []held    // the lines held, in order: those on the screen and a page around them
	steps  int       // how wide the names of their steps are; 0 when there is only one
	top    spot      // where the screen begins; while following it is the end that counts
	left   int       // cells scrolled sideways
	follow bool
	wrap   bool
	times  Times
	seen   int // how many lines there were when following ended…
	reads  bool
	stale  bool // the log has grown, or other lines are needed
	scans  bool
	halted bool // a search came no further: it goes on when the log has grown

	mark      int // the line that the cursor is on: a match, an error, an end of the selection; below 0 none
	selecting bool
	anchor    int // where the selection began

	search, filter, errors *finder  // nil: there is none
	finds                  **finder // the one that was moved last
	context                int      // lines that a filter shows around what matches
	seenHits               int      // …and how many of them the filter let through

	unended string // what is shown of a line that has no end yet

	drawn []string // as drawn last; nil after every change
}

// Title says which log this is.
type Title struct {
	Name    string // "qa/e2e"
	Attempt int
	Live    bool // it may still grow
	Focused bool // the keys move it
	Drill   bool
	Cause   int    // the line that explains how the attempt ended, from 1; 0 unknown
	Keys    string // the keys that are worth saying at its edge: "/ search  & filter"
}

// Times is how the lines are dated.
type Times int

// How lines are dated.
const (
	Clock  Times = iota // 12:04:31
	Millis              // 12:04:31.084
	Since               // +1m04.2s, since the log's first line
	Off
	manyTimes
)

// usualContext is how many lines a filter shows around what matches until somebody wants more or fewer.
const usualContext = 1

// New makes a view that shows nothing yet.
func New(t *theme.Theme) *View { return &View{theme: t, follow: true, mark: -1, context: usualContext} }

// Show turns to another log. A log that is not there is explained by why.
func (v *View) Show(title Title, open bool, why string) {
	*v = View{
		theme: v.theme, w: v.w, h: v.h, source: v.source + 1, title: title, open: open, why: why, follow: true, mark: -1,
		wrap: v.wrap, times: v.times, context: v.context, stale: open,
	}
}

// Source numbers the log that is shown now.
func (v *View) Source() int { return v.source }

// Retitle changes what stands above the log.
func (v *View) Retitle(t Title) {
	if v.title != t {
		v.title, v.drawn = t, nil
	}
}

// Opens is what there is of a line that has no end yet: it is shown below the others while these are followed.
func (v *View) Opens(line string) {
	if v.unended != line {
		v.unended, v.drawn = line, nil
	}
}

// Grown tells the view that the log may have more lines now.
func (v *View) Grown() { v.stale, v.halted = v.stale || v.open, false }

// Resize sets the size of the whole view, its border included.
func (v *View) Resize(w, h int) {
	w, h = max(0, w-2), max(0, h-2)
	if w == v.w && h == v.h {
		return
	}
	blind := v.h <= 0
	marked := v.mark >= 0 && !v.follow && (blind || v.visible(v.mark))
	v.w, v.h = w, h
	v.stale = v.stale || v.open
	v.top.row = 0 // it was a row of other lengths
	if marked && blind {
		v.amid(v.mark)
	}
	if marked {
		v.goTo(v.mark) // it stays on the screen
	}
	v.settle()
}

// Lines is how many lines the log has, as far as is known.
func (v *View) Lines() int { return v.total }

// Following tells whether the newest lines are shown as they come.
func (v *View) Following() bool { return v.follow }

// Top is the first line on the screen.
func (v *View) Top() int {
	if v.follow {
		return v.lowest().line
	}
	return v.top.line
}

// Scroll moves by n rows; to the bottom it follows again. While lines are selected, their end moves.
func (v *View) Scroll(n int) {
	switch {
	case !v.open || n == 0:
	case v.selecting:
		v.extend(n)
	default:
		v.leaveBottom()
		v.top = v.move(v.top, n)
		if n > 0 && !v.top.before(v.lowest()) {
			v.Bottom()
		}
		v.settle()
	}
}

// Page moves by n screens.
func (v *View) Page(n int) { v.Scroll(n * max(1, v.h-1)) }

// ToTop shows the first line.
func (v *View) ToTop() {
	if v.leaveBottom(); v.selecting {
		v.mark = max(0, v.next(0))
	}
	v.top, v.left = spot{line: max(0, v.next(0))}, 0
	v.settle()
}

// Bottom shows the newest line and follows; while lines are selected, it only selects up to there.
func (v *View) Bottom() {
	if v.selecting {
		if last := v.last(); last >= 0 {
			v.goTo(last)
		}
		return
	}
	v.follow, v.mark = true, -1
	v.settle()
}

// Sideways moves by n cells where lines are not wrapped.
func (v *View) Sideways(n int) {
	if !v.wrap {
		v.left = max(0, min(v.left+n, longest))
		v.drawn = nil
	}
}

// ToggleWrap wraps long lines, or cuts them.
func (v *View) ToggleWrap() {
	v.wrap, v.left, v.top.row = !v.wrap, 0, 0
	v.settle()
}

// TurnTimes dates the lines in the next way, and says which.
func (v *View) TurnTimes() Times {
	v.times = (v.times + 1) % manyTimes
	v.settle()
	return v.times
}

// Reveal shows a line, counted from 0, with what stands around it. A filter that would hide it is gone then.
func (v *View) Reveal(line int) {
	if v.filter != nil {
		v.filter = nil
	}
	v.goTo(line)
}

// Moved tells whether somebody reads elsewhere than at the end, or is after something there.
func (v *View) Moved() bool {
	return !v.follow || v.selecting || v.search != nil || v.filter != nil || v.errors != nil
}

// goTo puts the mark on a line, a third down the screen unless it is on it already. How long the log is need not be known
// yet.
func (v *View) goTo(line int) {
	v.leaveBottom()
	v.mark = line
	if !v.visible(line) {
		v.amid(line)
	}
	v.settle()
}

// amid puts a line a third down the screen.
func (v *View) amid(line int) {
	if line >= v.total {
		v.top = spot{line: max(0, line-v.h/3)}
		return
	}
	v.top = v.move(spot{line: line}, -(v.h / 3))
}

func (v *View) visible(line int) bool {
	for _, s := range v.onScreen() {
		if s.line == line {
			return true
		}
	}
	return false
}

// leaveBottom ends following and starts counting what is new.
func (v *View) leaveBottom() {
	if v.follow {
		v.top = v.lowest()
		v.follow, v.seen, v.seenHits = false, v.total, 0
		if v.filter != nil {
			v.seenHits = v.filter.set.size
		}
	}
}

// settle keeps the top of the screen inside what is shown, and asks for the lines that are missing.
func (v *View) settle() {
	v.drawn = nil
	if last := v.last(); !v.follow && last >= 0 {
		if next := v.next(v.top.line); next >= 0 && next != v.top.line {
			v.top = spot{line: next}
		} else if next < 0 && (v.filter == nil || v.filter.set.whole(min(v.top.line, last), v.total-1)) {
			v.top = spot{line: last}
		}
		if lowest := v.lowest(); v.shows(v.top.line) && lowest.before(v.top) && (!v.wrap || v.holding(last) != nil) {
			v.top = lowest
		}
	}
	if v.open && !v.holds() {
		v.stale = true
	}
}

// holds tells whether the lines on the screen have been read.
func (v *View) holds() bool {
	for _, s := range v.onScreen() {
		if v.holding(s.line) == nil {
			return false
		}
	}
	return true
}

// Package logview shows a log of any length: it asks the log's store for the rows on the screen and nothing else, and
// draws no control sequence that a log may hold. It does no I/O: Want says what to read, Take brings it.
package logview

import (
	"github.com/gantry-cd/gantry/engine"
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

	total  int              // lines in the log, as far as is known
	from   int              // the first line held
	lines  []engine.LogLine // the lines held: those on the screen and a page around them
	top    int              // the first line on the screen
	left   int              // cells scrolled sideways
	follow bool
	wrap   bool
	seen   int // how many lines there were when following ended
	reads  bool
	stale  bool // the log has grown, or other lines are needed

	search search
	drawn  []string // as drawn last; nil after every change
}

// Title says which log this is.
type Title struct {
	Name    string // "qa/e2e"
	Attempt int
	Live    bool // it may still grow
	Focused bool // the keys move it
	Drill   bool
}

// New makes a view that shows nothing yet.
func New(t *theme.Theme) *View { return &View{theme: t, follow: true} }

// Show turns to another log. A log that is not there is explained by why.
func (v *View) Show(title Title, open bool, why string) {
	wrap := v.wrap
	*v = View{theme: v.theme, w: v.w, h: v.h, source: v.source + 1, title: title, open: open, why: why, follow: true, wrap: wrap, stale: open}
}

// Source numbers the log that is shown now.
func (v *View) Source() int { return v.source }

// Retitle changes what stands above the log.
func (v *View) Retitle(t Title) {
	if v.title != t {
		v.title, v.drawn = t, nil
	}
}

// Grown tells the view that the log may have more lines now.
func (v *View) Grown() { v.stale = v.stale || v.open }

// Resize sets the size of the whole view, its border included.
func (v *View) Resize(w, h int) {
	w, h = max(0, w-2), max(0, h-2)
	if w == v.w && h == v.h {
		return
	}
	v.w, v.h, v.drawn = w, h, nil
	v.stale = v.stale || v.open
	v.clamp()
}

// Lines is how many lines the log has, as far as is known.
func (v *View) Lines() int { return v.total }

// Following tells whether the newest lines are shown as they come.
func (v *View) Following() bool { return v.follow }

// Top is the first line on the screen.
func (v *View) Top() int { return v.top }

// Scroll moves by n lines; to the bottom it follows again.
func (v *View) Scroll(n int) {
	if !v.open || n == 0 {
		return
	}
	v.leaveBottom()
	v.top += n
	v.clamp()
	if n > 0 && v.reachesEnd() {
		v.Bottom()
	}
}

// Page moves by n screens.
func (v *View) Page(n int) { v.Scroll(n * max(1, v.h-1)) }

// ToTop shows the first line.
func (v *View) ToTop() {
	v.leaveBottom()
	v.top, v.left = 0, 0
	v.clamp()
}

// Bottom shows the newest line and follows.
func (v *View) Bottom() {
	v.follow, v.search.at = true, -1
	v.top = max(0, v.total-v.h)
	v.changed()
}

// Sideways moves by n cells where lines are not wrapped.
func (v *View) Sideways(n int) {
	if !v.wrap {
		v.left = max(0, v.left+n)
		v.drawn = nil
	}
}

// ToggleWrap wraps long lines, or cuts them.
func (v *View) ToggleWrap() {
	v.wrap, v.left = !v.wrap, 0
	v.changed()
}

// Reveal shows a line, counted from 0, with what stands around it.
func (v *View) Reveal(line int) {
	v.leaveBottom()
	v.top = line - v.h/3
	v.search.at = line
	v.clamp()
}

// leaveBottom ends following and starts counting what is new.
func (v *View) leaveBottom() {
	if v.follow {
		v.follow, v.seen = false, v.total
		v.top = max(0, v.total-v.shownAtEnd())
	}
}

// clamp keeps the first line inside the log.
func (v *View) clamp() {
	last := v.total - v.h
	if v.wrap {
		last = v.total - 1
	}
	v.top = max(0, min(v.top, last))
	v.changed()
}

func (v *View) changed() {
	v.drawn = nil
	if v.open && !v.holds() {
		v.stale = true
	}
}

// holds tells whether the lines on the screen are there.
func (v *View) holds() bool {
	if v.follow {
		return v.from+len(v.lines) == v.total && v.from <= max(0, v.total-v.h)
	}
	return v.from <= v.top && v.from+len(v.lines) >= min(v.total, v.top+v.h)
}

// reachesEnd tells whether the last line is on the screen.
func (v *View) reachesEnd() bool {
	if !v.wrap {
		return v.top+v.h >= v.total
	}
	return v.top >= v.total-v.shownAtEnd()
}

// shownAtEnd is how many of the last lines fill the screen.
func (v *View) shownAtEnd() int {
	if !v.wrap {
		return v.h
	}
	rows, n := 0, 0
	for i := len(v.lines) - 1; i >= 0 && rows < v.h; i-- {
		rows += len(v.rows(v.lines[i], v.h))
		n++
	}
	return max(1, n)
}

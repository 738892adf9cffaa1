package logview

// ToggleSelect begins to select lines, at the mark, or ends that.
func (v *View) ToggleSelect() {
	v.drawn = nil
	if v.selecting {
		v.selecting = false
		return
	}
	if line := v.current(); line >= 0 {
		v.leaveBottom()
		v.selecting, v.anchor, v.mark = true, line, line
	}
}

// Selecting tells whether lines are being selected.
func (v *View) Selecting() bool { return v.selecting }

// current is the line that is meant when nothing is selected: the marked one, else the newest one while following, else
// the first one on the screen. Below 0 there is none.
func (v *View) current() int {
	switch {
	case v.mark >= 0 && v.mark < v.total:
		return v.mark
	case v.follow:
		return v.last()
	case v.shows(v.top.line):
		return v.top.line
	}
	return -1
}

// extend moves the end of the selection by n lines and keeps it on the screen.
func (v *View) extend(n int) {
	for ; n > 0; n-- {
		if next := v.next(v.mark + 1); next >= 0 {
			v.mark = next
		}
	}
	for ; n < 0; n++ {
		if before := v.prev(v.mark - 1); before >= 0 {
			v.mark = before
		}
	}
	for range v.h {
		spots := v.onScreen()
		if len(spots) == 0 || v.mark >= spots[0].line && v.mark <= spots[len(spots)-1].line {
			break
		}
		by := 1
		if v.mark < spots[0].line {
			by = -1
		}
		v.top = v.move(v.top, by)
	}
	if !v.visible(v.mark) {
		v.top = spot{line: v.mark}
	}
	v.settle()
}

// selected tells whether a line is in the selection, or is the marked one.
func (v *View) selected(line int) bool {
	if !v.selecting {
		return line == v.mark && !v.follow
	}
	return line >= min(v.anchor, v.mark) && line <= max(v.anchor, v.mark)
}

// Selected is what is meant to be copied: the selection, or the current line. found is false when there is no line.
func (v *View) Selected() (p Part, found bool) {
	line := v.current()
	if line < 0 {
		return Part{}, false
	}
	p = v.All()
	p.From, p.To = line, line+1
	if v.selecting {
		p.From, p.To = min(v.anchor, v.mark), max(v.anchor, v.mark)+1
	}
	return p, true
}

// All is the whole log as far as the filter shows it.
func (v *View) All() Part {
	p := Part{To: -1, Context: v.context}
	if v.filter != nil {
		p.Filter = v.filter.shown
	}
	return p
}

// First is the first line on the screen, counted from 1, among those that All gives; 1 where that is not known.
func (v *View) First() int {
	if v.filter != nil {
		return 1
	}
	return v.Top() + 1
}

package logview

// spot is a row of a line: the line above which the filter has left something out begins with a row that says so, and a
// wrapped line has many.
type spot struct{ line, row int }

func (s spot) before(o spot) bool { return s.line < o.line || s.line == o.line && s.row < o.row }

// shows tells whether the filter lets a line through: it matches, or stands close to one that does.
func (v *View) shows(line int) bool {
	return line >= 0 && line < v.total && (v.filter == nil || v.next(line) == line)
}

// next is the first line to be shown from a line on; below 0 there is none.
func (v *View) next(line int) int {
	if line = max(0, line); v.filter != nil {
		hit := v.filter.set.next(line - v.context)
		if hit < 0 {
			return -1
		}
		line = max(line, hit-v.context)
	}
	if line >= v.total {
		return -1
	}
	return line
}

// prev is the last line to be shown up to a line; below 0 there is none.
func (v *View) prev(line int) int {
	if line = min(line, v.total-1); line < 0 || v.filter == nil {
		return max(-1, line)
	}
	hit := v.filter.set.prev(line + v.context)
	if hit < 0 {
		return -1
	}
	return min(line, hit+v.context)
}

// last is the last line to be shown; below 0 none is.
func (v *View) last() int { return v.prev(v.total - 1) }

// gap is how many lines the filter has left out above a line, if that is to be said.
func (v *View) gap(line int) int {
	if v.filter == nil || v.context == 0 {
		return 0
	}
	before := v.prev(line - 1)
	if before < 0 {
		return 0
	}
	return line - 1 - before
}

// rows is how many rows a line takes. One that has not been read takes one, as far as anybody knows.
func (v *View) rows(line int) int {
	if v.filter == nil && !v.wrap {
		return 1
	}
	n := 1
	if h := v.holding(line); h != nil && v.wrap {
		n = len(h.wrapped(v.room()))
	}
	if v.gap(line) > 0 {
		n++
	}
	return n
}

// move is the spot so many rows further down, or up; it ends at the ends of the log.
func (v *View) move(from spot, by int) spot {
	if v.filter == nil && !v.wrap {
		return spot{line: max(0, min(from.line+by, v.total-1))}
	}
	for ; by > 0; by-- {
		if from.row+1 < v.rows(from.line) {
			from.row++
		} else if next := v.next(from.line + 1); next >= 0 {
			from = spot{line: next}
		}
	}
	for ; by < 0; by++ {
		if from.row > 0 {
			from.row--
		} else if before := v.prev(from.line - 1); before >= 0 {
			from = spot{before, v.rows(before) - 1}
		}
	}
	return from
}

// lowest is where the screen begins when it shows the end of the log.
func (v *View) lowest() spot {
	last := v.last()
	if last < 0 {
		return spot{}
	}
	return v.move(spot{last, v.rows(last) - 1}, 1-max(1, v.h))
}

// onScreen is the spots that the screen shows, from its top down.
func (v *View) onScreen() []spot {
	at := v.top
	if v.follow {
		at = v.lowest()
	}
	if !v.shows(at.line) {
		return nil
	}
	spots := make([]spot, 0, v.h)
	rows := v.rows(at.line)
	for len(spots) < v.h {
		if at.row < rows {
			spots = append(spots, at)
			at.row++
			continue
		}
		next := v.next(at.line + 1)
		if next < 0 {
			break
		}
		at, rows = spot{line: next}, v.rows(next)
	}
	return spots
}

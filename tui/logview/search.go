package logview

import (
	"github.com/gantry-cd/gantry/engine/terminal"
)

// MostContext is how many lines around a match a filter shows at most.
const MostContext = 50

// Find searches for a text, whatever its case, and goes to the first line that shows it, from the top of the screen on;
// while following, to the newest one.
func (v *View) Find(query string) {
	v.search, v.drawn = nil, nil
	if v.finds == &v.search {
		v.finds = nil
	}
	if query != "" && v.open {
		v.search = v.finder(query)
		v.search.seek, v.search.from = 1, v.Top()
		if v.follow {
			v.search.seek, v.search.from = -1, v.last()
		}
		v.finds = &v.search
		v.jump()
	}
}

func (v *View) finder(query string) *finder {
	f := &finder{shown: query, texts: []string{query}, match: terminal.NewMatcher(query), near: v.Top(), onwards: 1}
	if v.follow {
		f.onwards = -1
	}
	return f
}

// Searching is what is searched for.
func (v *View) Searching() string {
	if v.search == nil {
		return ""
	}
	return v.search.shown
}

// Next goes to the next match, or to the previous one with -1. It goes round at the ends.
func (v *View) Next(direction int) { v.step(&v.search, direction) }

// NextError goes to the next line that tells of an error, or to the previous one with -1.
func (v *View) NextError(direction int) {
	if !v.open {
		return
	}
	if v.errors == nil {
		v.errors = &finder{shown: "errors", texts: errorWords, judges: true, near: v.Top(), onwards: direction}
	}
	v.step(&v.errors, direction)
}

func (v *View) step(of **finder, direction int) {
	f := *of
	if f == nil || !v.open {
		return
	}
	v.finds, f.seek = of, direction
	switch {
	case v.mark >= 0:
		f.from = v.mark + direction
	case direction > 0:
		f.from = v.Top()
	default:
		f.from = v.last()
	}
	v.jump()
}

// jump carries out pending moves whose ends are known by now.
func (v *View) jump() {
	for _, f := range []*finder{v.search, v.errors} {
		if f == nil || f.seek == 0 || v.filter != nil && v.filter.set.known < v.total {
			continue // what the filter hides is not gone to
		}
		line, known := f.sought(v.total, v.shows)
		if !known {
			continue
		}
		if f.seek = 0; line >= 0 {
			v.goTo(line)
		}
	}
	v.drawn = nil
}

// Counter is where the search stands, or the way through the errors, whichever was moved last.
func (v *View) Counter() string {
	if v.finds == nil || *v.finds == nil {
		return ""
	}
	return (*v.finds).counter(v.mark, v.total)
}

// Filter shows only the lines that show a text, with some lines around them; "" shows all again. What was on the screen
// stays there as far as it is shown.
func (v *View) Filter(query string) {
	if query == v.Filtering() {
		return
	}
	v.filter, v.drawn = nil, nil
	if query != "" && v.open {
		v.filter = v.finder(query)
		if v.mark >= 0 {
			v.filter.near = v.mark
		}
	}
	v.seenHits = 0
	v.top.row = 0
	if v.filter == nil && v.mark >= 0 && !v.follow {
		v.goTo(v.mark)
	}
	v.settle()
}

// Filtering is what the shown lines are filtered by.
func (v *View) Filtering() string {
	if v.filter == nil {
		return ""
	}
	return v.filter.shown
}

// Around shows so many more lines around each match of the filter, or fewer.
func (v *View) Around(more int) {
	v.context = max(0, min(v.context+more, MostContext))
	v.settle()
}

// found takes what a search of a part of the log has found.
func (v *View) found(s *scan, next int, hits []int) {
	for _, f := range []*finder{v.search, v.filter, v.errors} {
		if f != nil && f == s.of {
			f.set.add(s.from, next, hits)
		}
	}
	v.jump()
	v.settle()
}

// forget looks for everything anew: the log is shorter than it was, as a replay's is that goes back.
func (v *View) forget() {
	for _, f := range []*finder{v.search, v.filter, v.errors} {
		if f != nil {
			f.set = lineSet{}
		}
	}
}

// scan is what is to be searched next: first what somebody waits for, and what a filter hides before anything.
func (v *View) scan() *scan {
	for _, waited := range []bool{true, false} {
		for _, f := range []*finder{v.filter, v.search, v.errors} {
			if f == nil || waited && f.seek == 0 && f != v.filter {
				continue
			}
			if s := f.scan(v.total); s != nil {
				return s
			}
		}
	}
	return nil
}

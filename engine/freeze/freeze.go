// Package freeze says when the calendar shuts an environment: by which window, since when and until when. It knows
// calendars and time zones, and nothing of what it shuts.
package freeze

import (
	"slices"
	"time"
	_ "time/tzdata" // the zones' clocks are the same on a machine that has none of them
)

// Window is a time in which nothing enters some environments. It may come back.
type Window struct {
	Name         string
	Environments []string // where it counts; empty: in every one
	Reason       string
	Start        time.Time     // when it begins, or from when on its Rule counts; the clock of its location is the one that counts
	Length       time.Duration // how long it lasts on that clock, also in a night when the clock is changed
	Rule         Rule          // how it comes back; its zero value: never
}

// Shut is a frozen environment.
type Shut struct {
	Name   string // of the window: of several at once, the one that ends last
	Reason string
	Since  time.Time // the beginning of all windows that follow on each other without a gap…
	Until  time.Time // …and their end, or a year or more ahead when there is none before
}

// How far At looks to both sides of now for where a freeze begins and ends: no further than it must.
var horizons = []time.Duration{0, 7 * day, 60 * day, 400 * day}

const day = 24 * time.Hour

// At tells whether some window shuts an environment now. Windows that overlap or touch each other count as one: any of
// them is enough to keep it shut.
func At(windows []Window, environment string, now time.Time) (Shut, bool) {
	var counting []Window
	for _, w := range windows {
		if len(w.Environments) == 0 || slices.Contains(w.Environments, environment) {
			counting = append(counting, w)
		}
	}
	var shut Shut
	for _, horizon := range horizons {
		from, to := now.Add(-horizon), now.Add(horizon)
		var all []span
		for _, w := range counting {
			all = w.spans(all, from, to)
		}
		var frozen bool
		if shut, frozen = around(all, now); !frozen {
			return Shut{}, false
		}
		if shut.Since.After(from) && shut.Until.Before(to) {
			break
		}
	}
	return shut, true
}

// span is one occurrence of a window: from its start up to, and without, its end.
type span struct {
	start, end   time.Time
	name, reason string
}

func (s span) covers(t time.Time) bool { return !t.Before(s.start) && t.Before(s.end) }

// around joins the spans that follow on each other without a gap, and finds the one that covers now.
func around(all []span, now time.Time) (Shut, bool) {
	slices.SortStableFunc(all, func(a, b span) int { return a.start.Compare(b.start) })
	var joined, longest span
	for _, s := range all {
		if s.start.After(joined.end) {
			if joined.covers(now) {
				break
			}
			joined = s
		}
		if s.end.After(joined.end) {
			joined.end = s.end
		}
		if s.covers(now) && s.end.After(longest.end) {
			longest = s
		}
	}
	if !joined.covers(now) {
		return Shut{}, false
	}
	return Shut{Name: longest.name, Reason: longest.reason, Since: joined.start, Until: joined.end}, true
}

// spans adds the window's occurrences that touch a stretch of time. They are reckoned on the clock on the wall, and only
// then become moments: so a window that ends on Monday at 8 does so also when the clock was changed on Sunday.
func (w Window) spans(all []span, from, to time.Time) []span {
	zone := w.Start.Location()
	add := func(start time.Time) {
		s := span{start: earliest(start, zone), end: latest(start.Add(w.Length), zone), name: w.Name, reason: w.Reason}
		if s.start.Before(s.end) && !s.end.Before(from) && !s.start.After(to) {
			all = append(all, s)
		}
	}
	if w.Rule.IsZero() {
		add(onTheWall(w.Start))
		return all
	}
	// A clock on the wall is never changed by more than a day.
	first, last := onTheWall(from.In(zone)).Add(-w.Length-day), onTheWall(to.In(zone)).Add(day)
	for start := range w.Rule.from(onTheWall(w.Start), first) {
		if start.After(last) {
			break
		}
		add(start)
	}
	return all
}

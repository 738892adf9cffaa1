package freeze

import "time"

// onTheWall is what the clock of a moment's location shows, as if there were no zones.
func onTheWall(t time.Time) time.Time {
	year, month, date := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, date, hour, minute, second, t.Nanosecond(), time.UTC)
}

// earliest is the first moment at which the zone's clock shows a time. Where the clock jumps over it, it is the jump.
func earliest(wall time.Time, zone *time.Location) time.Time {
	first, second := candidates(wall, zone)
	if second.Before(first) {
		return second
	}
	return first
}

// latest is the last moment at which the zone's clock shows a time, which differs from the first when the clock is set
// back. Where the clock jumps over it, it is the jump.
func latest(wall time.Time, zone *time.Location) time.Time {
	first, second := candidates(wall, zone)
	if second.After(first) {
		return second
	}
	return first
}

// candidates are the moments at which the zone's clock shows a time: reckoned with the offset of the day before, and
// with that of the day after. Mostly they are the same.
func candidates(wall time.Time, zone *time.Location) (time.Time, time.Time) {
	with := func(near time.Time) (time.Time, bool) {
		_, offset := near.In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		return t, onTheWall(t).Equal(wall)
	}
	before, fits := with(wall.Add(-day))
	after, fitsAfter := with(wall.Add(day))
	switch {
	case fits && fitsAfter:
		return before, after
	case fits:
		return before, before
	case fitsAfter:
		return after, after
	}
	jump, _ := before.ZoneBounds()
	return jump, jump
}

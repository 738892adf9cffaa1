// Package replay plays a film of a run: where it is, how fast it goes, and the line and the sentences that say so.
package replay

import "time"

// Fastest is the highest speed.
const Fastest = 64

// View is where a film is.
type View struct {
	At      time.Duration // since its beginning
	Speed   int           // 1 to Fastest; each is twice the one before
	Playing bool
	now     time.Time // when At was right
}

// New plays from the beginning.
func New(now time.Time, speed int) View { return View{Speed: speed, Playing: true, now: now} }

// SpeedFor is the speed at which a film is over in about the given time.
func SpeedFor(length, sitting time.Duration) int {
	speed := 1
	for speed < Fastest && length/time.Duration(speed) > sitting {
		speed *= 2
	}
	return speed
}

// Advance lets the time pass that has passed since the last time. At its end a film stops.
func (v *View) Advance(now time.Time, length time.Duration) {
	if v.Playing {
		v.At += now.Sub(v.now) * time.Duration(v.Speed)
	}
	v.now = now
	if v.At >= length {
		v.At, v.Playing = length, false
	}
	v.At = max(0, v.At)
}

// Toggle stops a film or lets it go on; at its end it begins again.
func (v *View) Toggle(length time.Duration) {
	if v.Playing = !v.Playing; v.Playing && v.At >= length {
		v.At = 0
	}
}

// Faster doubles the speed, or halves it.
func (v *View) Faster(faster bool) {
	if faster {
		v.Speed = min(Fastest, v.Speed*2)
	} else {
		v.Speed = max(1, v.Speed/2)
	}
}

// Seek goes to a place and stays there.
func (v *View) Seek(at, length time.Duration) { v.At, v.Playing = max(0, min(at, length)), false }

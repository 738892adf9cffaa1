package freeze

import (
	"errors"
	"fmt"
	"time"
)

// atMost is how often a window may come back in a year.
const atMost = 5000

// Check says why a window's rule makes no sense: it never shuts anything, or never opens again. It looks at one year from
// the first time on.
func (w Window) Check() error {
	if w.Rule.IsZero() {
		return nil
	}
	n, opens, goesOn := 0, false, false
	var end, year time.Time
	start := onTheWall(w.Start)
	for at := range w.Rule.from(start, start) {
		if n == 0 {
			end, year = at, at.AddDate(1, 0, 0)
		}
		opens = opens || at.After(end)
		if goesOn = at.After(year); goesOn {
			break
		}
		if n++; n > atMost {
			return fmt.Errorf("it comes true more than %d times in a year", atMost)
		}
		end = at.Add(w.Length)
	}
	switch {
	case n == 0:
		return errors.New("it never comes true")
	case goesOn && !opens:
		return errors.New("it never opens again: each window begins before the one before it ends")
	}
	return nil
}

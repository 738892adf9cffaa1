package commandline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// window is how far back something looks: "90d", "2w", or what Go calls a duration.
type window time.Duration

// UnmarshalText reads it.
func (w *window) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	var d time.Duration
	var err error
	for suffix, day := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, found := strings.CutSuffix(s, suffix); found {
			var n int
			n, err = strconv.Atoi(number)
			if n > 100_000 {
				n = 0
			}
			d = time.Duration(n) * day
		}
	}
	if d == 0 && err == nil {
		d, err = time.ParseDuration(s)
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no length of time: write it like 30d, 2w or 12h", s)
	}
	*w = window(d)
	return nil
}

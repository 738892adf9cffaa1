package present

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// second is from when on a time is written in whole seconds.
const second = 950 * time.Millisecond

// Elapsed writes how long something took or has been going on: "0.4s", "41s", "4m12s", "2h05m", "6d".
func Elapsed(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return strconv.Itoa(int(d.Round(time.Second).Seconds())) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m" + two(int(d.Seconds())%60) + "s"
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// two writes a number below 100 in two digits.
func two(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return "0" + digits[n:n+1]
	}
	return strconv.Itoa(n)
}

// Clock writes how long something has been going on, in whole seconds so that it changes once a second.
func Clock(d time.Duration) string {
	if d = d.Truncate(time.Second); d < time.Second {
		return "0s"
	}
	return Elapsed(d)
}

// took writes how long a run took, as everything that has ended is written; while it goes on, how long it has so far.
func took(run promotion.Run, now time.Time) string {
	if run.Done() {
		return Elapsed(run.Finished.Sub(run.Started))
	}
	return Clock(now.Sub(run.Started))
}

// Left writes how long something may still take, in steps that do not pretend to know better: "~2m10s", "<1s".
func Left(d time.Duration) string {
	if d < second {
		return Usually(d)
	}
	return "~" + Usually(d)
}

// Usually writes how long something takes as a rule: "2m10s", "<1s".
func Usually(d time.Duration) string {
	switch {
	case d < second:
		return "<1s"
	case d > time.Minute:
		d = d.Round(10 * time.Second)
	}
	return Elapsed(d.Round(time.Second))
}

// Age writes how long ago something was: "now", "4m", "3h", "6d". It does not count seconds: they would be wrong on a screen
// that nothing moves, and moving it for them is not worth it.
func Age(now, then time.Time) string {
	d := now.Sub(then)
	switch {
	case then.IsZero():
		return "—"
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// Ago is an age within a sentence: "just now", "4m ago".
func Ago(now, then time.Time) string {
	if age := Age(now, then); age != "now" {
		return age + " ago"
	}
	return "just now"
}

// Countdown writes the time until a moment: "8m12s"; "now" when it is over.
func Countdown(now, until time.Time) string {
	d := until.Sub(now)
	switch {
	case d <= 0:
		return "now"
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%02dh", int(d.Hours()/24), int(d.Hours())%24)
	}
	return Clock(d)
}

// Period writes a configured time as people do: "1m30s", "10m", "1h".
func Period(d time.Duration) string { return promotion.Duration(d).String() }

// moment writes when something was or will be: "15:04", with the day where that is another one.
func moment(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("Mon 2 Jan 15:04")
}

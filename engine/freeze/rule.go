package freeze

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Rule says on which days and at what times a window comes back: a recurrence rule of RFC 5545.
type Rule struct {
	text   string
	option rrule.ROption // UNTIL is a time on the wall
}

// IsZero tells whether there is no rule.
func (r Rule) IsZero() bool { return r.text == "" }

// String is the rule as it was written.
func (r Rule) String() string { return r.text }

// MarshalText writes the rule as it was written.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// ParseRule reads a rule such as "FREQ=WEEKLY;BYDAY=FR", whose days and hours are those of a zone. It refuses what the
// standard does not allow or leaves open, and what is too fine for a window.
func ParseRule(text string, zone *time.Location) (Rule, error) {
	parts, err := partsOf(text)
	if err != nil {
		return Rule{}, err
	}
	option, err := rrule.StrToROption(text)
	if err != nil {
		return Rule{}, err
	}
	if err := sound(*option, parts); err != nil {
		return Rule{}, err
	}
	if _, err := rrule.NewRRule(*option); err != nil {
		return Rule{}, err
	}
	if strings.HasSuffix(parts["UNTIL"], "Z") {
		option.Until = onTheWall(option.Until.In(zone))
	}
	return Rule{text: text, option: *option}, nil
}

// standard are the parts that RFC 5545 knows.
var standard = []string{
	"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO",
	"BYMONTH", "BYSETPOS", "WKST",
}

// partsOf are a rule's parts by name, each of them once.
func partsOf(text string) (map[string]string, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, found := strings.Cut(part, "=")
		_, again := parts[name]
		switch {
		case !found || value == "":
			return nil, fmt.Errorf(`%q is not NAME=VALUE`, part)
		case !slices.Contains(standard, name):
			return nil, fmt.Errorf("RFC 5545 knows no %s", name)
		case again:
			return nil, fmt.Errorf("%s stands there twice", name)
		}
		parts[name] = value
	}
	return parts, nil
}

// sound refuses what the library would take and understand in its own way.
func sound(o rrule.ROption, parts map[string]string) error {
	_, counted := parts["COUNT"]
	_, spaced := parts["INTERVAL"]
	until, ends := parts["UNTIL"]
	switch {
	case o.Freq > rrule.DAILY:
		return fmt.Errorf("FREQ=%s is too fine for a window: use DAILY or longer, with BYHOUR if need be", parts["FREQ"])
	case counted && ends:
		return fmt.Errorf("COUNT and UNTIL exclude each other")
	case counted && o.Count < 1:
		return fmt.Errorf("COUNT must be at least 1")
	case spaced && (o.Interval < 1 || o.Interval > 1000):
		return fmt.Errorf("INTERVAL must be between 1 and 1000")
	case ends && !strings.Contains(until, "T"):
		return fmt.Errorf("UNTIL is a day: say until what time on it, like UNTIL=%sT235959", until)
	}
	most := 53
	if o.Freq == rrule.MONTHLY || len(o.Bymonth) > 0 {
		most = 5
	}
	for _, weekday := range o.Byweekday {
		switch n := weekday.N(); {
		case n == 0:
		case o.Freq > rrule.MONTHLY || len(o.Byweekno) > 0:
			return fmt.Errorf("BYDAY=%s counts weekdays of a month or a year: use it with MONTHLY or YEARLY and without BYWEEKNO", &weekday)
		case n > most || n < -most:
			return fmt.Errorf("BYDAY=%s: there are no more than %d", &weekday, most)
		}
	}
	return nil
}

// from are the rule's times on the wall: all from a start on, of which those before first may be left out.
func (r Rule) from(start, first time.Time) iter.Seq[time.Time] {
	option := r.option
	option.Dtstart = r.near(start, first)
	rule, err := rrule.NewRRule(option)
	if err != nil {
		panic(fmt.Sprintf("the rule %s was checked, and yet: %v", r, err))
	}
	return func(yield func(time.Time) bool) {
		next := rule.Iterator()
		for t, more := next(); more && yield(t); t, more = next() {
		}
	}
}

// near moves the start of a rule by as many whole intervals as lie before first, so that a rule from long ago is not
// gone through from its beginning. Months and years are few enough; and what is counted must be counted.
func (r Rule) near(start, first time.Time) time.Time {
	interval := time.Duration(max(r.option.Interval, 1)) * day
	switch {
	case r.option.Count > 0 || r.option.Freq < rrule.WEEKLY:
		return start
	case r.option.Freq == rrule.WEEKLY:
		interval *= 7
	}
	if past := first.Sub(start); past > 2*interval {
		return start.Add((past - interval).Truncate(interval))
	}
	return start
}

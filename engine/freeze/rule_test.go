package freeze_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/freeze"
)

func TestARuleThatIsNoneIsRefused(t *testing.T) {
	for rule, want := range map[string]string{
		"":                                          `"" is not NAME=VALUE`,
		"every friday":                              "is not NAME=VALUE",
		"BYDAY=FR":                                  "FREQ is required",
		"FREQ=FORTNIGHTLY":                          "undefined frequency: FORTNIGHTLY",
		"FREQ=WEEKLY;BYDAY=FRI":                     "FRI",
		"FREQ=WEEKLY;BYDAY=FR;BYDAY=SA":             "BYDAY stands there twice",
		"FREQ=WEEKLY;DTSTART=20260101T000000":       "RFC 5545 knows no DTSTART",
		"FREQ=YEARLY;BYEASTER=1":                    "RFC 5545 knows no BYEASTER",
		"FREQ=DAILY;BYHOUR=24":                      "byhour must be between 0 and 23",
		"FREQ=HOURLY":                               "FREQ=HOURLY is too fine",
		"FREQ=DAILY;COUNT=0":                        "COUNT must be at least 1",
		"FREQ=DAILY;INTERVAL=0":                     "INTERVAL must be between 1 and 1000",
		"FREQ=DAILY;INTERVAL=99999999999999":        "INTERVAL must be between 1 and 1000",
		"FREQ=DAILY;COUNT=1;UNTIL=20260101T000000Z": "COUNT and UNTIL exclude each other",
		"FREQ=DAILY;UNTIL=20260101":                 "like UNTIL=20260101T235959",
		"FREQ=WEEKLY;BYDAY=2FR":                     "BYDAY=+2FR counts weekdays of a month or a year",
		"FREQ=MONTHLY;BYDAY=53FR":                   "there are no more than 5",
		"FREQ=MONTHLY;BYDAY=-53FR":                  "there are no more than 5",
		"FREQ=YEARLY;BYMONTH=1;BYDAY=40FR":          "there are no more than 5",
		"FREQ=DAILY\nFREQ=DAILY":                    "",
	} {
		if _, err := freeze.ParseRule(rule, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, want %q in it", rule, err, want)
		}
	}
}

func TestAWindowThatMakesNoSenseIsRefused(t *testing.T) {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule   string
		length time.Duration
		want   string
	}{
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", time.Hour, "it never comes true"},
		{"FREQ=DAILY;UNTIL=20250101T000000Z", time.Hour, "it never comes true"},
		{"FREQ=DAILY", 24 * time.Hour, "it never opens again"},
		{"FREQ=YEARLY", 367 * 24 * time.Hour, "it never opens again"},
		{"FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23", time.Minute, "more than 5000 times"},
		{"FREQ=DAILY;COUNT=3", 24 * time.Hour, ""},
		{"FREQ=DAILY;COUNT=1", 9000 * time.Hour, ""},
		{"FREQ=DAILY", 24*time.Hour - time.Second, ""},
	} {
		rule, err := freeze.ParseRule(c.rule, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		err = freeze.Window{Start: start, Length: c.length, Rule: rule}.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: the error is %v, want %q in it", c.rule, c.length, err, c.want)
		}
	}
}

// A rule from long ago is not gone through from its beginning; what it says must not depend on that.
func TestARuleFromLongAgoSaysTheSameAsOneThatBeganLately(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rule := range []string{
		"FREQ=WEEKLY;BYDAY=FR,SA", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=SU,SA",
		"FREQ=DAILY;INTERVAL=11", "FREQ=DAILY;INTERVAL=2;BYMONTH=12;BYHOUR=8,20",
	} {
		endless := window(t, "freeze", "2015-01-01 18:00", "7h", rule)
		counted := window(t, "freeze", "2015-01-01 18:00", "7h", rule+";COUNT=1000000") // which has to be counted from the beginning
		counted.Start = endless.Start
		for range 40 {
			now := at(t, "2026-01-01 00:00").Add(time.Duration(random.IntN(2*366*24)) * time.Hour)
			a, frozen := freeze.At([]freeze.Window{endless}, "prod", now)
			if b, counts := freeze.At([]freeze.Window{counted}, "prod", now); a != b || frozen != counts {
				t.Fatalf("%s at %s: %+v, and counted %+v", rule, now, a, b)
			}
		}
	}
}

// FuzzRule: a rule is refused, or everything that it says is said in time and without harm.
func FuzzRule(f *testing.F) {
	for _, rule := range []string{"FREQ=WEEKLY;BYDAY=FR", "FREQ=YEARLY;BYWEEKNO=-53,1;BYDAY=MO;WKST=TH", "FREQ=MONTHLY;BYDAY=-5MO,5SU;BYSETPOS=-1,366", "FREQ=YEARLY;BYYEARDAY=-366,366;BYHOUR=1,2"} {
		f.Add(rule, int64(1_800_000_000), int64(3600))
	}
	f.Fuzz(func(t *testing.T, text string, now, length int64) {
		rule, err := freeze.ParseRule(text, time.UTC)
		if err != nil || length <= 0 || length > 1e9 {
			return
		}
		moment := time.Unix(now%4e9, 0)
		w := freeze.Window{Name: "w", Start: time.Unix(0, 0).UTC(), Length: time.Duration(length) * time.Second, Rule: rule}
		if w.Check() != nil {
			return
		}
		if shut, frozen := freeze.At([]freeze.Window{w}, "prod", moment); frozen && (moment.Before(shut.Since) || !moment.Before(shut.Until)) {
			t.Errorf("%s at %s: since %s until %s", text, moment, shut.Since, shut.Until)
		}
	})
}

// BenchmarkAt: asked many times a minute, so it must not matter how old a rule is, nor how far ahead the next window.
func BenchmarkAt(b *testing.B) {
	for name, w := range map[string]freeze.Window{
		"weekend since 1971, open":   window(b, "w", "1971-01-01 18:00", "62h", "FREQ=WEEKLY;BYDAY=FR"),
		"daily since 1971, shut":     window(b, "w", "1971-01-01 08:00", "23h", "FREQ=DAILY"),
		"yearly since 1971, open":    window(b, "w", "1971-12-23 18:00", "360h", "FREQ=YEARLY"),
		"far future, open":           window(b, "w", "2190-01-01 08:00", "23h", "FREQ=DAILY"),
		"leap days only, open":       window(b, "w", "1971-01-01 08:00", "23h", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29"),
		"a hundred days counted off": window(b, "w", "1971-01-01 08:00", "23h", "FREQ=DAILY;COUNT=100"),
	} {
		b.Run(name, func(b *testing.B) {
			now := at(b, "2026-12-01 12:00")
			b.ReportAllocs()
			for b.Loop() {
				freeze.At([]freeze.Window{w}, "prod", now)
			}
		})
	}
}

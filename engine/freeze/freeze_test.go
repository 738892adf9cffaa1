package freeze_test

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/freeze"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

// at is a time on the clock of Berlin: "2026-03-29 01:59".
func at(t testing.TB, wall string) time.Time {
	t.Helper()
	parsed, err := time.ParseInLocation("2006-01-02 15:04", wall, zone(t, "Europe/Berlin"))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// window is one on the clock of Berlin.
func window(t testing.TB, name, start, length, rule string) freeze.Window {
	t.Helper()
	lasts, err := time.ParseDuration(length)
	if err != nil {
		t.Fatal(err)
	}
	w := freeze.Window{Name: name, Reason: "because of " + name, Start: at(t, start), Length: lasts}
	if rule == "" {
		return w
	}
	if w.Rule, err = freeze.ParseRule(rule, w.Start.Location()); err != nil {
		t.Fatal(err)
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	return w
}

func wantShut(t *testing.T, windows []freeze.Window, now time.Time, name string, since, until time.Time) {
	t.Helper()
	shut, frozen := freeze.At(windows, "prod", now)
	if !frozen || shut.Name != name || shut.Reason != "because of "+name || !shut.Since.Equal(since) || !shut.Until.Equal(until) {
		t.Errorf("at %s it is shut by %q (%t), since %s, until %s; want %q, since %s, until %s", now, shut.Name, frozen, shut.Since, shut.Until, name, since, until)
	}
}

func wantOpen(t *testing.T, windows []freeze.Window, now time.Time) {
	t.Helper()
	if shut, frozen := freeze.At(windows, "prod", now); frozen {
		t.Errorf("at %s it is shut by %q, until %s", now, shut.Name, shut.Until)
	}
}

func TestASingleWindowShutsFromItsStartUpToItsEnd(t *testing.T) {
	windows := []freeze.Window{window(t, "audit", "2026-05-04 08:00", "10h", "")}
	wantOpen(t, windows, at(t, "2026-05-04 07:59"))
	for _, now := range []string{"2026-05-04 08:00", "2026-05-04 12:00", "2026-05-04 17:59"} {
		wantShut(t, windows, at(t, now), "audit", at(t, "2026-05-04 08:00"), at(t, "2026-05-04 18:00"))
	}
	wantOpen(t, windows, at(t, "2026-05-04 18:00"))
	wantOpen(t, windows, at(t, "2027-05-04 12:00"))
}

func TestAWindowCountsInItsOwnEnvironmentsOnly(t *testing.T) {
	w := window(t, "audit", "2026-05-04 08:00", "10h", "")
	w.Environments = []string{"qa", "prod"}
	for environment, want := range map[string]bool{"dev": false, "qa": true, "prod": true} {
		if _, frozen := freeze.At([]freeze.Window{w}, environment, at(t, "2026-05-04 09:00")); frozen != want {
			t.Errorf("%s is frozen: %t", environment, frozen)
		}
	}
}

func TestAWindowCrossesMidnightAndNewYear(t *testing.T) {
	windows := []freeze.Window{window(t, "year end", "2020-12-23 18:00", "360h", "FREQ=YEARLY")}
	wantShut(t, windows, at(t, "2026-12-31 23:59"), "year end", at(t, "2026-12-23 18:00"), at(t, "2027-01-07 18:00"))
	wantShut(t, windows, at(t, "2027-01-01 00:00"), "year end", at(t, "2026-12-23 18:00"), at(t, "2027-01-07 18:00"))
	wantOpen(t, windows, at(t, "2027-01-07 18:00"))
	night := []freeze.Window{window(t, "night", "2026-01-01 20:00", "12h", "FREQ=DAILY")}
	wantShut(t, night, at(t, "2027-01-01 03:00"), "night", at(t, "2026-12-31 20:00"), at(t, "2027-01-01 08:00"))
	wantOpen(t, night, at(t, "2027-01-01 08:00"))
}

func TestAWeekendEndsByTheClockOnTheWallAlsoWhenThatIsChanged(t *testing.T) {
	windows := []freeze.Window{window(t, "weekend", "2026-01-02 18:00", "62h", "FREQ=WEEKLY;BYDAY=FR")}
	wantShut(t, windows, at(t, "2026-01-04 12:00"), "weekend", at(t, "2026-01-02 18:00"), at(t, "2026-01-05 08:00"))
	wantShut(t, windows, at(t, "2026-03-29 12:00"), "weekend", at(t, "2026-03-27 18:00"), at(t, "2026-03-30 08:00")) // a Sunday of 23 hours
	wantShut(t, windows, at(t, "2026-07-05 12:00"), "weekend", at(t, "2026-07-03 18:00"), at(t, "2026-07-06 08:00"))
	wantShut(t, windows, at(t, "2026-10-25 12:00"), "weekend", at(t, "2026-10-23 18:00"), at(t, "2026-10-26 08:00")) // and one of 25
	wantOpen(t, windows, at(t, "2026-07-03 17:59"))
	if summer := at(t, "2026-07-03 18:00").UTC().Hour(); summer != 16 {
		t.Fatalf("the test's own clock is wrong: %d", summer)
	}
}

func TestAHourThatComesTwiceIsFrozenBothTimes(t *testing.T) {
	windows := []freeze.Window{window(t, "backup", "2026-01-01 02:15", "30m", "FREQ=DAILY")}
	before := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC) // 02:00 in Berlin, and an hour later it is 02:00 again
	wantOpen(t, windows, before.Add(14*time.Minute))
	for _, minutes := range []int{15, 44, 60, 75, 104} {
		wantShut(t, windows, before.Add(time.Duration(minutes)*time.Minute), "backup", before.Add(15*time.Minute), before.Add(105*time.Minute))
	}
	wantOpen(t, windows, before.Add(105*time.Minute))
}

func TestAHourThatTheClockLeavesOutFreezesNothingOrWhatIsLeftOfTheWindow(t *testing.T) {
	jump := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC) // from 02:00 to 03:00 in Berlin
	within := []freeze.Window{window(t, "backup", "2026-01-01 02:15", "30m", "FREQ=DAILY")}
	for minutes := -60; minutes <= 120; minutes += 5 {
		wantOpen(t, within, jump.Add(time.Duration(minutes)*time.Minute))
	}
	over := []freeze.Window{window(t, "backup", "2026-01-01 02:15", "1h", "FREQ=DAILY")}
	wantOpen(t, over, jump.Add(-time.Minute))
	wantShut(t, over, jump, "backup", jump, jump.Add(15*time.Minute)) // until 03:15
}

func TestWindowsThatOverlapOrTouchAreOne(t *testing.T) {
	windows := []freeze.Window{
		window(t, "release of the till", "2026-06-03 12:00", "24h", ""),
		window(t, "audit", "2026-06-01 08:00", "60h", ""),       // until the 3rd, 20:00
		window(t, "fair", "2026-06-04 12:00", "12h", ""),        // begins when the till's ends
		window(t, "later", "2026-06-05 00:01", "1h", ""),        // a minute after the fair
		window(t, "another year", "2025-06-01 08:00", "1h", ""), //
	}
	since, until := at(t, "2026-06-01 08:00"), at(t, "2026-06-05 00:00")
	wantShut(t, windows, at(t, "2026-06-02 09:00"), "audit", since, until)
	wantShut(t, windows, at(t, "2026-06-03 13:00"), "release of the till", since, until) // it holds longer than the audit
	wantShut(t, windows, at(t, "2026-06-04 12:00"), "fair", since, until)
	wantOpen(t, windows, until)
	wantShut(t, windows, at(t, "2026-06-05 00:01"), "later", at(t, "2026-06-05 00:01"), at(t, "2026-06-05 01:01"))
}

func TestARuleThatOverlapsItselfIsShutInOneGo(t *testing.T) {
	windows := []freeze.Window{window(t, "weekend", "2026-01-02 00:00", "24h", "FREQ=WEEKLY;BYDAY=FR,SA,SU")}
	for _, now := range []string{"2026-01-09 00:00", "2026-01-10 12:00", "2026-01-11 23:59"} {
		wantShut(t, windows, at(t, now), "weekend", at(t, "2026-01-09 00:00"), at(t, "2026-01-12 00:00"))
	}
}

func TestACountedRuleEndsAfterItsLastTime(t *testing.T) {
	windows := []freeze.Window{window(t, "moving", "2026-01-05 09:00", "1h", "FREQ=DAILY;COUNT=3;BYDAY=MO,WE,FR")}
	for day, frozen := range map[string]bool{"2026-01-05": true, "2026-01-06": false, "2026-01-07": true, "2026-01-09": true, "2026-01-12": false, "2030-01-07": false} {
		if _, is := freeze.At(windows, "prod", at(t, day+" 09:30")); is != frozen {
			t.Errorf("on %s it is frozen: %t", day, is)
		}
	}
}

func TestARuleCountsUntilItsLastDayInItsOwnZone(t *testing.T) {
	for _, until := range []string{"20260107T090000", "20260107T080000Z"} { // the same moment: Berlin is an hour ahead in winter
		windows := []freeze.Window{window(t, "moving", "2026-01-05 09:00", "1h", "FREQ=DAILY;UNTIL="+until)}
		wantShut(t, windows, at(t, "2026-01-07 09:30"), "moving", at(t, "2026-01-07 09:00"), at(t, "2026-01-07 10:00"))
		wantOpen(t, windows, at(t, "2026-01-08 09:30"))
	}
}

func TestTheWindowsOfTwoZonesAreReckonedEachOnItsOwnClock(t *testing.T) {
	tokyo := freeze.Window{Name: "tokyo", Start: time.Date(2026, 7, 1, 9, 0, 0, 0, zone(t, "Asia/Tokyo")), Length: time.Hour}
	berlin := window(t, "berlin", "2026-07-01 03:00", "1h", "") // begins when Tokyo's ends
	shut, frozen := freeze.At([]freeze.Window{tokyo, berlin}, "prod", at(t, "2026-07-01 02:30"))
	if !frozen || shut.Name != "tokyo" || !shut.Until.Equal(at(t, "2026-07-01 04:00")) {
		t.Errorf("it is shut by %q until %s", shut.Name, shut.Until)
	}
}

func TestTwoWindowsThatNeverOpenTogetherStillHaveAnEndToLookAgain(t *testing.T) {
	windows := []freeze.Window{
		window(t, "week", "2026-01-05 00:00", "120h", "FREQ=WEEKLY"),
		window(t, "weekend", "2026-01-10 00:00", "48h", "FREQ=WEEKLY"),
	}
	now := at(t, "2027-06-01 12:00")
	shut, frozen := freeze.At(windows, "prod", now)
	if !frozen || shut.Name != "week" || shut.Until.Before(now.AddDate(1, 0, 0)) || shut.Since.After(now.AddDate(-1, 0, 0)) {
		t.Errorf("it is shut by %q since %s until %s", shut.Name, shut.Since, shut.Until)
	}
}

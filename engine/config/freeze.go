package config

import (
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/gantry-cd/gantry/engine/freeze"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// longestFreeze is the most that a window may last: who wants more means a hold.
const longestFreeze = 366 * 24 * time.Hour

func (r *reader) readFreeze(t *table, name string) freeze.Window {
	w := freeze.Window{
		Name:         name,
		Environments: checkReferences(t, "environments", "", t.texts("environments"), r.names, "environment"),
		Reason:       strings.TrimSpace(t.text("reason", "")),
		Length:       t.duration("length", 0),
	}
	zone, known := t.zone()
	start, begins := t.start(zone)
	w.Start = start
	if rule, set := take[string](t, "rule", "a text"); set && known && begins && w.Length > 0 {
		w.Rule = t.rule(rule, w)
	}
	t.done()
	if t.empty("environments") {
		t.complain(t.line("environments"), "environments is empty: leave it out to freeze every one")
	}
	if w.Reason == "" {
		t.complain(t.line("reason"), `it has no reason: whoever is kept out reads it: reason = "…"`)
	}
	if !t.has("length") {
		t.complain(t.line(), `it has no length: say how long it lasts: length = "72h"`)
	}
	if w.Length > longestFreeze {
		t.complain(t.line("length"), "length is %s: a window lasts a year at most; to shut an environment for longer, hold it", promotion.Duration(w.Length))
	}
	return w
}

// zone is the zone whose clock counts; nil when none is named. It is false when there is no such zone.
func (t *table) zone() (*time.Location, bool) {
	name := t.text("zone", "")
	if !t.has("zone") {
		return nil, true
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // which would be another one on each machine
		t.complain(t.line("zone"), `zone is %q: it must be a time zone by its name, like "Europe/Berlin" or "UTC"`, name)
		return time.UTC, false
	}
	return zone, true
}

// start is a date-time with an offset, or one on the clock of the zone; false when there is none.
func (t *table) start(zone *time.Location) (time.Time, bool) {
	t.known = append(t.known, "start")
	switch at := t.values["start"].(type) {
	case time.Time:
		if zone == nil {
			return at, true
		}
		return at.In(zone), true
	case toml.LocalDateTime:
		if zone == nil {
			t.complain(t.line("start"), `start is %s, but on which clock? name its zone: zone = "Europe/Berlin"`, at)
			return time.Time{}, false
		}
		start := at.AsTime(zone)
		if start.Day() != at.Day || start.Hour() != at.Hour || start.Minute() != at.Minute {
			t.complain(t.line("start"), "start is %s, a time that the clock of %s leaves out on that day", at, zone)
		}
		return start, true
	case nil:
		t.complain(t.line(), `it has no start: say when it begins: start = 2026-12-23T18:00:00, and zone = "Europe/Berlin"`)
	default:
		t.complain(t.line("start"), `start is %s: it must be a date with a time, like 2026-12-23T18:00:00, not in quotes`, kindOfMoment(at))
	}
	return time.Time{}, false
}

func kindOfMoment(value any) string {
	switch value.(type) {
	case toml.LocalDate:
		return "a date without a time"
	case toml.LocalTime:
		return "a time without a date"
	}
	return kindOf(value)
}

// rule is how the window comes back.
func (t *table) rule(text string, w freeze.Window) freeze.Rule {
	rule, err := freeze.ParseRule(text, w.Start.Location())
	if err != nil {
		t.complain(t.line("rule"), `rule is %q: %v; write a rule of RFC 5545, like "FREQ=WEEKLY;BYDAY=FR"`, text, err)
		return freeze.Rule{}
	}
	w.Rule = rule
	if err := w.Check(); err != nil {
		t.complain(t.line("rule"), "rule is %q: from %s on %v", text, w.Start.Format(time.DateTime), err)
	}
	return rule
}

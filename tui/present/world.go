// Package present turns what the engine says into rows: a sign, words, the role of their colour. It is pure: the same
// snapshot at the same moment gives the same rows. Nothing else in the console reads a promotion.Run.
package present

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// World is a snapshot with its slots and runs found by name.
type World struct {
	Snapshot engine.Snapshot
	slots    map[promotion.Slot]engine.SlotInfo
	services map[string]engine.ServiceInfo
	runs     map[promotion.RunID]promotion.Run
	entries  []Entry          // what Entries gives when nothing has to be kept
	newest   map[string]Entry // by service
}

// NewWorld indexes a snapshot.
func NewWorld(s engine.Snapshot) *World {
	w := &World{
		Snapshot: s,
		slots:    make(map[promotion.Slot]engine.SlotInfo, len(s.Slots)),
		services: make(map[string]engine.ServiceInfo, len(s.Services)),
		runs:     make(map[promotion.RunID]promotion.Run, len(s.Runs)),
	}
	for _, slot := range s.Slots {
		w.slots[slot.Slot] = slot
	}
	for _, service := range s.Services {
		w.services[service.Name] = service
	}
	for _, run := range s.Runs {
		w.runs[run.ID] = run
	}
	w.entries, w.newest = w.list(0), make(map[string]Entry, len(s.Services))
	for _, e := range w.entries {
		if known, found := w.newest[e.Service]; !found || e.Run >= known.Run {
			w.newest[e.Service] = e
		}
	}
	return w
}

// Run is a run of the snapshot by its number.
func (w *World) Run(id promotion.RunID) (promotion.Run, bool) {
	run, found := w.runs[id]
	return run, found
}

// Active is how many runs are under way.
func (w *World) Active() int {
	n := 0
	for _, run := range w.Snapshot.Runs {
		if !run.Done() {
			n++
		}
	}
	return n
}

// slot is what is known of a service's slot in an environment. The team's own slot comes first.
func (w *World) slot(environment, service string) engine.SlotInfo {
	slot := promotion.Slot{Environment: environment, Service: service, Team: w.services[service].Team}
	if found, ok := w.slots[slot]; ok {
		return found
	}
	slot.Team = ""
	if found, ok := w.slots[slot]; ok {
		return found
	}
	return engine.SlotInfo{Slot: slot}
}

// slotOf is the slot of a run's column.
func (w *World) slotOf(run promotion.Run, column string) engine.SlotInfo {
	slot := run.Plan.Slot(column)
	if _, enters := run.Column(column); !enters && run.Plan.Team != "" { // the plan does not tell whether teams are apart there
		slot.Aside = 0
		if found, ok := w.slots[promotion.Slot{Environment: column, Service: run.Plan.Service, Team: run.Plan.Team}]; ok {
			return found
		}
	}
	if found, ok := w.slots[slot]; ok {
		return found
	}
	return engine.SlotInfo{Slot: slot}
}

func (w *World) environment(name string) (engine.EnvironmentInfo, bool) {
	i := slices.IndexFunc(w.Snapshot.Environments, func(e engine.EnvironmentInfo) bool { return e.Name == name })
	if i < 0 {
		return engine.EnvironmentInfo{Name: name}, false
	}
	return w.Snapshot.Environments[i], true
}

// Protected tells whether the environment wants its name typed before it is changed by hand.
func (w *World) Protected(name string) bool {
	environment, _ := w.environment(name)
	return environment.Protected
}

// Title is how a column is called on the screen: "Build", "QA", "Prod", "Staging EU".
func Title(name string) string {
	if !strings.ContainsAny(name, "-_ ") {
		return titled(name)
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for i, word := range words {
		words[i] = titled(word)
	}
	return strings.Join(words, " ")
}

// titles are the words that are not simply capitalised, and the most frequent of those that are.
var titles = map[string]string{
	"": "", "qa": "QA", "uat": "UAT", "eu": "EU", "us": "US", "build": "Build", "dev": "Dev", "staging": "Staging", "prod": "Prod",
}

func titled(word string) string {
	if title, known := titles[word]; known {
		return title
	}
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

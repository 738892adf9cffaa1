package attach

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// moment is what an engine knows now and no journal holds.
type moment struct {
	Seq          int64                    `json:"seq"` // of the newest event that is journalled
	At           time.Time                `json:"at"`
	Mode         string                   `json:"mode"`
	Justified    string                   `json:"justified,omitempty"`
	Environments []engine.EnvironmentInfo `json:"environments"`
	Services     []engine.ServiceInfo     `json:"services"`
	Notices      []engine.Notice          `json:"notices"`
	Halted       string                   `json:"halted,omitempty"`
	Present      []engine.Presence        `json:"present"`
	Progress     []progress               `json:"progress"`
	Found        []found                  `json:"found"`
}

// progress is how far one running attempt is.
type progress struct {
	Run     promotion.RunID            `json:"run"`
	Stage   promotion.StageID          `json:"stage"`
	Attempt int                        `json:"attempt"`
	Lines   int                        `json:"lines"`
	Tests   map[string]promotion.Tests `json:"tests,omitempty"`
	Open    string                     `json:"open,omitempty"`
}

// found is where a slot answers, and how what runs there differs from its record.
type found struct {
	Slot  promotion.Slot `json:"slot"`
	URL   string         `json:"url,omitempty"`
	Drift string         `json:"drift,omitempty"`
}

// momentOf takes out of a snapshot what whoever reads the journal cannot know.
func momentOf(s engine.Snapshot) moment {
	m := moment{Seq: s.Seq, At: s.At, Mode: s.Mode, Justified: s.Justified, Environments: s.Environments, Services: s.Services, Notices: s.Notices, Halted: s.Halted, Present: s.Present}
	for key, p := range s.Progress {
		m.Progress = append(m.Progress, progress{Run: key.Run, Stage: key.Stage, Attempt: key.Attempt, Lines: p.Lines, Tests: p.Tests, Open: p.Open})
	}
	for _, slot := range s.Slots {
		if slot.Endpoint != "" || slot.Drift != "" {
			m.Found = append(m.Found, found{slot.Slot, slot.Endpoint, slot.Drift})
		}
		for _, aside := range slot.Aside {
			if aside.Endpoint != "" {
				m.Found = append(m.Found, found{Slot: aside.Slot, URL: aside.Endpoint})
			}
		}
	}
	return m
}

// over is the snapshot of a reader with what the engine itself knows.
func (m moment) over(s engine.Snapshot) engine.Snapshot {
	s.Mode, s.Justified, s.Environments, s.Services, s.Notices, s.Halted, s.Present = m.Mode, m.Justified, m.Environments, m.Services, m.Notices, m.Halted, m.Present
	if m.At.After(s.At) {
		s.At = m.At
	}
	s.Progress = make(map[engine.AttemptKey]engine.Progress, len(m.Progress))
	for _, p := range m.Progress {
		s.Progress[engine.AttemptKey{Run: p.Run, Stage: p.Stage, Attempt: p.Attempt}] = engine.Progress{Lines: p.Lines, Tests: p.Tests, Open: p.Open}
	}
	there := make(map[promotion.Slot]found, len(m.Found))
	for _, f := range m.Found {
		there[f.Slot] = f
	}
	slots := make([]engine.SlotInfo, len(s.Slots))
	for i, slot := range s.Slots {
		slot.Endpoint, slot.Drift = there[slot.Slot].URL, there[slot.Slot].Drift
		asides := make([]engine.Aside, len(slot.Aside))
		for j, aside := range slot.Aside {
			aside.Endpoint = there[aside.Slot].URL
			asides[j] = aside
		}
		slot.Aside, slots[i] = asides, slot
	}
	s.Slots = slots
	return s
}

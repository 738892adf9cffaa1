package promotion

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// memory is what a ledger remembers of one service besides how things stand: what its slots may go back to, and how long
// its stages took. Of hundreds of services that is megabytes, and of few of them anybody asks; so a ledger that was
// restored leaves each packed until then, and every checkpoint packs them away again.
type memory struct {
	Releases  []json.RawMessage      `json:"releases,omitempty"` // each once: most were live in several slots
	Slots     []slotMemory           `json:"slots,omitempty"`
	Durations map[StageID][]Duration `json:"durations,omitempty"`
}

// slotMemory is what is remembered of one slot.
type slotMemory struct {
	Slot    Slot               `json:"slot"`
	History []deploymentMemory `json:"history,omitempty"`
	Good    []deploymentMemory `json:"good,omitempty"`
	// Before is what each rollback went back to that holds a release off.
	Before map[Digest]deploymentMemory `json:"before,omitempty"`
}

// deploymentMemory is a Deployment.
type deploymentMemory struct {
	Release int       `json:"release"` // which of the memory's
	Since   time.Time `json:"since"`
	Cause   string    `json:"cause"`
	Run     RunID     `json:"run"`
}

// pack packs away what is remembered of every service.
func (l *Ledger) pack() error {
	var slots []Slot
	services := map[string]bool{}
	for slot := range l.slots {
		if _, packed := l.packed[slot.Service]; !packed {
			slots, services[slot.Service] = append(slots, slot), true
		}
	}
	slices.SortFunc(slots, Slot.compare)
	for service := range l.durations {
		services[service] = true
	}
	for service := range services {
		m := memory{Durations: l.durations[service]}
		known := map[string]int{}
		for _, slot := range slots {
			if slot.Service != service {
				continue
			}
			s, err := m.slot(l.slots[slot], known)
			if err != nil {
				return fmt.Errorf("what is remembered of %s: %w", slot, err)
			}
			m.Slots = append(m.Slots, s)
		}
		text, err := m.text()
		if err != nil {
			return fmt.Errorf("what is remembered of %s: %w", service, err)
		}
		l.packed[service] = text
		delete(l.durations, service)
	}
	for _, slot := range slots {
		s := l.slots[slot]
		s.History, s.Good = nil, nil
		for image, v := range s.Vetoed {
			v.Before = nil
			s.Vetoed[image] = v
		}
	}
	return nil
}

// slot is what a slot remembers.
func (m *memory) slot(s *SlotState, known map[string]int) (slotMemory, error) {
	remembered := slotMemory{Slot: s.Slot}
	var inHistory, inGood error
	remembered.History, inHistory = m.pack(s.History, known)
	remembered.Good, inGood = m.pack(s.Good, known)
	err := errors.Join(inHistory, inGood)
	for _, image := range slices.Sorted(maps.Keys(s.Vetoed)) {
		if before := s.Vetoed[image].Before; before != nil {
			packed, inBefore := m.pack([]Deployment{*before}, known)
			if err = errors.Join(err, inBefore); err != nil {
				break
			}
			if remembered.Before == nil {
				remembered.Before = map[Digest]deploymentMemory{}
			}
			remembered.Before[image] = packed[0]
		}
	}
	return remembered, err
}

func (m *memory) pack(list []Deployment, known map[string]int) ([]deploymentMemory, error) {
	var packed []deploymentMemory
	for _, d := range list {
		release, err := json.Marshal(d.Release)
		if err != nil {
			return nil, err
		}
		at, found := known[string(release)]
		if !found {
			at = len(m.Releases)
			known[string(release)], m.Releases = at, append(m.Releases, release)
		}
		packed = append(packed, deploymentMemory{at, d.Since, d.Cause, d.Run})
	}
	return packed, nil
}

func (m *memory) text() ([]byte, error) {
	var text bytes.Buffer
	w, err := flate.NewWriter(&text, flate.DefaultCompression)
	if err == nil {
		err = json.NewEncoder(w).Encode(m)
	}
	if err == nil {
		err = w.Close()
	}
	return text.Bytes(), err
}

// recall unpacks what is remembered of a service. The checkpoint that it comes from was sealed by this very program: one
// that cannot be read back is a mistake of the program, and to go on without knowing what was good would be a worse one.
func (l *Ledger) recall(service string) {
	text, packed := l.packed[service]
	if !packed {
		return
	}
	delete(l.packed, service)
	var m memory
	err := readMemory(text, &m)
	releases := make([]Release, len(m.Releases))
	for i := 0; i < len(releases) && err == nil; i++ {
		err = json.Unmarshal(m.Releases[i], &releases[i])
	}
	if err != nil {
		panic(fmt.Sprintf("what a checkpoint remembers of %s cannot be read: %v", service, err))
	}
	for _, remembered := range m.Slots {
		s := l.slots[remembered.Slot]
		s.History, s.Good = unpack(remembered.History, releases), unpack(remembered.Good, releases)
		for image, before := range remembered.Before {
			v := s.Vetoed[image]
			v.Before = &unpack([]deploymentMemory{before}, releases)[0]
			s.Vetoed[image] = v
		}
	}
	if m.Durations != nil {
		l.durations[service] = m.Durations
	}
}

func readMemory(text []byte, m *memory) error {
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(text)))
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, m)
}

func unpack(packed []deploymentMemory, releases []Release) []Deployment {
	var list []Deployment
	for _, d := range packed {
		list = append(list, Deployment{Release: releases[d.Release], Since: d.Since, Cause: d.Cause, Run: d.Run})
	}
	return list
}

// packs are the names of the services whose memories are packed, in order, and the memories one after the other.
func (l *Ledger) packs() (index []packed, all []byte) {
	for _, service := range slices.Sorted(maps.Keys(l.packed)) {
		index = append(index, packed{service, len(l.packed[service])})
		all = append(all, l.packed[service]...)
	}
	return index, all
}

// packed is one memory among others.
type packed struct {
	Service string `json:"service"`
	Size    int    `json:"size"`
}

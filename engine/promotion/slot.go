package promotion

import (
	"slices"
	"time"
)

// Hold is a person's word that nothing enters a slot or goes on in it.
type Hold struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Veto is why a release may not enter a slot.
type Veto struct {
	By     RunID     `json:"by,omitempty"`    // the rollback that holds it off; 0: a person
	Actor  string    `json:"actor,omitempty"` // that person
	At     time.Time `json:"at,omitzero"`
	Reason string    `json:"reason,omitempty"`
	// Before is what that rollback went back to, or was to.
	Before *Deployment `json:"before,omitempty"`
}

// Decide turns a command about a run or a slot into the events that carry it out, or into a *Refusal.
func (l *Ledger) Decide(c Command, now time.Time) ([]Event, error) {
	switch c.Verb {
	case VerbHold, VerbRelease, VerbVeto, VerbAllow:
	case VerbStart:
		if err := l.soundRerun(c); err != nil {
			return nil, err
		}
		if err := l.soundReprovision(c); err != nil {
			return nil, err
		}
		fallthrough
	default:
		run, err := l.Find(c.Run)
		if err != nil {
			return nil, err
		}
		events, err := Decide(run, c, now)
		return append(events, l.endReverted(c, events, now)...), err
	}
	if c.ID != "" && l.commands[c.ID] {
		return nil, nil
	}
	d := decision{command: c, now: now}
	if c.Slot == nil {
		return nil, d.refuse("", "it names no service and environment")
	}
	kind, err := d.slot(l.Slot(*c.Slot))
	if err != nil {
		return nil, err
	}
	slot := *c.Slot
	return []Event{{At: now, Type: kind, Actor: c.Actor, Reason: c.Reason, Command: c.ID, Slot: &slot, Digest: c.Digest}}, nil
}

// slot decides what people ask of a slot.
func (d *decision) slot(s SlotState) (EventType, error) {
	c := d.command
	veto, vetoed := s.Vetoed[c.Digest]
	switch {
	case s.Slot.Aside != 0:
		return "", d.refuse("remove it", "what was put aside is nobody's to rule")
	case (c.Verb == VerbHold || c.Verb == VerbVeto) && c.Reason == "":
		return "", d.refuse("say why with --reason", "whoever waits behind it will want to know why")
	case c.Verb == VerbHold && s.Hold != nil:
		return "", d.refuse("lift it with `gantry release`", "%s has been on hold by %s since %s: %s", s.Slot, s.Hold.By, s.Hold.At.Format("15:04"), s.Hold.Reason)
	case c.Verb == VerbRelease && s.Hold == nil:
		return "", d.refuse("see `gantry status`", "%s is not on hold", s.Slot)
	case (c.Verb == VerbVeto || c.Verb == VerbAllow) && c.Digest == "":
		return "", d.refuse("", "it names no release")
	case c.Verb == VerbVeto && vetoed && veto.By == 0:
		return "", d.refuse("", "%s has vetoed it in %s already: %s", veto.Actor, s.Slot, veto.Reason)
	case c.Verb == VerbAllow && !vetoed:
		return "", d.refuse("see `gantry status`", "%s may enter %s already", c.Digest.Short(), s.Slot)
	}
	return map[Verb]EventType{VerbHold: SlotHeld, VerbRelease: SlotReleased, VerbVeto: ReleaseVetoed, VerbAllow: ReleaseAllowed}[c.Verb], nil
}

func (l *Ledger) applySlot(e Event) {
	if e.Command != "" {
		l.commands[e.Command] = true
	}
	s := l.slot(*e.Slot)
	switch e.Type {
	case SlotHeld:
		s.Hold = &Hold{By: e.Actor, At: e.At, Reason: e.Reason}
	case SlotReleased:
		s.Hold = nil
	case ReleaseVetoed:
		s.veto(e.Digest, Veto{Actor: e.Actor, At: e.At, Reason: e.Reason})
	case ReleaseAllowed:
		delete(s.Vetoed, e.Digest)
	}
	s.LastGood = s.newestGood()
}

// veto keeps a release out. A person's word stands over that of a rollback.
func (s *SlotState) veto(image Digest, v Veto) {
	if known, vetoed := s.Vetoed[image]; !vetoed || known.By != 0 || v.By == 0 {
		s.Vetoed[image] = v
	}
}

// allow takes back the veto of a rollback. A person's is taken back by a person.
func (s *SlotState) allow(image Digest) {
	if s.Vetoed[image].By != 0 {
		delete(s.Vetoed, image)
	}
}

// verified tells whether every stage of the column that passed did so by itself: what a person waved through is live,
// but no proof.
func (c ColumnState) verified() bool {
	return !slices.ContainsFunc(c.Stages, func(s StageState) bool { return s.State == StateOverridden })
}

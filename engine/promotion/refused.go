package promotion

import "time"

// Refused is a command that changed nothing. It is recorded beside the runs: no run is another one for what was asked of it
// in vain.
type Refused struct {
	Verb    Verb   `json:"verb"`
	Run     RunID  `json:"run,omitempty"`  // that it was about
	Slot    *Slot  `json:"slot,omitempty"` // that it was about, as far as it named one
	Why     string `json:"why"`            // a sentence
	Command string `json:"command,omitempty"`
}

// A journal keeps everything for ever, and a script may try again each second: of what is refused in masses the audit tells
// once in a while.
const (
	// RefusalsWithin is how long the same refusal is not recorded again. It is the same when the same person asks the same
	// of the same and is refused for the same reason.
	RefusalsWithin = time.Hour
	// refusalsOfOne is how many refusals of one person are recorded in that time.
	refusalsOfOne = 100
)

// Record is the event that tells of a refused command. before are the events of no run that are younger than
// RefusalsWithin. It is false where there is nothing to record: they tell it already, or Gantry itself was refused.
func (r *Refusal) Record(c Command, before []Event, now time.Time) (Event, bool) {
	if c.Actor == "" || c.Actor == "gantry" || c.Actor == "merge" {
		return Event{}, false
	}
	e := Event{At: now, Type: CommandRefused, Actor: c.Actor, Reason: c.Reason, Stage: c.Stage, Environment: c.Environment, Digest: c.Digest,
		Refused: &Refused{Verb: c.Verb, Run: c.Run, Slot: c.Slot, Why: r.Why, Command: c.ID}}
	of := 0
	for _, earlier := range before {
		if earlier.Type != CommandRefused || earlier.Actor != e.Actor || earlier.Refused == nil || now.Sub(earlier.At) >= RefusalsWithin {
			continue
		}
		if of++; of >= refusalsOfOne || e.repeats(earlier) {
			return Event{}, false
		}
	}
	return e, true
}

// repeats tells whether two refusals of one person tell the same. The command's id and the person's reason may differ.
func (e Event) repeats(earlier Event) bool {
	a, b := *e.Refused, *earlier.Refused
	sameSlot := a.Slot == b.Slot || a.Slot != nil && b.Slot != nil && *a.Slot == *b.Slot
	a.Slot, b.Slot, a.Command, b.Command = nil, nil, "", ""
	return sameSlot && a == b && e.Stage == earlier.Stage && e.Environment == earlier.Environment && e.Digest == earlier.Digest
}

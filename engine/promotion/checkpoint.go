package promotion

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// checkpointFormat is the version of what Checkpoint writes: another is not read. It changes with every change of what
// the fields below mean, or of the rules that fill them.
const checkpointFormat = 3

// checkpoint is what a ledger knows but cannot fold from the events of the runs that it keeps.
type checkpoint struct {
	Format    int                               `json:"format"`
	Seq       int64                             `json:"seq"`
	Runs      []RunID                           `json:"runs"` // that are kept
	Slots     []SlotState                       `json:"slots"`
	Commands  []string                          `json:"commands,omitempty"`
	Rollbacks map[RunID]map[string]RunID        `json:"rollbacks,omitempty"`
	Passers   map[RunID]passer                  `json:"passers,omitempty"`
	Late      map[RunID][]Slot                  `json:"late,omitempty"`
	Durations map[string]map[StageID][]Duration `json:"durations,omitempty"`
}

// Checkpoint is what the ledger knows now, for Restore. The same events make the same checkpoint, byte by byte. It holds
// no run: those that are kept are folded from their own events again.
func (l *Ledger) Checkpoint() ([]byte, error) {
	c := checkpoint{
		Format: checkpointFormat, Seq: l.seq, Runs: l.order, Commands: slices.Sorted(maps.Keys(l.commands)),
		Rollbacks: l.rollbacks, Passers: l.passers, Late: l.late, Durations: l.durations, Slots: l.Slots(),
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	return text, nil
}

// Restore is the ledger of a checkpoint, which relies on the past for the runs. It knows what the ledger knew that wrote
// the checkpoint, and goes on with the event after it.
func Restore(text []byte, past Past) (*Ledger, error) {
	var c checkpoint
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("read a checkpoint: %w", err)
	}
	if c.Format != checkpointFormat {
		return nil, fmt.Errorf("the checkpoint of event %d has the format %d, and this Gantry reads %d", c.Seq, c.Format, checkpointFormat)
	}
	l := NewLedger()
	l.seq, l.past = c.Seq, past
	for _, s := range c.Slots {
		if s.Vetoed == nil {
			s.Vetoed = map[Digest]Veto{}
		}
		s.LastGood = s.newestGood()
		l.slots[s.Slot] = &s
	}
	for _, command := range c.Commands {
		l.commands[command] = true
	}
	maps.Copy(l.rollbacks, c.Rollbacks)
	maps.Copy(l.passers, c.Passers)
	maps.Copy(l.late, c.Late)
	maps.Copy(l.durations, c.Durations)
	for _, id := range c.Runs {
		run, err := past(id, c.Seq)
		if err != nil {
			return nil, err
		}
		if run.ID != id {
			return nil, fmt.Errorf("the checkpoint of event %d knows run %d, and nobody else does", c.Seq, id)
		}
		l.runs[id] = &run
		l.order = with(l.order, id)
		if !run.Done() {
			l.unfinished = with(l.unfinished, id)
		}
	}
	return l, nil
}

// CanRestore tells whether a checkpoint is of the format that this Gantry reads.
func CanRestore(text []byte) bool {
	var c struct {
		Format int `json:"format"`
	}
	return json.Unmarshal(text, &c) == nil && c.Format == checkpointFormat
}

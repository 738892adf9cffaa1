package promotion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// checkpointFormat is the version of what Checkpoint writes: another is not read. It changes with every change of what
// the fields below mean, or of the rules that fill them.
const checkpointFormat = 4

// checkpoint is what a ledger knows but cannot fold from the events of the runs that it keeps. It is a line of JSON; what
// is remembered of the services follows it, packed.
type checkpoint struct {
	Format    int                                  `json:"format"`
	Seq       int64                                `json:"seq"`
	Runs      []RunID                              `json:"runs"` // that are kept
	Slots     []slotCheckpoint                     `json:"slots"`
	Commands  []string                             `json:"commands,omitempty"`
	Rollbacks map[RunID]map[string]RunID           `json:"rollbacks,omitempty"`
	Passers   map[RunID]passer                     `json:"passers,omitempty"`
	Late      map[RunID][]Slot                     `json:"late,omitempty"`
	Expected  map[string]map[StageID]time.Duration `json:"expected,omitempty"`
	Usual     map[string]map[StageID]time.Duration `json:"usual,omitempty"`
	Ended     []endedRun                           `json:"ended,omitempty"`
	Configs   []string                             `json:"configs,omitempty"`
	Packed    []packed                             `json:"packed,omitempty"`
}

// slotCheckpoint is how a slot stands.
type slotCheckpoint struct {
	SlotState
	LiveIsGood bool `json:"live_is_good,omitempty"` // so that it need not be said twice
}

// Checkpoint is what the ledger knows now, for Restore. The same events make the same checkpoint, byte by byte. It holds
// no run that goes on: those are folded from their own events again.
func (l *Ledger) Checkpoint() ([]byte, error) {
	c := checkpoint{
		Format: checkpointFormat, Seq: l.seq, Runs: l.order, Commands: slices.Sorted(maps.Keys(l.commands)),
		Rollbacks: l.rollbacks, Passers: l.passers, Late: l.late, Expected: l.expected, Usual: l.usual,
	}
	for _, s := range l.Slots() {
		same := s.Live != nil && reflect.DeepEqual(s.Live, s.LastGood)
		if same {
			s.LastGood = nil
		}
		c.Slots = append(c.Slots, slotCheckpoint{s, same})
	}
	for _, id := range l.order {
		if run := l.runs[id]; run.Done() {
			c.Ended = append(c.Ended, keepEnded(*run, &c.Configs))
		}
	}
	if err := l.pack(); err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	var memories []byte
	c.Packed, memories = l.packs()
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	return slices.Concat(text, []byte{'\n'}, memories), nil
}

// Restore is the ledger of a checkpoint, which relies on the past for the runs. It knows what the ledger knew that wrote
// the checkpoint, and goes on with the event after it.
func Restore(text []byte, past Past) (*Ledger, error) {
	var c checkpoint
	line, memories, _ := bytes.Cut(text, []byte{'\n'})
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, fmt.Errorf("read a checkpoint: %w", err)
	}
	if c.Format != checkpointFormat {
		return nil, fmt.Errorf("the checkpoint of event %d has the format %d, and this Gantry reads %d", c.Seq, c.Format, checkpointFormat)
	}
	l := NewLedger()
	l.seq, l.past = c.Seq, past
	for _, saved := range c.Slots {
		s := saved.SlotState
		if s.Vetoed == nil {
			s.Vetoed = map[Digest]Veto{}
		}
		if saved.LiveIsGood {
			good := *s.Live
			s.LastGood = &good
		}
		l.slots[s.Slot] = &s
	}
	for _, p := range c.Packed {
		if p.Size > len(memories) {
			return nil, fmt.Errorf("the checkpoint of event %d is cut off", c.Seq)
		}
		l.packed[p.Service], memories = memories[:p.Size], memories[p.Size:]
	}
	for _, command := range c.Commands {
		l.commands[command] = true
	}
	maps.Copy(l.rollbacks, c.Rollbacks)
	maps.Copy(l.passers, c.Passers)
	maps.Copy(l.late, c.Late)
	maps.Copy(l.expected, c.Expected)
	maps.Copy(l.usual, c.Usual)
	return l, l.restoreRuns(c)
}

func (l *Ledger) restoreRuns(c checkpoint) error {
	ended := make(map[RunID]*Run, len(c.Ended))
	for _, kept := range c.Ended {
		if run, sound := kept.run(c.Configs); sound {
			ended[run.ID] = &run
		}
	}
	for _, id := range c.Runs {
		run, found := ended[id]
		if !found {
			folded, err := l.past(id, c.Seq)
			if err != nil {
				return err
			}
			run = &folded
		}
		if run.ID != id {
			return fmt.Errorf("the checkpoint of event %d knows run %d, and nobody else does", c.Seq, id)
		}
		l.runs[id] = run
		l.order = with(l.order, id)
		if !run.Done() {
			l.unfinished = with(l.unfinished, id)
		}
	}
	return nil
}

// CanRestore tells whether a checkpoint is of the format that this Gantry reads.
func CanRestore(text []byte) bool {
	var c struct {
		Format int `json:"format"`
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	return json.Unmarshal(line, &c) == nil && c.Format == checkpointFormat
}

package promotion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// checkpointFormat is the version of what Checkpoint writes: another is not read. It changes with every change of what
// the fields below mean, or of the rules that fill them.
const checkpointFormat = 4

// checkpoint is what a ledger knows but cannot fold from the events of the runs that it keeps. It is a line of JSON. In
// the next line are the runs that have ended, and after it what is remembered of the services, packed.
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
	Packed    []packed                             `json:"packed,omitempty"`
}

// endedRuns are those of a checkpoint.
type endedRuns struct {
	Runs    []endedRun `json:"ended"`
	Configs []string   `json:"configs"`
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
	var ended endedRuns
	for _, id := range l.order {
		if run := l.runs[id]; run.Done() {
			ended.Runs = append(ended.Runs, keepEnded(*run, &ended.Configs))
		}
	}
	if err := l.pack(); err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	var memories []byte
	c.Packed, memories = l.packs()
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	if err := errors.Join(lines.Encode(c), lines.Encode(ended)); err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	text.Write(memories)
	return text.Bytes(), nil
}

// Restore is the ledger of a checkpoint, which relies on the past for the runs. It knows what the ledger knew that wrote
// the checkpoint, and goes on with the event after it. sideBySide does several things, at once where it can.
func Restore(text []byte, past Past, sideBySide func(...func())) (*Ledger, error) {
	var c checkpoint
	var ended endedRuns
	line, rest, _ := bytes.Cut(text, []byte{'\n'})
	runs, memories, _ := bytes.Cut(rest, []byte{'\n'})
	var err, inRuns error
	sideBySide(
		func() { err = json.Unmarshal(line, &c) },
		func() { inRuns = json.Unmarshal(runs, &ended) },
	)
	if err := errors.Join(err, inRuns); err != nil {
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
	return l, l.restoreRuns(c, ended)
}

func (l *Ledger) restoreRuns(c checkpoint, saved endedRuns) error {
	ended := make(map[RunID]*Run, len(saved.Runs))
	for _, kept := range saved.Runs {
		if run, sound := kept.run(saved.Configs); sound {
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

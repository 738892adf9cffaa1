package promotion

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// checkpointFormat is the version of what Checkpoint writes: another is not read. It changes with every change of what
// the fields below mean, or of the rules that fill them.
const checkpointFormat = 7

// checkpointHead is what a checkpoint begins with. After it come parts, each of which can be read by itself: a checkpoint,
// and the runs that have ended, some in each part. Then comes what is remembered of the services, packed.
type checkpointHead struct {
	Format int   `json:"format"`
	Seq    int64 `json:"seq"`
	Parts  []int `json:"parts"` // their sizes in bytes
}

// together is how many of the runs that have ended are in one part.
const together = 10

// checkpoint is what a ledger knows but cannot fold from the events of the runs that it keeps. It is CBOR, which is read
// in half the time that JSON takes: whoever opens a console waits for it.
type checkpoint struct {
	Runs      []RunID                    `json:"runs"` // that are kept
	Slots     []slotCheckpoint           `json:"slots"`
	Commands  []string                   `json:"commands,omitempty"`
	Rollbacks map[RunID]map[string]RunID `json:"rollbacks,omitempty"`
	Passers   map[RunID]passer           `json:"passers,omitempty"`
	Late      map[RunID][]Slot           `json:"late,omitempty"`
	Paces     map[string][]byte          `json:"paces,omitempty"` // each can be read by itself
	Packed    []packed                   `json:"packed,omitempty"`
	Configs   []string                   `json:"configs,omitempty"` // of the runs that have ended
}

// slotCheckpoint is how a slot stands.
type slotCheckpoint struct {
	SlotState
	LiveIsGood bool `json:"live_is_good,omitempty"` // so that it need not be said twice
}

// Checkpoint is what the ledger knows now, for Restore. The same events make the same checkpoint, byte by byte. It holds
// no run that goes on: those are folded from their own events again.
func (l *Ledger) Checkpoint() ([]byte, error) {
	if err := l.pack(); err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	c := checkpoint{
		Runs: l.order, Commands: slices.Sorted(maps.Keys(l.commands)),
		Rollbacks: l.rollbacks, Passers: l.passers, Late: l.late, Paces: map[string][]byte{},
	}
	for service, paces := range l.paces {
		text, err := paces.pack()
		if err != nil {
			return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
		}
		c.Paces[service] = text
	}
	for _, s := range l.Slots() {
		same := s.Live != nil && reflect.DeepEqual(s.Live, s.LastGood)
		if same {
			s.LastGood = nil
		}
		c.Slots = append(c.Slots, slotCheckpoint{s, same})
	}
	var ended []endedRun
	for _, id := range l.order {
		if run := l.runs[id]; run.Done() {
			ended = append(ended, keepEnded(*run, &c.Configs))
		}
	}
	var memories []byte
	c.Packed, memories = l.packs()
	text, err := writeCheckpoint(c, ended, l.seq)
	if err != nil {
		return nil, fmt.Errorf("write a checkpoint of event %d: %w", l.seq, err)
	}
	return append(text, memories...), nil
}

// Restore is the ledger of a checkpoint, which relies on the past for the runs. It knows what the ledger knew that wrote
// the checkpoint, and goes on with the event after it. sideBySide does several things, at once where it can.
func Restore(text []byte, past Past, sideBySide func(...func())) (*Ledger, error) {
	head, rest, err := readHead(text)
	if err != nil {
		return nil, err
	}
	var c checkpoint
	ended, failed := make([][]endedRun, len(head.Parts)), make([]error, len(head.Parts))
	var jobs []func()
	for i, size := range head.Parts {
		part := rest[:size]
		rest = rest[size:]
		into := any(&c)
		if i > 0 {
			into = &ended[i]
		}
		jobs = append(jobs, func() { failed[i] = reads.Unmarshal(part, into) })
	}
	memories := rest
	sideBySide(jobs...)
	if err := errors.Join(failed...); err != nil {
		return nil, fmt.Errorf("read the checkpoint of event %d: %w", head.Seq, err)
	}
	l := NewLedger()
	l.seq, l.past = head.Seq, past
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
			return nil, fmt.Errorf("the checkpoint of event %d is cut off", head.Seq)
		}
		l.packed[p.Service], memories = memories[:p.Size], memories[p.Size:]
	}
	for _, command := range c.Commands {
		l.commands[command] = true
	}
	maps.Copy(l.rollbacks, c.Rollbacks)
	maps.Copy(l.passers, c.Passers)
	maps.Copy(l.late, c.Late)
	for service, text := range c.Paces {
		l.paces[service] = &servicePaces{packed: text}
	}
	return l, l.restoreRuns(c, slices.Concat(ended...))
}

func (l *Ledger) restoreRuns(c checkpoint, saved []endedRun) error {
	ended := make(map[RunID]*Run, len(saved))
	for _, kept := range saved {
		if run, sound := kept.run(c.Configs); sound {
			ended[run.ID] = &run
		}
	}
	for _, id := range c.Runs {
		run, found := ended[id]
		if !found {
			folded, err := l.past(id, l.seq)
			if err != nil {
				return err
			}
			run = &folded
		}
		if run.ID != id {
			return fmt.Errorf("the checkpoint of event %d knows run %d, and nobody else does", l.seq, id)
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
	_, _, err := readHead(text)
	return err == nil
}

// writeCheckpoint is a checkpoint with its head.
func writeCheckpoint(c checkpoint, ended []endedRun, seq int64) ([]byte, error) {
	head := checkpointHead{Format: checkpointFormat, Seq: seq}
	var parts []byte
	add := func(part any) error {
		text, err := writes.Marshal(part)
		head.Parts, parts = append(head.Parts, len(text)), append(parts, text...)
		return err
	}
	err := add(c)
	for part := range slices.Chunk(ended, together) {
		err = errors.Join(err, add(part))
	}
	text, inHead := writes.Marshal(head)
	return slices.Concat(text, parts), errors.Join(err, inHead)
}

// readHead is the head of a checkpoint that this Gantry reads, and what comes after it.
func readHead(text []byte) (head checkpointHead, rest []byte, err error) {
	rest, err = reads.UnmarshalFirst(text, &head)
	switch {
	case err != nil:
		return head, nil, fmt.Errorf("read a checkpoint: %w", err)
	case head.Format != checkpointFormat:
		return head, nil, fmt.Errorf("the checkpoint of event %d has the format %d, and this Gantry reads %d", head.Seq, head.Format, checkpointFormat)
	}
	left := len(rest)
	for _, size := range head.Parts {
		if left -= size; size < 0 || left < 0 {
			return head, nil, fmt.Errorf("the checkpoint of event %d is cut off", head.Seq)
		}
	}
	if len(head.Parts) == 0 {
		return head, nil, fmt.Errorf("the checkpoint of event %d is empty", head.Seq)
	}
	return head, rest, nil
}

// The same values are always the same bytes, and what was written is read again whatever its size.
var writes, reads = func() (cbor.EncMode, cbor.DecMode) {
	how := cbor.CoreDetEncOptions()
	how.Time = cbor.TimeRFC3339Nano
	w, err := how.EncMode()
	r, inReading := cbor.DecOptions{MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err := errors.Join(err, inReading); err != nil {
		panic(err) // the options exclude each other
	}
	return w, r
}()

package local

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// book is what a simulation journals in: the real journal, or one in memory that does the same a hundred times faster. A
// test holds the two against each other.
type book interface {
	writer
	records
}

// paper is a journal in memory. It outlives its engines, as a disk does.
type paper struct {
	events      []promotion.Event
	lines       [][]byte
	last        promotion.RunID
	commands    map[string]promotion.RunID
	first       map[string]int64
	checkpoints []journal.Checkpoint
	fold        *promotion.Ledger // for its lists
}

func newPaper() *paper {
	return &paper{commands: map[string]promotion.RunID{}, first: map[string]int64{}, fold: promotion.NewLedger()}
}

func (p *paper) NextRun(context.Context) (promotion.RunID, error) {
	p.last++
	return p.last, nil
}

func (p *paper) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	if err := ctx.Err(); err != nil || len(events) == 0 {
		return nil, err
	}
	written, lines := make([]promotion.Event, 0, len(events)), make([][]byte, 0, len(events))
	for i, e := range events {
		e.Seq = int64(len(p.events) + i + 1)
		if err := promotion.Check(e); err != nil {
			return nil, err
		}
		if seq, applied := p.first[e.Command]; applied && e.Command != "" {
			return nil, &journal.Applied{Command: e.Command, Seq: seq}
		}
		text, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		var read promotion.Event
		if err := json.Unmarshal(text, &read); err != nil {
			return nil, err
		}
		written, lines = append(written, read), append(lines, text)
	}
	for _, e := range written {
		if _, known := p.first[e.Command]; !known && e.Command != "" {
			p.first[e.Command], p.commands[e.Command] = e.Seq, e.Run
		}
		p.last = max(p.last, e.Run)
		p.fold.Apply(e)
	}
	p.events, p.lines = append(p.events, written...), append(p.lines, lines...)
	return written, nil
}

func (p *paper) Save(_ context.Context, c journal.Checkpoint) error {
	p.checkpoints = append(p.checkpoints, c)
	return nil
}

func (p *paper) Checkpoints(context.Context) iter.Seq2[journal.Checkpoint, error] {
	return func(yield func(journal.Checkpoint, error) bool) {
		for _, c := range slices.Backward(p.checkpoints) {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (p *paper) Since(_ context.Context, seq int64, fn func(promotion.Event) error) error {
	for _, e := range p.events[min(int(seq), len(p.events)):] {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

var errEnough = errors.New("enough")

func (p *paper) After(ctx context.Context, seq int64, n int) (found []promotion.Event, err error) {
	err = p.Since(ctx, seq, func(e promotion.Event) error {
		if found = append(found, e); len(found) == n {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

func (p *paper) Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error) {
	return p.Until(ctx, run, int64(len(p.events)))
}

func (p *paper) Until(_ context.Context, run promotion.RunID, seq int64) (found []promotion.Event, err error) {
	for _, e := range p.events[:min(int(seq), len(p.events))] {
		if e.Run == run {
			found = append(found, e)
		}
	}
	return found, nil
}

func (p *paper) OfNoRun(_ context.Context, since time.Time) (found []promotion.Event, err error) {
	for _, e := range p.events {
		if e.Run == 0 && !e.At.Before(since) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (p *paper) Runs(_ context.Context, f journal.Filter) (found []journal.Summary, err error) {
	for _, r := range p.fold.Runs() {
		s := journal.Summary{
			Run: r.ID, Service: r.Plan.Service, Team: r.Plan.Team, Kind: r.Plan.Kind, Actor: r.Actor, Trigger: r.Plan.Trigger, Started: r.Started,
			Finished: r.Finished, Outcome: r.Outcome, Reason: r.Reason, Seq: r.Seq, Version: r.Release.Version, Commit: r.Release.Commit,
			Dirty: r.Release.Dirty, Image: r.Release.Image,
		}
		if (f.Service == "" || f.Service == s.Service) && (f.Kind == "" || f.Kind == s.Kind) && (f.Image == "" || f.Image == s.Image) &&
			(f.Limit == 0 || len(found) < f.Limit) {
			found = append(found, s)
		}
	}
	return found, nil
}

func (p *paper) Commanded(_ context.Context, id string) (promotion.RunID, bool, error) {
	run, applied := p.commands[id]
	return run, applied, nil
}

func (p *paper) Close() error { return nil }

// How a store fails at a write.
type storeFault int

const (
	sound       storeFault = iota
	refuses                // it writes nothing and says so
	limbo                  // it says that nothing was written; should the engine die before the next write, it was
	diesBefore             // the engine dies, and nothing was written
	diesAfter              // the engine dies when it was written, and has not heard of it
	storeFaults            // how many there are
)

var (
	errStore = errors.New("the disk does not take it")
	errDead  = errors.New("the engine is dead")
)

// store is a book as one engine has it: it fails as the simulation says, and takes nothing more from a dead engine.
type store struct {
	book
	s       *simulation
	dead    bool
	limbo   []promotion.Event // may be on the disk, or not
	pending []storeFault      // of the next writes
}

func (s *store) next() storeFault {
	if len(s.pending) == 0 {
		return sound
	}
	f := s.pending[0]
	s.pending = s.pending[1:]
	return f
}

func (s *store) NextRun(ctx context.Context) (promotion.RunID, error) {
	if s.dead {
		return 0, errDead
	}
	switch fault := s.next(); fault {
	case refuses, limbo:
		s.s.faults["write"]++
		return 0, errStore
	case diesBefore, diesAfter:
		s.dies()
		return 0, errDead
	}
	s.limbo = nil
	return s.book.NextRun(ctx)
}

func (s *store) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	if s.dead {
		return nil, errDead
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch fault := s.next(); fault {
	case refuses:
		s.s.faults["write"]++
		return nil, errStore
	case limbo:
		s.s.faults["write"]++
		s.limbo = slices.Clone(events)
		return nil, errStore
	case diesBefore:
		s.dies()
		return nil, errDead
	case diesAfter:
		s.limbo = nil
		_, _ = s.written(ctx, events)
		s.dies()
		return nil, errDead
	}
	s.limbo = nil
	return s.written(ctx, events)
}

// dies ends the engine at this write: nothing that it does from now on is ever done.
func (s *store) dies() {
	s.dead = true
	s.s.faults["killed at a write"]++
}

func (s *store) written(ctx context.Context, events []promotion.Event) ([]promotion.Event, error) {
	written, err := s.book.Append(ctx, events...)
	if err == nil {
		s.s.witness.batch(written)
	}
	return written, err
}

func (s *store) Save(ctx context.Context, c journal.Checkpoint) error {
	if s.dead {
		return errDead
	}
	return s.book.Save(ctx, c)
}

// Close leaves the book open for the next engine.
func (s *store) Close() error { return nil }

package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Repaired is what a repair has made of a journal.
type Repaired struct {
	Report  Report            `json:"report"`            // of what was there
	Ended   []promotion.RunID `json:"ended,omitempty"`   // runs that went on, and of which nobody knows any more how they stood
	Kept    string            `json:"kept,omitempty"`    // where the damaged file is now; "" nothing was wrong
	Anchor  Anchor            `json:"anchor"`            // the end of the new chain
	Unknown bool              `json:"unknown,omitempty"` // some of what was lost may have been of any run
}

// Repair writes the journal of a state directory anew from all of its events that are as they were written. Where one is
// not, an EventLost stands; a run that went on, and may have lost one, is ended. The damaged file stays beside the new one.
// Whoever calls it holds the directory's lock. A journal with nothing wrong is left as it is.
func Repair(ctx context.Context, dir string, now func() time.Time) (Repaired, error) {
	old, err := OpenReader(dir)
	if err != nil {
		return Repaired{}, fmt.Errorf("%w: nothing of it can be brought over", err)
	}
	defer func() { _ = old.Close() }()
	var done Repaired
	if done.Report, err = old.Examine(ctx); err != nil || done.Report.Whole() {
		return done, err
	}
	beside, err := os.MkdirTemp(dir, "repairing-")
	if err != nil {
		return done, fmt.Errorf("repair %s: %w", old.path, err)
	}
	defer func() { _ = os.RemoveAll(beside) }()
	m := mending{old: old, now: now, done: &done, suspects: map[promotion.RunID]bool{}}
	if err := m.write(ctx, beside); err != nil {
		return done, fmt.Errorf("repair %s, which is as it was: %w", old.path, err)
	}
	done.Kept = filepath.Join(dir, fmt.Sprintf("%s.damaged-%s", File, now().UTC().Format("20060102T150405Z")))
	return done, swap(dir, beside, done.Kept)
}

// swap puts a new journal in the place of the old one, which stays with what belongs to it.
func swap(dir, beside, kept string) error {
	for _, part := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(filepath.Join(dir, File+part), kept+part); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("put the damaged journal aside: %w", err)
		}
	}
	if err := os.Rename(filepath.Join(beside, File), filepath.Join(dir, File)); err != nil {
		return fmt.Errorf("the damaged journal is %s, and the mended one could not take its place: %w", kept, err)
	}
	return os.RemoveAll(filepath.Join(dir, checkpoints)) // they are of the chain that was
}

// mending writes a journal anew.
type mending struct {
	old      *Reader
	now      func() time.Time
	done     *Repaired
	to       *Journal
	waiting  []promotion.Event
	begun    map[promotion.RunID]bool
	suspects map[promotion.RunID]bool // runs that have lost an event
}

// together is how many events are written in one transaction.
const together = 5000

func (m *mending) write(ctx context.Context, dir string) (err error) {
	if m.to, err = Open(dir, m.now); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.to.Close()) }()
	m.begun = map[promotion.RunID]bool{}
	if err := m.old.walk(ctx, func(at row) error { return m.take(ctx, at) }); err != nil {
		return err
	}
	if err := m.flush(ctx); err != nil {
		return err
	}
	if err := errors.Join(m.endSuspects(ctx), m.keepNumbers(ctx)); err != nil {
		return err
	}
	m.done.Anchor, err = m.to.Verify(ctx, Anchor{})
	return err
}

// take brings one event over. What remains of a run without its beginning is no run.
func (m *mending) take(ctx context.Context, at row) error {
	e := at.event
	switch {
	case at.sound != nil:
		e = m.lost(at.sound.Seq, at.sound.Run, at.sound.Why)
	case e.Type == promotion.RunStarted && e.Plan != nil:
		m.begun[e.Run] = true
	case e.OfRun() && !m.begun[e.Run]:
		e = m.lost(at.seq, e.Run, "belongs to a run whose beginning was lost")
	}
	if err := promotion.Check(e); err != nil {
		return &Newer{Path: m.old.path, Err: err}
	}
	if n := len(m.waiting); n >= together && (e.Command == "" || e.Command != m.waiting[n-1].Command) { // those of one command go together
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
	m.waiting = append(m.waiting, e)
	return nil
}

func (m *mending) lost(seq int64, run promotion.RunID, why string) promotion.Event {
	if run == 0 {
		m.done.Unknown = true
	}
	m.suspects[run] = true
	return promotion.Event{Type: promotion.EventLost, At: m.now(), Actor: "gantry", Reason: Problem{seq, run, why}.String()}
}

func (m *mending) flush(ctx context.Context) error {
	_, err := m.to.Append(ctx, m.waiting...)
	m.waiting = m.waiting[:0]
	return err
}

// endSuspects ends the runs that went on and have lost an event: to go on without it might do something twice, or with what
// nobody has verified. Where it is not known whose an event was, it may have been of any.
func (m *mending) endSuspects(ctx context.Context) error {
	open, err := m.to.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, run := range open {
		if !m.done.Unknown && m.done.Report.Lost == 0 && !m.suspects[run.Run] {
			continue
		}
		m.done.Ended = append(m.done.Ended, run.Run)
		m.waiting = append(m.waiting, promotion.Event{Run: run.Run, Type: promotion.RunFinished, Outcome: promotion.Aborted, At: m.now(), Actor: "gantry",
			Reason: "the journal was damaged, and how the run stood is not known: see what is live with `gantry status`, then rerun it"})
	}
	return m.flush(ctx)
}

// keepNumbers lets no run get the number of one that was there, as far as that is known.
func (m *mending) keepNumbers(ctx context.Context) error {
	var last promotion.RunID
	if db, err := m.old.now(); err != nil || db.QueryRowContext(ctx, `SELECT run FROM head`).Scan(&last) != nil {
		return nil // it is the highest of those that were brought over
	}
	_, err := m.to.write.ExecContext(ctx, `UPDATE head SET run = max(run, ?)`, last)
	return err
}

package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Report is what a journal holds, and what is wrong with it.
type Report struct {
	Events  int64     `json:"events"` // that are as they were written
	Runs    int       `json:"runs"`   // that they speak of
	Anchor  string    `json:"anchor,omitempty"`
	Damaged []Problem `json:"damaged,omitempty"` // events that are not as they were written, or not there
	Lists   string    `json:"lists,omitempty"`   // what of the lists beside the events does not fit them; "" nothing
	Lost    int64     `json:"lost,omitempty"`    // the event that the journal once had at least, where its end is missing
}

// Problem is an event that cannot be believed.
type Problem struct {
	Seq int64           `json:"seq"`
	Run promotion.RunID `json:"run,omitempty"` // 0: it is not known whose it was
	Why string          `json:"why"`
}

func (p Problem) String() string { return fmt.Sprintf("event %d%s %s", p.Seq, ofRun(p.Run), p.Why) }

// Whole tells whether nothing is wrong.
func (r Report) Whole() bool { return len(r.Damaged) == 0 && r.Lists == "" && r.Lost == 0 }

// Examine reads all of a journal and finds everything that is wrong with it, where Verify names the first. An error means
// that it could not be examined at all.
func (r *Reader) Examine(ctx context.Context) (Report, error) {
	var report Report
	runs := map[promotion.RunID]bool{}
	err := r.walk(ctx, func(at row) error {
		if at.sound != nil {
			report.Damaged = append(report.Damaged, Problem{at.sound.Seq, at.sound.Run, at.sound.Why})
			return nil
		}
		report.Events++
		if at.run != 0 {
			runs[at.run] = true
		}
		return nil
	})
	report.Runs = len(runs)
	if err != nil {
		return report, err
	}
	if report.Lost, err = r.lostEnd(ctx); err != nil || len(report.Damaged) > 0 {
		return report, err
	}
	anchor, err := r.Verify(ctx, Anchor{})
	var broken *Broken
	switch {
	case errors.As(err, &broken):
		report.Lists = fmt.Sprintf("event %d %s", broken.Seq, broken.Why)
		return report, nil
	case corrupt(err):
		report.Lists = err.Error()
		return report, nil
	}
	report.Anchor = anchor.String()
	return report, err
}

// lostEnd is an event of which there is a checkpoint, but which the journal does not have any more: its end was lost, for
// instance with its -wal file. 0 where none is.
func (r *Reader) lostEnd(ctx context.Context) (int64, error) {
	end, err := r.end(ctx)
	if err != nil {
		return 0, err
	}
	kept, err := savedIn(filepath.Join(filepath.Dir(r.path), checkpoints))
	if err != nil || len(kept) == 0 || kept[0] <= end {
		return 0, err
	}
	return kept[0], nil
}

// Exported is one event, or what is wrong with the one that should be in its place.
type Exported struct {
	Event   promotion.Event
	Damaged *Problem
}

// Export hands every event to fn, oldest first.
func (r *Reader) Export(ctx context.Context, fn func(Exported) error) error {
	return r.walk(ctx, func(at row) error {
		if at.sound != nil {
			return fn(Exported{Damaged: &Problem{at.sound.Seq, at.sound.Run, at.sound.Why}})
		}
		return fn(Exported{Event: at.event})
	})
}

package notify

import (
	"cmp"
	"context"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// batch is how many events are read at once.
const batch = 500

// Journal is what notifying reads.
type Journal interface {
	After(ctx context.Context, seq int64, n int) ([]promotion.Event, error)
	Events(ctx context.Context, run promotion.RunID) ([]promotion.Event, error)
}

// reading follows the journal and finds what is worth a message.
type reading struct {
	journal Journal
	seq     int64 // of the newest event that was read
	runs    map[promotion.RunID]*followed
}

// followed is a run that has not ended, and the wait it is in.
type followed struct {
	run  promotion.Run
	wait wait
	from int64 // the event with which that wait began
}

// wait is what makes one wait for a person another than the one before.
type wait struct {
	reason string
	since  int64
}

func waitOf(run promotion.Run) wait {
	if w := run.CallsFor(); w != nil {
		return wait{w.Reason, w.Since.UnixNano()}
	}
	return wait{}
}

func readFrom(journal Journal, seq int64) *reading {
	return &reading{journal: journal, seq: seq, runs: map[promotion.RunID]*followed{}}
}

// news reads to the end of the journal. Ends are told each; of waits only those that last: what is over by then needs
// nobody. Everything that one append wrote is read at once, so that no state in its middle is taken for a wait. With an
// error nothing was read.
func (r *reading) news(ctx context.Context) ([]Message, error) {
	events, err := r.fresh(ctx)
	if err != nil {
		return nil, err
	}
	before := r.seq
	var all []Message
	for _, e := range events {
		if m, told := r.take(e); told {
			all = append(all, m)
		}
		r.seq = e.Seq
	}
	for _, f := range r.runs {
		if waiting := f.run.CallsFor(); waiting != nil && f.from > before {
			all = append(all, waits(f.run, *waiting, f.from))
		}
	}
	slices.SortFunc(all, func(a, b Message) int { return cmp.Compare(a.Seq, b.Seq) })
	return all, nil
}

// fresh are the events after those that were read; the runs that they belong to are followed from now on.
func (r *reading) fresh(ctx context.Context) ([]promotion.Event, error) {
	var fresh []promotion.Event
	for at := r.seq; ; at = fresh[len(fresh)-1].Seq {
		events, err := r.journal.After(ctx, at, batch)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, events...)
		if len(events) < batch {
			break
		}
	}
	for _, e := range fresh {
		if _, known := r.runs[e.Run]; known || !e.OfRun() {
			continue
		}
		f, err := r.follow(ctx, e)
		if err != nil {
			return nil, err
		}
		r.runs[e.Run] = f
	}
	return fresh, nil
}

// take folds one event, and gives the message of a run's end.
func (r *reading) take(e promotion.Event) (Message, bool) {
	f, known := r.runs[e.Run]
	if !known { // of a slot, or late
		return Message{}, false
	}
	ended := f.run.Done()
	f.run = promotion.Apply(f.run, e)
	if now := waitOf(f.run); now != f.wait {
		f.wait, f.from = now, e.Seq
	}
	if !f.run.Done() {
		return Message{}, false
	}
	delete(r.runs, e.Run)
	return finished(f.run, e), !ended && !f.run.ByPolicy()
}

// follow is the run before the event.
func (r *reading) follow(ctx context.Context, e promotion.Event) (*followed, error) {
	f := &followed{}
	if e.Type == promotion.RunStarted {
		return f, nil
	}
	events, err := r.journal.Events(ctx, e.Run)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(events, func(past promotion.Event) bool { return past.Seq >= e.Seq })
	if at >= 0 {
		events = events[:at]
	}
	f.run = promotion.Fold(events)
	f.wait = waitOf(f.run)
	return f, nil
}

// lasts tells whether what the message says is still so: a wait may be over by the time its receiver can be reached.
func (r *reading) lasts(m Message) bool {
	if m.Type != Waits {
		return true
	}
	f, known := r.runs[m.Run]
	return known && f.from == m.Seq && f.wait != wait{}
}

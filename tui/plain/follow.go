// Package plain shows what the console shows without a screen: sentences, JSON lines, or a few lines that are redrawn.
package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The formats.
const (
	Plain    = "plain"    // one sentence a change
	JSON     = "json"     // one event a line
	Progress = "progress" // a few lines, redrawn: for a terminal
)

// Options say how to follow a run.
type Options struct {
	Format string // "" is Plain
	// Patient goes on following when nothing goes on until a person acts; else the following ends there.
	Patient bool
	// Since is the sequence number after which events are told; 0 tells the run from its start.
	Since int64
	Now   func() time.Time // nil: time.Now
	// Width is how wide the terminal is now, for Progress; nil: asked of the terminal.
	Width func() int
	Theme *theme.Theme // for Progress; nil: as the environment says
}

// printer is one of the formats.
type printer interface {
	// event prints one event; run is its run after it.
	event(run promotion.Run, e promotion.Event, main bool) error
	// waits says why the run does not go on: once for every reason.
	waits(run promotion.Run, why string, at time.Time) error
	// slow says that a running stage takes longer than it usually does.
	slow(run promotion.Run, what string, at time.Time, main bool) error
	// notice prints what the engine has to say that belongs to no run.
	notice(n engine.Notice) error
	// state shows how things stand after all events of a snapshot.
	state(s engine.Snapshot, run promotion.Run) error
	// end prints how it ended.
	end(s engine.Snapshot, run promotion.Run) error
}

// Follow prints what happens to a run, and to the rollback runs that it leads to, until it has ended or a person is
// needed, and returns the run as it stands then. A cancelled context ends the following, not the run.
func Follow(ctx context.Context, e engine.Engine, id promotion.RunID, w io.Writer, o Options) (promotion.Run, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	p, err := newPrinter(w, o)
	if err != nil {
		return promotion.Run{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := &follower{history: newHistory(e), id: id, printer: p, options: o, said: map[string]bool{}, pace: pace{main: id}}
	snapshots := e.Watch(ctx)
	clock, stop := ticks(o.Format)
	defer stop()
	defer f.pace.stop()
	for {
		select {
		case s, open := <-snapshots:
			if !open {
				return f.runs[id], f.closed(ctx)
			}
			f.last = s
			f.pace.watch(s, append(f.linked(), id)...)
			if done, err := f.take(); done || err != nil {
				return f.runs[id], err
			}
		case <-f.pace.due():
			if err := f.pace.tell(p, f.runs); err != nil {
				return f.runs[id], err
			}
		case <-clock:
			if err := p.state(f.last, f.runs[id]); err != nil {
				return f.runs[id], err
			}
		}
	}
}

// ticks are the moments to redraw the progress at, should nothing else happen.
func ticks(format string) (<-chan time.Time, func()) {
	if format != Progress {
		return nil, func() {}
	}
	t := time.NewTicker(100 * time.Millisecond)
	return t.C, t.Stop
}

func newPrinter(w io.Writer, o Options) (printer, error) {
	switch o.Format {
	case "", Plain:
		return &sentences{w: w}, nil
	case JSON:
		return newLines(w), nil
	case Progress:
		return newProgress(w, o), nil
	}
	return nil, fmt.Errorf("output %q: choose plain, json or progress", o.Format)
}

// follower follows one run and its rollbacks.
type follower struct {
	*history
	id      promotion.RunID
	printer printer
	options Options
	last    engine.Snapshot
	said    map[string]bool
	notices notices
	pace    pace
}

// take prints what is new since the last snapshot, and tells whether that was the end.
func (f *follower) take() (done bool, err error) {
	if err := f.notices.tell(f.printer, f.last); err != nil {
		return false, err
	}
	events, err := f.fresh(append(f.linked(), f.id), f.last)
	if err != nil {
		return false, err
	}
	// A rollback that has just been linked may have events already.
	for _, e := range events {
		if e.Type == promotion.RollbackStarted && e.Run == f.id {
			more, err := f.fresh([]promotion.RunID{e.Linked}, f.last)
			if err != nil {
				return false, err
			}
			events = append(events, more...)
		}
	}
	slices.SortStableFunc(events, bySequence)
	for _, e := range events {
		run := f.apply(e)
		if e.Seq <= f.options.Since {
			continue
		}
		if err := f.printer.event(run, e, e.Run == f.id); err != nil {
			return false, err
		}
	}
	return f.settle()
}

// linked is the rollbacks that the run has led to.
func (f *follower) linked() []promotion.RunID {
	var ids []promotion.RunID
	for _, l := range f.runs[f.id].Rollbacks {
		if l.Run != 0 {
			ids = append(ids, l.Run)
		}
	}
	return ids
}

// settle says why the run waits, and ends the following where that is due.
func (f *follower) settle() (done bool, err error) {
	run := f.runs[f.id]
	if run.ID == 0 {
		return false, fmt.Errorf("there is no run %d: `gantry runs` lists those there are", f.id)
	}
	if why := present.Wait(run); why != "" && !f.said[why] {
		f.said[why] = true
		if err := f.printer.waits(run, why, f.options.Now()); err != nil {
			return false, err
		}
	}
	if err := f.printer.state(f.last, run); err != nil {
		return false, err
	}
	if !run.Done() && !run.Aside() && (f.options.Patient || !run.Waits().NeedsPerson()) {
		return false, nil
	}
	return true, f.printer.end(f.last, run)
}

func (f *follower) closed(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("following run %d was interrupted; the run itself goes on where it stands: %w", f.id, ctx.Err())
	}
	return errors.New("the engine stopped before the run had ended; it resumes at the next start")
}

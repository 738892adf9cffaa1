package attach

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
)

// Ways are how a process gets at the engine of a state directory.
type Ways struct {
	State  string
	About  About // what an engine of this program says of itself: another version or build is told of
	Caller Caller
	// Read reads the directory beside whoever has it.
	Read func(ctx context.Context) (Reader, error)
	// Engine is the command that becomes the engine, when none is there.
	Engine func() (*exec.Cmd, error)
	// Brief, where it is not nil, is an engine of this process for what is done at once; it says with a *journal.Held when
	// another one has the directory, which is asked then.
	Brief func(ctx context.Context) (Holder, error)
	// Patience is how long somebody who holds the directory, and does not listen yet or is about to end, is waited for.
	Patience time.Duration

	follows bool // the engine before has said that another one follows it
}

const (
	// again is how long to wait before the next try.
	again = 25 * time.Millisecond
	// succession is how long an engine that was announced is waited for before another one is started in its place.
	succession = 10 * time.Second
)

// Open is the engine of a state directory. It does not wait for one to be there: what is read comes from the directory.
func Open(ctx context.Context, w Ways) (Engine, error) {
	for until := time.Now().Add(w.Patience); w.Brief != nil; {
		e, err := w.Brief(ctx)
		var held *journal.Held
		if err == nil || !errors.As(err, &held) {
			return e, err
		}
		if l, failed := dial(ctx, w.State, w.Caller); failed == nil || !silent(failed) {
			if l != nil {
				l.close()
			}
			break // somebody listens
		}
		if time.Now().After(until) {
			return nil, err
		}
		if err := wait(ctx); err != nil {
			return nil, err
		}
	}
	reader, err := w.Read(ctx)
	if err != nil {
		return nil, err
	}
	return &Client{Reader: reader, ways: w, heard: time.Now()}, nil
}

// Reach is the engine of a state directory, which is started when there is none.
func Reach(ctx context.Context, w Ways) (About, error) {
	l, err := w.reach(ctx, About{})
	if err != nil {
		return About{}, err
	}
	l.close()
	return l.about, nil
}

func wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(again):
		return nil
	}
}

// understand is why an engine that was started is over: nil when somebody else has the directory, who is about to listen or
// will soon be done.
func (w Ways) understand(c *child, begun time.Time) error {
	taken, said := c.failed()
	if !taken {
		return fmt.Errorf("the engine did not start: %w", said)
	}
	if holder, held := journal.HolderOf(w.State); held && time.Since(begun) > w.Patience {
		return &journal.Held{Dir: w.State, Holder: holder}
	}
	return nil
}

// reach finds the engine that listens, or starts one and waits until it does. before is the one that has ended.
func (w Ways) reach(ctx context.Context, before About) (*link, error) {
	begun := time.Now()
	var started *child
	for {
		l, err := dial(ctx, w.State, w.Caller)
		if err == nil && l.about.PID == before.PID && l.about.Since.Equal(before.Since) {
			l.close() // it still answers, and has said goodbye
			err = errGone
		}
		if err == nil || !silent(err) {
			return l, err
		}
		if started != nil && started.over() {
			if started, err = nil, w.understand(started, begun); err != nil {
				return nil, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		announced := w.follows && time.Since(begun) < succession
		if started == nil && !announced {
			if started, err = start(w.State, w.Engine); err != nil {
				return nil, err
			}
		}
		if err := wait(ctx); err != nil {
			return nil, err
		}
	}
}

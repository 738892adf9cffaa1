package attach

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
)

// Ways are how a process gets at the engine of a state directory.
type Ways struct {
	State  string
	About  About
	Caller Caller
	// Hold takes the directory, or says with a *journal.Held who has it. told is what there is to tell its operators first.
	Hold func(ctx context.Context, told string) (Holder, error)
	// Read reads it beside whoever has it.
	Read  func(ctx context.Context) (Reader, error)
	Rests bool         // an engine of this process ends again at once: nobody attaches to it
	Alone bool         // somebody else's engine will not do
	Say   func(string) // tells who is at this process why it does not end yet
	// Patience is how long somebody who holds the directory, and does not listen yet or is about to end, is waited for.
	Patience time.Duration
}

// again is how long to wait before the next try.
const again = 25 * time.Millisecond

// Open takes the state directory and lets others attach, or attaches to who has it.
func Open(ctx context.Context, w Ways) (*Standby, error) {
	e, err := w.open(ctx, "")
	if err != nil {
		return nil, err
	}
	return &Standby{engine: e, open: func(ctx context.Context, gone *Client) (Engine, error) {
		return w.open(ctx, fmt.Sprintf("%s has ended: its runs go on here", gone.about))
	}}, nil
}

func (w Ways) open(ctx context.Context, told string) (Engine, error) {
	for until := time.Now().Add(w.Patience); ; {
		e, err := w.Hold(ctx, told)
		if err == nil && w.Rests {
			return e, nil
		}
		if err == nil {
			return w.host(e)
		}
		var held *journal.Held
		if !errors.As(err, &held) || w.Alone {
			return nil, err
		}
		c, failed := w.attach(ctx)
		if failed == nil {
			return c, nil
		}
		switch {
		case !silent(failed):
			return nil, failed
		case time.Now().After(until):
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(again):
		}
	}
}

// silent tells whether nobody listens, not yet or not any more.
func silent(err error) bool {
	var unreachable *net.OpError
	return errors.As(err, &unreachable) || errors.Is(err, fs.ErrNotExist)
}

func (w Ways) host(e Holder) (Engine, error) {
	h, err := Host(e, w.State, w.About, w.Caller, w.Say)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return h, nil
}

func (w Ways) attach(ctx context.Context) (*Client, error) {
	reader, err := w.Read(ctx)
	if err != nil {
		return nil, err
	}
	c, err := Dial(ctx, w.State, reader, w.Caller)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return c, nil
}

package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
)

const (
	// frameTime is how long a snapshot is shown before the next one is taken: more could not be seen.
	frameTime = time.Second / 60
	// listenEvery is how often it is asked whether an engine that says nothing is still there.
	listenEvery = time.Second
	// silence is how long an engine may be unheard of before that is said.
	silence = 3 * time.Second
)

// feed brings the program what the engine says.
type feed struct {
	now   func() time.Time
	send  func(tea.Msg)
	heard func() time.Time // nil: the engine cannot tell, and is taken to be there

	last   time.Time // when it was heard of last
	silent bool
}

func newFeed(e engine.Engine, now func() time.Time, send func(tea.Msg)) *feed {
	f := &feed{now: now, send: send, last: now()}
	if h, ok := e.(engine.Heard); ok {
		f.heard = h.Heard
	}
	return f
}

// run hands snapshots to the program, the newest one at most once a frame, until the channel closes. At each beat it
// listens for the engine. The indexes are made here, so that Update only swaps a pointer.
func (f *feed) run(ctx context.Context, snapshots <-chan engine.Snapshot, beats <-chan time.Time) {
	for {
		select {
		case s, open := <-snapshots:
			if !open {
				if ctx.Err() == nil {
					f.send(engineGone{})
				}
				return
			}
			f.last = f.now()
			f.hears(f.last)
			f.send(snapshotMsg{present.NewWorld(s)})
			pause := time.NewTimer(frameTime)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return
			}
		case <-beats:
			f.listen()
		}
	}
}

// listen tells the program when the engine has not been heard of for too long, again at each beat, and when it is again.
func (f *feed) listen() {
	if f.heard == nil {
		return
	}
	if heard := f.heard(); heard.After(f.last) {
		f.last = heard
	}
	f.hears(f.now())
}

func (f *feed) hears(now time.Time) {
	silent := now.Sub(f.last) >= silence
	switch {
	case silent:
		f.send(silentMsg{f.last})
	case f.silent:
		f.send(silentMsg{})
	}
	f.silent = silent
}

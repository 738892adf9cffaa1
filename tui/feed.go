package tui

import (
	"context"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

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
	// lookEvery is every how many of those times an engine is looked for where there is none any more.
	lookEvery = 10
)

// feed brings the program what the engine says.
type feed struct {
	now   func() time.Time
	send  func(tea.Msg)
	heard func() time.Time                             // nil: the engine cannot tell, and is taken to be there
	reach func(context.Context) error                  // nil: one that has ended comes never back
	watch func(context.Context) <-chan engine.Snapshot // the next one

	last   time.Time // when it was heard of last
	silent bool
	beats  int // since the engine has ended
}

func newFeed(e engine.Engine, now func() time.Time, send func(tea.Msg)) *feed {
	f := &feed{now: now, send: send, watch: e.Watch, last: now()}
	if h, ok := e.(engine.Heard); ok {
		f.heard = h.Heard
	}
	if r, ok := e.(engine.Reached); ok {
		f.reach = r.Reach
	}
	return f
}

// run hands snapshots to the program, the newest one at most once a frame, until the context ends, or the channel closes
// and no other engine can be reached. At each beat it listens for the engine, or looks for one. The indexes are made here, so
// that Update only swaps a pointer.
func (f *feed) run(ctx context.Context, snapshots <-chan engine.Snapshot, beats <-chan time.Time) {
	var over <-chan struct{} // the end of the context, where no channel closes with it
	for {
		select {
		case s, open := <-snapshots:
			if !open {
				if ctx.Err() != nil {
					return
				}
				f.send(engineGone{sought: f.reach != nil})
				if f.reach == nil {
					return
				}
				snapshots, over, f.beats = nil, ctx.Done(), 0
				continue
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
			if snapshots != nil {
				f.listen()
			} else if snapshots = f.look(ctx); snapshots != nil {
				over = nil
			}
		case <-over:
			return
		}
	}
}

// look is what the engine says that can be reached again; nil while there is none.
func (f *feed) look(ctx context.Context) <-chan engine.Snapshot {
	f.beats++
	if f.beats%lookEvery != 0 || f.reach(ctx) != nil {
		return nil
	}
	return f.watch(ctx)
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

// known is what can be told before anything is drawn: how large the terminal is, and how things stand. So the first frame
// is the whole board. What is not there when it is late is waited for on the screen.
func known(ctx context.Context, out io.Writer, snapshots <-chan engine.Snapshot, late <-chan time.Time) []tea.Msg {
	var told []tea.Msg
	if f, is := out.(interface{ Fd() uintptr }); is {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			told = append(told, tea.WindowSizeMsg{Width: w, Height: h})
		}
	}
	select {
	case s, open := <-snapshots:
		if open {
			told = append(told, snapshotMsg{present.NewWorld(s)})
		}
	case <-late:
	case <-ctx.Done():
	}
	return told
}

// sizeOnce leaves out the first size of the terminal that Bubble Tea tells when it is the one that the first frame was
// made for: it would be drawn again, whole.
func sizeOnce(told []tea.Msg) func(tea.Model, tea.Msg) tea.Msg {
	var drawn tea.Msg
	if len(told) > 0 {
		drawn = told[0]
	}
	return func(_ tea.Model, msg tea.Msg) tea.Msg {
		size, is := msg.(tea.WindowSizeMsg)
		if !is {
			return msg
		}
		again := drawn == tea.Msg(size)
		drawn = nil
		if again {
			return nil
		}
		return msg
	}
}

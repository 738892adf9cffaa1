package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
)

// frameTime is how long a snapshot is shown before the next one is taken: more could not be seen.
const frameTime = time.Second / 60

// feed hands snapshots to the program, the newest one at most once a frame, until the channel closes. The indexes are
// made here, so that Update only swaps a pointer.
func feed(ctx context.Context, snapshots <-chan engine.Snapshot, send func(tea.Msg)) {
	for s := range snapshots {
		send(snapshotMsg{present.NewWorld(s)})
		pause := time.NewTimer(frameTime)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
	if ctx.Err() == nil {
		send(engineGone{})
	}
}

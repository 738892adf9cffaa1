package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/inspector"
	"github.com/gantry-cd/gantry/tui/present"
)

// details is what the inspector shows and no snapshot holds.
type details struct {
	key   engine.AttemptKey
	cause int // the line whose surroundings were asked for
	from  int
	lines []engine.LogLine
	proof *engine.Evidence
	at    int64 // of the snapshot's state when evidence was asked for last

	changes    *engine.Changes
	comparedAt string // the state that changes were asked in: they may be known better in a later one
}

func (d *details) around(msg aroundMsg) {
	if d.key == msg.key {
		d.from, d.lines = msg.from, msg.lines
	}
}

func (d *details) evidence(msg evidenceMsg) {
	if d.key.Run == msg.run && msg.evidence != nil {
		d.proof = msg.evidence
	}
}

func (d *details) changed(msg changesMsg) {
	if d.key.Run == msg.changes.Run {
		d.changes = &msg.changes
	}
}

// investigate asks for what the inspector lacks: the lines around the cause, the evidence, and what has changed since the
// last good release.
func (m *model) investigate() tea.Cmd {
	i, found := m.inspection()
	if !found {
		return nil
	}
	d := &m.details
	key := engine.AttemptKey{Run: i.Run, Stage: i.Stage, Attempt: i.Attempt}
	fresh := key != d.key
	if fresh {
		before := m.details
		m.details = details{key: key}
		if before.key.Run == key.Run {
			m.details.changes, m.details.comparedAt = before.changes, before.comparedAt
		}
	}
	var cmds []tea.Cmd
	if i.CauseLine != d.cause {
		d.cause = i.CauseLine
		from, n := inspector.Around(i.CauseLine)
		cmds = append(cmds, m.work.around(key, from, n))
	}
	if d.proof == nil && (fresh || d.at != i.ProofsAt) && i.Mark.Sign != present.StateMark(promotion.StateSucceeded).Sign {
		d.at = i.ProofsAt
		cmds = append(cmds, m.work.evidence(i.Run, i.Proofs))
	}
	if state := fmt.Sprint(i.Run, i.Environments == nil, i.Release); i.Mark.Sign != present.StateMark(promotion.StateSucceeded).Sign && d.comparedAt != state {
		d.comparedAt = state
		cmds = append(cmds, m.work.changes(i.Run))
	}
	return tea.Batch(cmds...)
}

func (m *model) inspection() (present.Inspection, bool) {
	return m.world.Inspect(m.entry.Run, m.cursor.Stage, m.now)
}

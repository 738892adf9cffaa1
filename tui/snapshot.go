package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// take shows the newest snapshot.
func (m *model) take(world *present.World) tea.Cmd {
	before := m.world
	m.world = world.With(m.guest)
	if before == nil {
		m.entry = m.world.Opening(m.first)
	} else if m.entry.Run == 0 {
		// The service's first run: nobody has to choose it.
		m.entry = world.Newest(m.entry.Service)
	}
	if m.entry.Service == "" {
		m.entry = m.world.Opening(m.first)
	}
	if m.leads || !m.cursorExists() {
		m.moveTo(world.At(m.entry.Run))
	}
	return tea.Batch(m.announce(before), m.call(before), m.returned())
}

// returned says that an engine is there again.
func (m *model) returned() tea.Cmd {
	if !m.gone {
		return nil
	}
	m.gone, m.heard = false, time.Time{}
	return m.say(theme.Good, "the engine is back: what you see is how things stand now")
}

// show turns the board to an entry and lets the cursor go along with it.
func (m *model) show(e present.Entry) {
	m.entry, m.leads = e, true
	m.cursor = board.Cursor{}
	m.moveTo(m.world.At(e.Run))
}

// moveTo puts the cursor on a stage; on the first column when there is none.
func (m *model) moveTo(stage promotion.StageID) {
	if stage != "" {
		m.cursor = board.Cursor{Column: stage.Column(), Stage: stage}
		return
	}
	if columns := m.present().Columns; m.cursor.Column == "" && len(columns) > 0 {
		m.cursor = board.Cursor{Column: columns[0].Name}
	}
}

func (m *model) cursorExists() bool {
	for _, c := range m.present().Columns {
		if c.Name != m.cursor.Column {
			continue
		}
		if len(c.Cards) == 0 && m.cursor.Stage == "" {
			return true
		}
		for _, card := range c.Cards {
			if card.ID == m.cursor.Stage {
				return true
			}
		}
	}
	return false
}

// announce tells what the engine has to say, and opens the inspector when the run on the screen has just broken.
func (m *model) announce(before *present.World) tea.Cmd {
	if before == nil {
		if run, found := m.world.Run(m.entry.Run); found && m.world.Broken(run.ID) != "" && run.CallsFor() != nil {
			return m.breakIn() // somebody was called for it, and may have no more time than its countdown
		}
		return m.halts("")
	}
	var said tea.Cmd
	if old, now := before.Snapshot.Notices, m.world.Snapshot.Notices; len(now) > 0 && (len(old) == 0 || old[len(old)-1] != now[len(now)-1]) {
		newest, role := now[len(now)-1], theme.Text
		if newest.Error {
			role = theme.Bad
		}
		said = m.say(role, newest.Text)
	}
	for _, asked := range m.world.AskedSince(before, m.work.actor) {
		said = m.say(theme.Accent, asked)
	}
	if halts := m.halts(before.Snapshot.Halted); halts != nil {
		said = halts
	}
	broken := m.world.Broken(m.entry.Run)
	if broken == "" || broken == before.Broken(m.entry.Run) {
		return said
	}
	m.moveTo(broken)
	if m.screen != keys.Board || m.top() != nil {
		return tea.Batch(said, m.say(theme.Bad, string(broken)+" broke: press "+m.keys.Of(keys.Inspect).Key()+" on the board to look into it"))
	}
	return tea.Batch(said, m.breakIn())
}

// halts says why nothing further starts, when that is new.
func (m *model) halts(before string) tea.Cmd {
	if why := m.world.Snapshot.Halted; why != "" && why != before {
		return m.say(theme.Bad, why)
	}
	return nil
}

// breakIn opens the inspector without having been asked to: it takes no key until the input has been quiet.
func (m *model) breakIn() tea.Cmd {
	m.screen, m.resting = keys.Inspector, true
	m.inspector.Top()
	m.openedAt = m.now
	return m.work.after(quietBefore, quietMsg{})
}

// wake lets the inspector that opened by itself take keys once the input has been quiet for long enough.
func (m *model) wake() {
	last := m.openedAt
	if m.lastKey.After(last) {
		last = m.lastKey
	}
	if m.now.Sub(last) >= quietBefore {
		m.resting = false
	}
}

// present is the board as it is to be shown now.
func (m *model) present() present.Board {
	s := &m.shown
	if at := m.asOf(); s.world != m.world || s.entry != m.entry || s.at != at.Unix() {
		*s = shownBoard{world: m.world, entry: m.entry, at: at.Unix(), board: m.world.BoardAgain(&m.memo, m.entry, at)}
	}
	return s.board
}

func (m *model) facts() present.Facts {
	if m.world == nil {
		return present.Facts{NoShell: m.work.noShell}
	}
	f := m.world.Facts(m.entry, m.cursor.Column, m.cursor.Stage, m.work.actor, m.now)
	f.NoShell, f.Evidence = m.work.noShell, m.details.proof != nil && m.details.key.Run == m.entry.Run
	return f
}

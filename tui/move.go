package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
)

// sideways is how many cells a log moves at a time.
const sideways = 16

// move moves whatever the screen is about: the cursor on the board, and lines elsewhere. The keys for pages, top and
// bottom always move the log, but for the fleet, the inspector and the pages.
func (m *model) move(a keys.Action) tea.Cmd {
	switch m.screen {
	case keys.DryRunScreen, keys.AuditScreen, keys.NumbersScreen, keys.CompareScreen:
		return m.movePage(a)
	case keys.Log, keys.ReplayLog:
		m.moveLog(a)
	case keys.Inspector:
		m.moveInspector(a)
	case keys.FleetScreen:
		m.moveFleet(a)
	case keys.HistoryScreen:
		return m.movePast(a)
	case keys.TimelineScreen:
		m.moveTimeline(a)
	case keys.ReplayScreen:
		m.moveReplay(a)
	default:
		switch a {
		case keys.Up, keys.Down, keys.Left, keys.Right:
			m.moveCursor(a)
		default:
			m.moveLog(a)
		}
	}
	return nil
}

func (m *model) moveLog(a keys.Action) {
	m.open.led = m.open.led || m.logOf().Cause > 0
	switch a {
	case keys.Up:
		m.log.Scroll(-1)
	case keys.Down:
		m.log.Scroll(1)
	case keys.PageUp:
		m.log.Page(-1)
	case keys.PageDown:
		m.log.Page(1)
	case keys.Top:
		m.log.ToTop()
	case keys.Bottom:
		m.log.Bottom()
	case keys.Left:
		m.log.Sideways(-sideways)
	case keys.Right:
		m.log.Sideways(sideways)
	}
}

func (m *model) moveInspector(a keys.Action) {
	page := max(1, m.h/2)
	switch a {
	case keys.Up:
		m.inspector.Scroll(-1)
	case keys.Down:
		m.inspector.Scroll(1)
	case keys.PageUp:
		m.inspector.Scroll(-page)
	case keys.PageDown:
		m.inspector.Scroll(page)
	case keys.Top:
		m.inspector.Top()
	case keys.Bottom:
		m.inspector.Scroll(1 << 20)
	}
}

func (m *model) moveFleet(a keys.Action) {
	n := len(m.services())
	page := max(1, m.h-6)
	by := map[keys.Action]int{keys.Up: -1, keys.Down: 1, keys.PageUp: -page, keys.PageDown: page, keys.Top: -n, keys.Bottom: n}
	m.fleet.Move(by[a], n)
}

// moveCursor moves between stages. Sideways it keeps its height as far as the next column has so many stages.
func (m *model) moveCursor(a keys.Action) {
	if to, moved := nextTo(m.present().Columns, m.cursor, a); moved {
		m.cursorTo(to)
	}
}

// nextTo is the place beside another one.
func nextTo(columns []present.Column, from board.Cursor, a keys.Action) (to board.Cursor, moved bool) {
	i := slices.IndexFunc(columns, func(c present.Column) bool { return c.Name == from.Column })
	if i < 0 {
		return from, false
	}
	at := slices.IndexFunc(columns[i].Cards, func(c present.Card) bool { return c.ID == from.Stage })
	switch a {
	case keys.Up:
		at--
	case keys.Down:
		at++
	case keys.Left:
		i--
	case keys.Right:
		i++
	}
	if i < 0 || i >= len(columns) {
		return from, false
	}
	to = board.Cursor{Column: columns[i].Name}
	if n := len(columns[i].Cards); n > 0 {
		to.Stage = columns[i].Cards[max(0, min(at, n-1))].ID
	}
	return to, true
}

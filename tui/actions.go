package tui

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// act does what an enabled key asks for.
func (m *model) act(a keys.Action) tea.Cmd {
	f := m.facts()
	switch a {
	case keys.Up, keys.Down, keys.Left, keys.Right, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom:
		return m.move(a)
	case keys.NextRun, keys.PrevRun:
		m.switchRun(a == keys.NextRun)
	case keys.Run:
		m.askRun(f, "", "")
	case keys.DryRun, keys.Audit, keys.Numbers:
		return m.openPage(a, f)
	case keys.Timeline:
		return m.askTimeline(f.Run)
	case keys.History, keys.Replay, keys.Compare, keys.Play, keys.Faster, keys.Slower, keys.NextEvent, keys.PrevEvent:
		return m.lookBack(a, f)
	case keys.RunPlan:
		return m.askRunPlan()
	case keys.RollBack:
		return m.askRollBack(f)
	case keys.Quit:
		if !m.haste.meant() {
			return m.tooFast()
		}
		return tea.Quit // nothing ends by it: the engine is a process of its own
	case keys.Sort:
		m.fleet.By, m.fleet.Cursor = m.fleet.By.Next(), 0
	case keys.Suspend:
		return m.suspend()
	case keys.Mouse:
		return m.toggleMouse()
	case keys.Help:
		m.lay(&helpPage{})
	case keys.Palette:
		m.openPalette("")
	default:
		if group := m.keys.Of(a).Group; (group == "Drive" || group == "Decide") && !m.haste.meant() {
			return m.tooFast()
		}
		if cmd, drives := m.drive(a, f); drives {
			return cmd
		}
		return m.look(a)
	}
	return nil
}

// look changes what is shown and nothing else.
func (m *model) look(a keys.Action) tea.Cmd {
	switch a {
	case keys.Inspect:
		if m.cursor.Stage != "" {
			m.screen = keys.Inspector
			m.inspector.Top()
		}
	case keys.OpenRow:
		if m.screen == keys.HistoryScreen {
			return m.openPastRun()
		}
		if m.screen == keys.TimelineScreen {
			m.openTimelineRow()
			return nil
		}
		m.openFleetRow()
	case keys.Cause:
		return m.goToCause()
	case keys.Evidence:
		m.screen, m.beneath, m.open.proof = keys.Log, m.screen, true
	case keys.Back:
		m.back()
	case keys.Fleet:
		m.toggle(keys.FleetScreen)
	case keys.Zoom:
		m.zoom()
	case keys.Search:
		m.askSearch()
	default:
		return m.readLog(a)
	}
	return nil
}

func (m *model) started(msg startedMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	m.screen = keys.Board
	m.show(present.Entry{Service: msg.service, Run: msg.run})
	return m.say(theme.Good, fmt.Sprintf("%s run %d of %s", msg.what, msg.run, msg.service))
}

func (m *model) done(msg doneMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	return m.say(theme.Good, msg.said)
}

// zoom opens the log on the whole screen, or goes back from it.
func (m *model) zoom() {
	switch m.screen {
	case keys.ReplayScreen:
		m.stopFilm()
		m.screen = keys.ReplayLog
	case keys.ReplayLog:
		m.screen = keys.ReplayScreen
	default:
		m.toggle(keys.Log)
	}
}

// toggle opens a screen, or goes back from it to the board.
func (m *model) toggle(s keys.Screen) {
	switch {
	case m.screen != s:
		m.screen, m.beneath = s, m.screen
	case m.beneath == keys.Inspector: // a log that was opened from it
		m.screen, m.beneath = keys.Inspector, keys.Board
	default:
		m.screen = keys.Board
	}
}

// back closes what is open; on the board it lets the cursor go along with the run again.
func (m *model) back() {
	switch {
	case m.screen&keys.OfLog != 0 && m.log.Selecting():
		m.log.ToggleSelect()
	case m.mode()&keys.Found != 0:
		m.log.Find("")
	case m.mode()&keys.Filtered != 0:
		m.log.Filter("")
	case m.screen == keys.FleetScreen && m.fleet.Filter != "":
		m.fleet.Filter = ""
	case m.screen == keys.AuditScreen && m.reading.filter != "":
		m.filterAudit("")
	case m.screen&(keys.Past|keys.CompareScreen) != 0:
		m.backFromPast()
	case m.screen == keys.Log:
		m.toggle(keys.Log)
	case m.screen != keys.Board:
		m.screen = keys.Board
	default:
		m.leads = true
		m.moveTo(m.world.At(m.entry.Run))
	}
}

// switchRun shows the next run or service, or the one before.
func (m *model) switchRun(forward bool) {
	entries := m.world.Entries(m.entry.Run)
	if len(entries) == 0 {
		return
	}
	i := slices.Index(entries, m.entry)
	if forward {
		i++
	} else {
		i += len(entries) - 1
	}
	if i < 0 {
		i = 0
	}
	m.show(entries[i%len(entries)])
}

func (m *model) openFleetRow() {
	if names := m.services(); m.fleet.Cursor < len(names) {
		m.screen = keys.Board
		m.show(m.world.Newest(names[m.fleet.Cursor]))
	}
}

// services are the names that the fleet lists.
func (m *model) services() []string {
	if s := &m.listed; s.world != m.world || s.filter != m.fleet.Filter || s.by != m.fleet.By {
		*s = listed{world: m.world, filter: m.fleet.Filter, by: m.fleet.By, names: m.world.Fleet(m.fleet.Filter, m.fleet.By)}
	}
	return m.listed.names
}

// goToCause shows the log where the failure's cause stands.
func (m *model) goToCause() tea.Cmd {
	i, found := m.inspection()
	if !found {
		return nil
	}
	m.screen, m.beneath = keys.Log, m.screen
	if i.CauseLine == 0 {
		return m.say(theme.Muted, "Nothing tells where in the log the cause stands")
	}
	if m.open.log == nil {
		m.open.pending = i.CauseLine
		return nil
	}
	m.log.Reveal(i.CauseLine - 1)
	return nil
}

// askSearch takes what to search for: in the log, or among the services of the fleet.
func (m *model) askSearch() {
	m.stopFilm()
	if m.screen == keys.AuditScreen {
		m.prompts(m.filterAudit)
		return
	}
	if m.screen == keys.HistoryScreen {
		m.prompts(m.past.seek)
		return
	}
	if m.screen == keys.FleetScreen {
		m.prompts(func(s string) { m.fleet.Filter, m.fleet.Cursor = s, 0 })
		return
	}
	m.prompts(m.log.Find)
}

// cursorTo moves the cursor by hand: from now on it stays where it is put.
func (m *model) cursorTo(c board.Cursor) {
	m.cursor, m.leads = c, false
}

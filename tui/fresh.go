package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/keys"
)

// freshAfter is how long after something has happened a page of a screen is asked for anew: what happens meanwhile is on it
// too. To make out the numbers is work.
var freshAfter = map[keys.Screen]time.Duration{keys.AuditScreen: time.Second, keys.NumbersScreen: 5 * time.Second}

// pageDue says that a page which is open is to be asked for anew.
type pageDue struct{ asked int }

// freshPage sees to it that an audit or numbers that stay open go along with what happens. One question, or the time until
// the next, is waited for at once.
func (m *model) freshPage() tea.Cmd {
	r := &m.reading
	wait, goesAlong := freshAfter[m.screen]
	if !goesAlong || r.waits || r.seq == m.world.Snapshot.Seq {
		return nil
	}
	r.waits = true
	return m.work.after(wait, pageDue{r.asked})
}

// askAgain asks for the page anew, unless another one is open by now.
func (m *model) askAgain(due pageDue) tea.Cmd {
	if _, goesAlong := freshAfter[m.screen]; !goesAlong || due.asked != m.reading.asked {
		return nil
	}
	return m.askPage()
}

// askPage asks the engine for what the audit or the numbers show, as things stand now.
func (m *model) askPage() tea.Cmd {
	r := &m.reading
	r.asked++
	r.at, r.seq, r.waits, r.empty = m.now, m.world.Snapshot.Seq, true, "Reading the journal…"
	if m.screen == keys.AuditScreen {
		return m.work.audit(r.asked)
	}
	return m.work.numbers(r.asked, windows[r.window])
}

package tui

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/help"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// driveTo does to a target what a key does to what is on the screen.
func (m *model) driveTo(a keys.Action, t target) tea.Cmd {
	m.turn(t)
	cmd, _ := m.drive(a, t.facts)
	return cmd
}

func orderRun(m *model, t target) tea.Cmd {
	m.askRun(t.facts, t.environment)
	return nil
}

// orderRollback rolls back the environment that was typed; without one it does what the key does.
func orderRollback(m *model, t target) tea.Cmd {
	m.turn(t)
	if t.environment == "" {
		return m.askRollBack(t.facts)
	}
	return tea.Batch(m.say(theme.Muted, "Looking at what is live in "+t.environment+"…"),
		m.work.preview(engine.RollbackRequest{Service: t.facts.Service, Environment: t.environment}))
}

func orderShow(m *model, t target) tea.Cmd {
	m.screen = keys.Board
	m.turn(t)
	return nil
}

func orderLogs(m *model, t target) tea.Cmd {
	m.turn(t)
	m.screen = keys.Log
	return nil
}

func orderFleet(m *model, t target) tea.Cmd {
	m.screen, m.fleet.Filter, m.fleet.Cursor = keys.FleetScreen, t.text, 0
	return nil
}

func orderAudit(m *model, t target) tea.Cmd {
	cmd := m.turnTo(keys.Audit, t.facts)
	m.reading.filter = t.text
	return cmd
}

// orderNumbers looks back as far as was typed, where that is one of the windows.
func orderNumbers(m *model, t target) tea.Cmd {
	window := 1
	if t.text != "" {
		days, err := strconv.Atoi(t.text)
		if window = slices.Index(windows, time.Duration(days)*day); err != nil || window < 0 {
			return m.say(theme.Wait, fmt.Sprintf("The numbers look back %s", windowWords()))
		}
	}
	m.screen = keys.NumbersScreen
	m.reading = reading{asked: m.reading.asked + 1, at: m.now, window: window}
	return m.askNumbers()
}

// windowWords are the windows of the numbers, as a sentence names them.
func windowWords() string {
	s := ""
	for i, w := range windows {
		switch {
		case i > 0 && i == len(windows)-1:
			s += " or "
		case i > 0:
			s += ", "
		}
		s += fmt.Sprint(int(w / day))
	}
	return s + " days"
}

func orderHelp(m *model, t target) tea.Cmd {
	m.lay(&helpPage{help.View{Sought: t.text}})
	return nil
}

// turnTo opens a page anew, also where it is open already.
func (m *model) turnTo(a keys.Action, f present.Facts) tea.Cmd {
	m.screen = keys.Board
	return m.openPage(a, f)
}

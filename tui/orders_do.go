package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
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
	m.askRun(t.facts, t.environment, t.commit)
	return nil
}

func orderExtend(m *model, t target) tea.Cmd {
	m.turn(t)
	return m.extend(t.facts, t.time)
}

// orderDrill asks before a failure is rehearsed: what follows from it is real.
func orderDrill(m *model, t target) tea.Cmd {
	drill := promotion.Drill{Stage: t.stage, How: cmp.Or(t.way, promotion.DrillFail)}
	if !slices.ContainsFunc(drillWays, func(c present.Choice) bool { return c.Text == drill.How }) {
		return m.say(theme.Wait, fmt.Sprintf("%q is no way for a drill to go wrong", drill.How))
	}
	d := dialog.Dialog{
		Title: fmt.Sprintf("Rehearse a failure of %s?", t.facts.Name()), Confirm: "Run the drill", Danger: true,
		Rows: []dialog.Row{
			{Text: "The working tree is built and promoted, and this stage goes wrong on purpose. What follows from it is real, as is every rollback.", Role: theme.Text}, {},
			{Label: "drill", Text: drill.String(), Role: theme.Drill},
		},
	}
	m.openDialog(d, func(dialog.Dialog) tea.Cmd {
		return tea.Batch(m.say(theme.Muted, "Starting a drill of "+t.facts.Name()+"…"), m.work.start(engine.StartRequest{ID: m.commandID(), Service: t.facts.Service, Drill: &drill}))
	})
	return nil
}

// orderRollback rolls back the environment that was typed; without one it does what the key does.
func orderRollback(m *model, t target) tea.Cmd {
	m.turn(t)
	if t.environment == "" {
		return m.askRollBack(t.facts)
	}
	return tea.Batch(m.say(theme.Muted, "Looking at what is live in "+t.environment+"…"),
		m.work.preview(engine.RollbackRequest{Service: t.facts.Service, Environment: t.environment, To: t.release}))
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
	m.reading = reading{asked: m.reading.asked, window: window}
	return m.askPage()
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

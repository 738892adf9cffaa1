package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// pending is what an open dialog would do.
type pending struct {
	confirm func() tea.Cmd
	twice   bool // ctrl+c in the dialog means yes: the same key asked for it
}

func (m *model) openDialog(d dialog.Dialog, p pending) {
	m.dialog, m.asked, m.help = &d, p, nil
}

func (m *model) askAbort(f present.Facts) {
	d := dialog.Dialog{
		ID: "abort", Title: fmt.Sprintf("Abort run %d of %s?", f.Run, f.Service), Confirm: "Abort the run", Danger: true,
		Rows: []dialog.Row{
			{Text: "The run ends and every environment stays as it is now: nothing is rolled back.", Role: theme.Text},
			{Text: ""},
			{Label: "stands at", Text: string(f.Stage), Role: theme.Strong},
		},
	}
	m.openDialog(d, pending{confirm: func() tea.Cmd { return m.ask(promotion.VerbAbort, f, "Aborted "+f.Doing()) }})
}

// askRollBack shows first what a rollback would do: of the run's policy when the run has broken, else of the chosen
// environment.
func (m *model) askRollBack(f present.Facts) tea.Cmd {
	if f.Bad == "" || f.Ended != "" || len(f.Reverts) == 0 {
		return tea.Batch(m.say(theme.Muted, "Looking at what is live in "+f.Environment+"…"), m.work.preview(f.Service, f.Environment))
	}
	var names []string
	d := dialog.Dialog{ID: "rollback", Title: fmt.Sprintf("Roll back run %d of %s now?", f.Run, f.Service), Confirm: "Roll back", Danger: true}
	for _, r := range f.Reverts {
		names = append(names, r.Environment)
		d.Rows = append(d.Rows, dialog.Row{Label: present.Title(r.Environment), Text: r.From + " → " + r.To, Role: theme.Strong})
		if r.Protected {
			d.Typed = r.Environment
		}
	}
	d.Rows = append(d.Rows, dialog.Row{}, dialog.Row{Text: fmt.Sprintf("This is what the policy says for %s %s. The database stays as it is.", f.Stage, f.Bad), Role: theme.Muted})
	m.openDialog(d, pending{confirm: func() tea.Cmd {
		return m.ask(promotion.VerbRollBack, f, "Rolling back "+strings.Join(names, " and "))
	}})
	return nil
}

// previewed shows what a rollback of one environment would do.
func (m *model) previewed(msg previewMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	m.notice = notice{}
	if m.dialog != nil || m.prompt != nil {
		return nil // the operator has turned to something else meanwhile
	}
	sheet := m.world.Rollback(msg.preview, msg.service, m.now)
	d := dialog.Dialog{ID: "rollback", Title: sheet.Title, Danger: true}
	for _, row := range sheet.Rows {
		d.Rows = append(d.Rows, dialog.Row{Label: row.Label, Text: row.Text, Role: row.Role})
	}
	if sheet.Allowed {
		d.Confirm, d.Typed = "Roll back", sheet.Typed
	}
	m.openDialog(d, pending{confirm: func() tea.Cmd { return m.work.rollBack(msg.service, msg.environment) }})
	return nil
}

// askQuit leaves at once when nothing is under way.
func (m *model) askQuit() tea.Cmd {
	busy := m.world.UnderWay()
	if len(busy) == 0 || m.gone {
		return tea.Quit
	}
	d := dialog.Dialog{ID: "quit", Title: "Leave while runs are under way?", Confirm: "Leave", Cancel: "Stay"}
	for i, s := range busy {
		if i == 5 {
			d.Rows = append(d.Rows, dialog.Row{Text: fmt.Sprintf("and %d more", len(busy)-i), Role: theme.Muted})
			break
		}
		d.Rows = append(d.Rows, dialog.Row{Text: s, Role: theme.Strong})
	}
	d.Rows = append(d.Rows, dialog.Row{}, dialog.Row{
		Text: "What runs now is ended, nothing is lost: the runs resume at the next start of gantry. Press ctrl+c again to leave at once.",
		Role: theme.Muted,
	})
	m.openDialog(d, pending{confirm: func() tea.Cmd { return tea.Quit }, twice: true})
	return nil
}

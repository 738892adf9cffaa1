package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// askApprove names what would be approved: the command carries the image that stands in the dialog, so that nobody
// approves one that they have not seen.
func (m *model) askApprove(f present.Facts) {
	d := dialog.Dialog{
		Title: fmt.Sprintf("Approve %s of %s for %s?", f.Release, f.Name(), present.Title(f.Before)), Confirm: "Approve",
		Rows: dialogRows(m.world.ApprovalRows(f.Run, m.now)), Fields: []dialog.Field{dialog.Why(false)},
	}
	if environment := f.Before; m.world.Protected(environment) {
		d.Fields = append([]dialog.Field{dialog.Name(environment)}, d.Fields...)
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		c := promotion.Command{Verb: promotion.VerbApprove, Environment: f.Before, Digest: f.Image, Reason: d.Text(len(d.Fields) - 1)}
		return m.ask(f, c, fmt.Sprintf("Approved %s for %s", f.Release, f.Before))
	})
}

func (m *model) askReject(f present.Facts) {
	d := dialog.Dialog{
		Title: fmt.Sprintf("Reject %s of %s for %s?", f.Release, f.Name(), present.Title(f.Before)), Confirm: "Reject", Danger: true,
		Rows: append(dialogRows(m.world.ApprovalRows(f.Run, m.now)), dialog.Row{},
			dialog.Row{Text: "The run ends, and nothing after this starts. What it deployed before stays."}),
		Fields: []dialog.Field{dialog.Why(true)},
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		c := promotion.Command{Verb: promotion.VerbReject, Environment: f.Before, Digest: f.Image, Reason: d.Text(0)}
		return m.ask(f, c, fmt.Sprintf("Rejected %s for %s", f.Release, f.Before))
	})
}

// askOverride asks before a person's word replaces a verdict, or opens a gate.
func (m *model) askOverride(f present.Facts) {
	c, what := promotion.Command{Verb: promotion.VerbOverride, Stage: f.Stage}, string(f.Stage)
	if f.Bad == "" {
		c, what = promotion.Command{Verb: promotion.VerbOverride, Environment: f.Before}, fmt.Sprintf("the %s gate of %s", f.Gate, f.Before)
	}
	d := dialog.Dialog{
		Title: "Override " + what + "?", Confirm: "Override", Danger: true,
		Fields: []dialog.Field{dialog.Why(true)},
	}
	if c.Environment != "" && m.world.Protected(c.Environment) {
		d.Fields = append([]dialog.Field{dialog.Name(c.Environment)}, d.Fields...)
	}
	entry := m.entry
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		c.Reason = d.Text(len(d.Fields) - 1)
		return m.ask(f, c, "Overridden: "+what)
	}).fresh = func(d *dialog.Dialog) {
		now := m.world.Facts(entry, "", "", m.work.actor, m.now)
		if now.Stage == f.Stage && now.Bad == f.Bad && now.Gate == f.Gate && now.Before == f.Before {
			d.Rows = dialogRows(m.world.OverrideRows(f.Run, m.asOf()))
			return
		}
		d.Confirm = "" // a word that was meant for this opens nothing else
		d.Rows = []dialog.Row{{Text: fmt.Sprintf("Run %d does not wait for %s any more: there is nothing to override.", f.Run, what), Role: theme.Wait}}
	}
}

func dialogRows(rows []present.SheetRow) []dialog.Row {
	all := make([]dialog.Row, len(rows))
	for i, row := range rows {
		all[i] = dialog.Row{Label: row.Label, Text: row.Text, Role: row.Role}
	}
	return all
}

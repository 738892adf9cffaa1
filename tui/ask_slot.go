package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// askHold holds the chosen environment, or releases it.
func (m *model) askHold(f present.Facts) {
	where := fmt.Sprintf("%s for %s", present.Title(f.Environment), f.Name())
	r := engine.SlotRequest{Verb: promotion.VerbHold, Service: f.Service, Team: f.Team, Environment: f.Environment}
	d := dialog.Dialog{Title: "Hold " + where + "?", Confirm: "Hold", Fields: []dialog.Field{dialog.Why(true)}, Rows: []dialog.Row{
		{Text: "Nothing enters it or goes on in it until a person releases it. A stage that runs comes to its end, and a rollback may go on.", Role: theme.Text},
	}}
	said := f.Environment + " is on hold"
	if f.OnHold != "" {
		r.Verb, said = promotion.VerbRelease, f.Environment+" is not on hold any more"
		d = dialog.Dialog{Title: "Release " + where + "?", Confirm: "Release", Fields: []dialog.Field{dialog.Why(false)}, Rows: []dialog.Row{
			{Text: f.OnHold, Role: theme.Strong}, {}, {Text: "What waits behind the hold goes on by itself.", Role: theme.Text},
		}}
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		r.ID, r.Reason = m.commandID(), d.Text(0)
		return m.work.rule(r, said)
	})
}

// askVeto keeps the run's release out of the chosen environment or of all of them, or lets it in again.
func (m *model) askVeto(f present.Facts) {
	r := engine.SlotRequest{Verb: promotion.VerbVeto, Service: f.Service, Team: f.Team, Release: string(f.Image)}
	d := dialog.Dialog{
		Title: fmt.Sprintf("Veto %s of %s?", f.Release, f.Name()), Confirm: "Veto", Danger: true, Fields: []dialog.Field{dialog.Why(true)},
		Rows: []dialog.Row{
			{Text: "The release may not enter, whoever starts it, until a person allows it. Where it is live it stays, and a run that is inside an environment with it goes on there: abort that one with x.", Role: theme.Text}, {},
			{Label: "image", Text: string(f.Image), Role: theme.Muted},
		},
	}
	if f.Vetoed {
		r.Verb = promotion.VerbAllow
		d.Title, d.Confirm, d.Danger, d.Fields = fmt.Sprintf("Allow %s of %s again?", f.Release, f.Name()), "Allow", false, []dialog.Field{dialog.Why(false)}
		d.Rows[0].Text = "The release may enter again, also where a rollback has kept it out."
	}
	environments := []string{f.Environment, ""}
	if f.Environment == "" {
		environments = environments[1:]
	} else {
		d.Choices = append(d.Choices, dialog.Choice{Label: present.Title(f.Environment), Text: "in this environment"})
	}
	d.Choices = append(d.Choices, dialog.Choice{Label: "all", Text: "in every environment"})
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		r.ID, r.Reason, r.Environment = m.commandID(), d.Text(0), environments[d.Chosen()]
		return m.work.rule(r, fmt.Sprintf("%s %s", f.Release, either(r.Verb == promotion.VerbAllow, "may enter again", "is vetoed")))
	})
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

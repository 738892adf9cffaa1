package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

func (m *model) askAbort(f present.Facts) {
	d := dialog.Dialog{
		Title: fmt.Sprintf("Abort run %d of %s?", f.Run, f.Name()), Confirm: "Abort the run", Danger: true, Fields: []dialog.Field{dialog.Why(false)},
		Rows: []dialog.Row{
			{Text: "The run ends and every environment stays as it is now: nothing is rolled back.", Role: theme.Text},
			{},
			{Label: "stands at", Text: string(f.Stage), Role: theme.Strong},
		},
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		return m.ask(f, promotion.Command{Verb: promotion.VerbAbort, Reason: d.Text(0)}, "Aborted "+f.Doing())
	})
}

// askAbortBack shows what the run's policy would roll back.
func (m *model) askAbortBack(f present.Facts) tea.Cmd {
	title, why := fmt.Sprintf("Abort run %d of %s and roll back?", f.Run, f.Name()), fmt.Sprintf("what the policy says for a failure in %s", f.Stage.Column())
	if f.Bad != "" {
		title, why = fmt.Sprintf("Roll back run %d of %s now?", f.Run, f.Name()), fmt.Sprintf("what the policy says for %s %s", f.Stage, f.Bad)
	}
	var names []string
	d := dialog.Dialog{Title: title, Confirm: "Roll back", Danger: true, Fields: []dialog.Field{dialog.Why(false)}}
	for _, r := range f.Reverts {
		if r.Alone != "" {
			d.Rows = append(d.Rows, dialog.Row{Label: present.Title(r.Environment), Text: "left alone: it has moved on, " + r.Alone + " is live there now", Role: theme.Muted})
			continue
		}
		names = append(names, r.Environment)
		d.Rows = append(d.Rows, dialog.Row{Label: present.Title(r.Environment), Text: r.From + " → " + r.To, Role: theme.Strong})
		if r.Protected {
			d.Fields = append([]dialog.Field{dialog.Name(r.Environment)}, d.Fields...)
		}
	}
	end := []dialog.Row{{}, {Text: "This is " + why + ". The run ends; the database stays as it is: no migration is undone.", Role: theme.Muted}}
	d.Rows = append(d.Rows, end...)
	question := m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		return m.ask(f, promotion.Command{Verb: promotion.VerbRollBack, Reason: d.Text(len(d.Fields) - 1)}, strings.TrimSpace("Rolling back "+strings.Join(names, " and ")))
	})
	return m.work.policy(f, func(previews []engine.RollbackPreview) {
		question.dialog.Rows = append(dialogRows(m.world.PolicyRows(previews, m.now)), end...)
	})
}

// askRollBack shows first what a rollback would do: of the run's policy when the run has broken, else of the chosen
// environment.
func (m *model) askRollBack(f present.Facts) tea.Cmd {
	if f.Bad != "" && f.Ended == "" && len(f.Reverts) > 0 {
		return m.askAbortBack(f)
	}
	return tea.Batch(m.say(theme.Muted, "Looking at what is live in "+f.Environment+"…"), m.work.preview(engine.RollbackRequest{Service: f.Service, Team: f.Team, Environment: f.Environment}))
}

// previewed shows what a rollback of one environment would do.
func (m *model) previewed(msg previewMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	m.notice = notice{}
	if m.top() != nil {
		return nil // the operator has turned to something else meanwhile
	}
	sheet := m.world.Rollback(msg.preview, msg.request.Service, m.now)
	d := dialog.Dialog{Title: sheet.Title, Danger: true, Rows: dialogRows(sheet.Rows)}
	if sheet.Allowed {
		d.Confirm, d.Fields = "Roll back", []dialog.Field{dialog.Why(false)}
		if sheet.Typed != "" {
			d.Fields = append([]dialog.Field{dialog.Name(sheet.Typed)}, d.Fields...)
		}
	}
	for i, target := range sheet.Targets {
		c := dialog.Choice{Label: "another", Text: target.Text, Looks: true}
		if i == 0 {
			c = dialog.Choice{Label: "as above", Text: target.Text, WhyNot: either(sheet.Allowed, "", "refused, see above")}
		}
		d.Choices = append(d.Choices, c)
	}
	if !sheet.Allowed && len(d.Choices) > 0 {
		d.Confirm = "Show it"
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		r := msg.request
		if i := d.Chosen(); i > 0 { // nobody rolls back to what they have not seen
			r.To = sheet.Targets[i].To
			return m.work.preview(r)
		}
		r.Reason = d.Text(len(d.Fields) - 1)
		r.ID, r.Seen = m.commandID(), msg.preview.Seen()
		return m.work.rollBack(r)
	}).rests = m.now
	return nil
}

// askRun asks how far a run of the working tree shall go: a slip of a finger starts nothing on its way to production.
// until is the environment to begin with among the answers, commit what is built; "" none, and the working tree.
func (m *model) askRun(f present.Facts, until, commit string) {
	requests := []engine.StartRequest{{Service: f.Service, Commit: commit}, {Service: f.Service, Commit: commit, Step: true}}
	d := dialog.Dialog{
		Title: "Run " + f.Name() + "?", Confirm: "Run", Show: "Dry run", Again: m.keys.Of(keys.Run).Again(),
		Rows: []dialog.Row{{Text: "The working tree as it is now is built, tested and promoted.", Role: theme.Text}},
		Choices: []dialog.Choice{
			{Label: "all", Text: "all the way, through every environment"},
			{Label: "step", Text: "step by step: it pauses before every stage"},
		},
	}
	if commit != "" {
		d.Rows[0].Text = "A checkout of " + text.Clean(commit) + " is built, tested and promoted."
	}
	for _, environment := range m.world.Snapshot.Environments[:max(0, len(m.world.Snapshot.Environments)-1)] {
		requests = append(requests, engine.StartRequest{Service: f.Service, Commit: commit, Until: environment.Name})
		if environment.Name == until {
			d = d.Choose(len(d.Choices))
		}
		d.Choices = append(d.Choices, dialog.Choice{Label: "until " + environment.Name, Text: "and no further"})
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		r := requests[d.Chosen()]
		r.ID = m.commandID()
		return tea.Batch(m.say(theme.Muted, "Starting a run of "+f.Name()+"…"), m.work.start(r))
	}).show = func(d dialog.Dialog) tea.Cmd { return m.openDryRun("a run of "+f.Name(), requests[d.Chosen()]) }
}

// askRerun lets choose where a new run of the release begins.
func (m *model) askRerun(f present.Facts) {
	starts := m.world.Starts(f.Run)
	d := dialog.Dialog{
		Title: fmt.Sprintf("Rerun %s of %s from…", f.Release, f.Name()), Confirm: "Rerun", Show: "Dry run", Fields: []dialog.Field{dialog.Why(false)},
		Rows: []dialog.Row{{Text: present.Explain(present.VerbRerun), Role: theme.Text}},
	}
	for _, s := range starts {
		d.Choices = append(d.Choices, dialog.Choice{Label: s.Title, Text: s.Text, WhyNot: s.WhyNot})
	}
	d = d.Choose(present.FirstStart(starts))
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		return m.work.rerun(f.Service, engine.RerunRequest{ID: m.commandID(), Run: f.Run, From: starts[d.Chosen()].From, Reason: d.Text(0)})
	}).show = func(d dialog.Dialog) tea.Cmd {
		asked := m.openRehearsal("a rerun of " + f.Doing())
		return m.work.dryRerun(asked, engine.RerunRequest{Run: f.Run, From: starts[d.Chosen()].From})
	}
}

// askReprovision puts the run's release aside, or takes away what was put there.
func (m *model) askReprovision(f present.Facts) {
	if f.Reprovision {
		d := dialog.Dialog{
			Title: "Remove what " + f.Doing() + " has put aside?", Confirm: "Remove", Danger: true, Fields: []dialog.Field{dialog.Why(false)},
			Rows: []dialog.Row{{Text: "Its process, its endpoint and its copy of the database are taken away. Nothing that counts as live is touched.", Role: theme.Text}, {},
				{Label: "release", Text: f.Release, Role: theme.Strong}},
		}
		m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
			return m.ask(f, promotion.Command{Verb: promotion.VerbRemove, Reason: d.Text(0)}, "Removing what "+f.Doing()+" has put aside")
		})
		return
	}
	d := dialog.Dialog{
		Title: fmt.Sprintf("Put %s of %s aside?", f.Release, f.Name()), Confirm: "Put it aside", Fields: []dialog.Field{dialog.Why(false)},
		Rows: []dialog.Row{{Text: "It runs beside what is live, with an endpoint and a copy of the database of its own, until its time is over or somebody removes it. It never counts as live, and nothing is verified.", Role: theme.Text}},
	}
	m.openDialog(d, func(d dialog.Dialog) tea.Cmd {
		return m.work.reprovision(f.Service, engine.ReprovisionRequest{ID: m.commandID(), Run: f.Run, Reason: d.Text(0)})
	})
}

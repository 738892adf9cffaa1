package tui

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/sheet"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// planRows are a dry run's lines: labels in a column of their own.
func planRows(lines []present.PlanLine) []sheet.Row {
	const labels = 24
	rows := make([]sheet.Row, 0, len(lines))
	for _, line := range lines {
		lead := text.Spaces(1 + 2*line.Indent)
		if line.Indent > 0 {
			lead += text.Pad(line.Label, max(labels-2*line.Indent, text.Width(line.Label)+1))
		}
		rows = append(rows, sheet.Row{Lead: []frame.Part{frame.P(theme.Muted, lead)}, Text: frame.P(line.Role, line.Text)})
	}
	return rows
}

// auditRows are who did what and when; where there is room on one line with why, and what came of it.
func auditRows(entries []present.AuditRow, w int) []sheet.Row {
	rows := make([]sheet.Row, 0, len(entries))
	for _, e := range entries {
		said := e.Of
		if e.Why != "" {
			said += "  because: " + e.Why
		}
		lead := []frame.Part{
			frame.P(theme.Muted, " "+e.When+"  "), frame.P(theme.Strong, text.Pad(e.Who, 12)+" "), frame.P(e.Role, text.Pad(e.What, 24)+" "),
		}
		row := sheet.Row{Lead: lead, Text: frame.P(theme.Text, said+"  → "+e.Result)}
		if w < 130 {
			row.Hang = 4
		}
		rows = append(rows, row)
	}
	return rows
}

// compareRows are two runs side by side, with what changed from one to the other.
func compareRows(rows []present.CompareRow, w int) []sheet.Row {
	label := min(24, w/4)
	side := max(8, (w-label-4)*3/10)
	all := make([]sheet.Row, 0, len(rows))
	for _, r := range rows {
		if r.A == "" && r.B == "" {
			all = append(all, sheet.Row{Lead: []frame.Part{frame.P(theme.Title, " "+r.Label)}})
			continue
		}
		all = append(all, sheet.Row{
			Lead: []frame.Part{
				frame.P(theme.Muted, "   "+text.Pad(r.Label, label-1)+" "), frame.P(theme.Text, text.Pad(r.A, side-1)+" "), frame.P(theme.Strong, text.Pad(r.B, side-1)+" "),
			},
			Text: frame.P(r.Role, strings.TrimSpace(r.Diff)),
		})
	}
	return all
}

// figureCells are the widths of a figure's name, value and bar.
const (
	nameCells  = 34
	valueCells = 18
	shareCells = 10
)

// numberRows are the figures of all services together with their definitions, then those of each.
func numberRows(t *theme.Theme, n engine.Numbers) []sheet.Row {
	p := &numbersPage{theme: t}
	p.say(theme.Muted, 1, fmt.Sprintf("%s; production is %s", present.Window(n), text.Clean(n.Last)))
	if left := present.LeftOut(n.LeftOut); left != "" {
		p.say(theme.Muted, 1, left)
	}
	switch len(n.Services) {
	case 0:
		p.say(theme.Text, 1, "Nothing that counts has run yet.")
	case 1:
		p.service(n.Services[0], true)
	default:
		p.service(n.Overall, true)
		for _, service := range n.Services {
			p.service(service, false)
		}
	}
	return p.rows
}

type numbersPage struct {
	theme *theme.Theme
	rows  []sheet.Row
}

func (p *numbersPage) say(role theme.Role, indent int, s string) {
	p.rows = append(p.rows, sheet.Row{Lead: []frame.Part{frame.P(theme.Text, text.Spaces(indent))}, Text: frame.P(role, s)})
}

func (p *numbersPage) service(n engine.ServiceNumber, define bool) {
	name := text.Clean(n.Service)
	if name == "" {
		name = "All services"
	}
	p.say(theme.Text, 0, "")
	p.say(theme.Title, 1, name)
	for _, row := range present.NumberRows(n.Figures) {
		p.figure(row, row.Share)
		if define {
			p.say(theme.Muted, 5, row.Definition)
		}
	}
	if len(n.Overridden) > 0 {
		p.say(theme.Wait, 3, "waved through by a person, which is no pass: run "+strings.Trim(fmt.Sprint(n.Overridden), "[]"))
	}
	if len(n.Stages) == 0 {
		return
	}
	p.say(theme.Muted, 1, "How long the stages take")
	longest := 0.0
	for _, f := range n.Stages {
		if f.Value != nil {
			longest = max(longest, *f.Value)
		}
	}
	for i, row := range present.NumberRows(n.Stages) {
		share := -1.0
		if value := n.Stages[i].Value; value != nil && longest > 0 {
			share = *value / longest
		}
		p.figure(row, share)
	}
}

// figure is one line: the name, the value, a bar where the value is a part of something, and how much it was made of.
func (p *numbersPage) figure(row present.NumberRow, share float64) {
	value := row.Value
	if row.P95 != "" {
		value += "  p95 " + row.P95
	}
	known := row.N
	switch {
	case row.Value == "—" && row.Note != "":
		known = row.Note
	case row.Note != "":
		known += "; " + row.Note
	}
	lead := []frame.Part{frame.P(theme.Text, "   "+text.Pad(row.Name, nameCells))}
	switch {
	case row.Value == "—":
		lead = append(lead, frame.P(row.Role, "—  "))
	case share < 0:
		lead = append(lead, frame.P(row.Role, text.Pad(value, valueCells)))
	default:
		full := max(0, min(shareCells, int(share*shareCells+0.5)))
		lead = append(lead, frame.P(row.Role, text.Pad(value, valueCells)), frame.P(theme.Busy, strings.Repeat(p.theme.Sign(theme.BarFull), full)),
			frame.P(theme.Faint, strings.Repeat(p.theme.Sign(theme.BarEmpty), shareCells-full)+"  "))
	}
	p.rows = append(p.rows, sheet.Row{Lead: lead, Hang: 5, Text: frame.P(theme.Muted, known)})
}

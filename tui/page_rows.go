package tui

import (
	"strings"

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
	side := max(8, (w-label-4-20)/2)
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

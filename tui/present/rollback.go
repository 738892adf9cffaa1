package present

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Sheet is what a rollback would do, in rows.
type Sheet struct {
	Title   string
	Rows    []SheetRow
	Typed   string // what must be typed: the name of a protected environment
	Allowed bool
	Targets []Target // what else may be gone back to, after what the sheet shows; empty when there is nothing else
}

// Target is a release that an environment may be rolled back to.
type Target struct {
	To   string // the digest of its image
	Text string
}

// SheetRow is one labelled sentence.
type SheetRow struct {
	Label string
	Text  string
	Role  theme.Role
}

// Rollback presents a preview.
func (w *World) Rollback(p engine.RollbackPreview, service string, now time.Time) Sheet {
	s := Sheet{Title: fmt.Sprintf("Roll %s back in %s?", text.Clean(service), Title(p.Slot.Environment)), Allowed: p.Refused == ""}
	s.side("from", p.From, p.FromBy, "nothing is live", theme.Text, now)
	if p.To != nil || p.Refused == "" {
		s.side("to", p.To, p.ToBy, "empty: no release was ever good here, the service is stopped", theme.Strong, now)
	}
	if p.To != nil {
		image, role := "still in the repository: "+string(p.To.Release.Image), theme.Good
		if !p.Available {
			image, role = "NOT in the repository any more: "+string(p.To.Release.Image), theme.Bad
		}
		s.Rows = append(s.Rows, SheetRow{"image", image, role})
	}
	for _, end := range p.Ends {
		s.Rows = append(s.Rows, SheetRow{"ends", text.Clean(end), theme.Wait})
	}
	for _, warning := range p.Warnings {
		s.Rows = append(s.Rows, SheetRow{"warning", text.Clean(warning), theme.Wait})
	}
	if len(p.Notes) > 0 {
		s.Rows = append(s.Rows, SheetRow{})
	}
	for _, note := range p.Notes {
		s.Rows = append(s.Rows, SheetRow{Text: text.Clean(note), Role: theme.Muted})
	}
	if p.Refused != "" {
		s.Rows = append(s.Rows, SheetRow{}, SheetRow{Label: "refused", Text: text.Clean(p.Refused), Role: theme.Bad})
	}
	if len(p.Others) > 0 {
		s.Targets = []Target{{Text: "to " + nameOf(p.To)}}
		for _, other := range p.Others {
			s.Targets = append(s.Targets, Target{To: string(other.Release.Image), Text: deployed(&other, "", now) + ": shows first what that would do"})
		}
	}
	if p.Protected {
		s.Typed = p.Slot.Environment
	}
	return s
}

// PolicyRows say what the rollbacks that a run's policy calls for would do, one environment after the other.
func (w *World) PolicyRows(previews []engine.RollbackPreview, now time.Time) []SheetRow {
	var rows []SheetRow
	for i, p := range previews {
		if i > 0 {
			rows = append(rows, SheetRow{})
		}
		s := w.Rollback(p, p.Slot.Service, now)
		label := Title(p.Slot.Environment)
		if p.Refused != "" {
			rows = append(rows, SheetRow{label, text.Clean(p.Refused), theme.Muted})
			continue
		}
		rows = append(rows, SheetRow{label, nameOf(p.From) + " → " + either(p.To == nil, "empty: nothing was good here before", nameOf(p.To)), theme.Strong})
		for _, row := range s.Rows {
			if row.Label != "" && row.Label != "commit" {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// side is one side of a rollback: the release and since when, its commit, and who made it live.
func (s *Sheet) side(label string, d *promotion.Deployment, by, nothing string, role theme.Role, now time.Time) {
	s.Rows = append(s.Rows, SheetRow{label, deployed(d, nothing, now), role})
	if d == nil {
		return
	}
	if commit := d.Release.Commit; commit != "" {
		s.Rows = append(s.Rows, SheetRow{"commit", text.Clean(commit) + said(" ", quote(d.Release.Subject)), theme.Muted})
	}
	if by != "" {
		s.Rows = append(s.Rows, SheetRow{"by", text.Clean(by) + said(", ", text.Clean(d.Cause)), theme.Muted})
	}
}

// deployed names a deployment: what, and since when.
func deployed(d *promotion.Deployment, nothing string, now time.Time) string {
	if d == nil {
		return nothing
	}
	s := text.Clean(d.Release.Name())
	if !d.Since.IsZero() {
		s += fmt.Sprintf(", since %s (%s)", d.Since.Local().Format("2 Jan 15:04"), Age(now, d.Since))
	}
	return s
}

// Summary is what stays in the scroll-back after the console has closed: every service's newest run, and what is live.
func (w *World) Summary(now time.Time) []string {
	var lines []string
	for _, e := range w.Entries(0) {
		run, found := w.Run(e.Run)
		if !found {
			continue
		}
		line := fmt.Sprintf("%s  run %d  %s  %s", text.Clean(e.Service), run.ID, text.Clean(run.Release.Name()), RunMark(run).Word)
		if run.Done() {
			line += " " + Ago(now, run.Finished)
		} else if _, stage, more := run.Current(); more {
			line += " at " + string(stage.ID)
		}
		if run.Reason != "" {
			line += ": " + text.Clean(run.Reason)
		}
		lines = append(lines, line)
		for _, environment := range w.Snapshot.Environments {
			live := liveOf(w.slot(environment.Name, e.Service).Live, 0, now)
			if live.Name == "" {
				live.Name, live.Age = "nothing", ""
			}
			lines = append(lines, fmt.Sprintf("  %-8s %s %s", environment.Name, live.Name, live.Age))
		}
	}
	return lines
}

package plain

import (
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// Runs writes a list of runs, as a table or, in the format JSON, as an array.
func Runs(w io.Writer, runs []promotion.Run, format string, now time.Time) error {
	if format == JSON {
		lines := make([]runLine, 0, len(runs))
		for _, run := range runs {
			lines = append(lines, runLineOf(run))
		}
		return writeJSON(w, lines)
	}
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "Nothing has run yet: `gantry run SERVICE` starts a run.")
		return err
	}
	t := NewTable(onOneLine(w))
	fmt.Fprintln(t, "RUN\tSERVICE\tKIND\tRELEASE\tSTARTED\tTOOK\tSTATE")
	teams := several(runs)
	for _, run := range runs {
		service := run.Plan.Service
		if teams[service] {
			service += " (" + run.Plan.Team + ")"
		}
		end := now
		if run.Done() {
			end = run.Finished
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", run.ID, text.Clean(service), run.Plan.Kind, text.Clean(run.Release.Name()),
			run.Started.Local().Format("2006-01-02 15:04:05"), present.Elapsed(end.Sub(run.Started)), standing(run))
	}
	return t.Flush()
}

// several are the services that more than one team has runs of.
func several(runs []promotion.Run) map[string]bool {
	team, several := map[string]string{}, map[string]bool{}
	for _, run := range runs {
		if known, found := team[run.Plan.Service]; found && known != run.Plan.Team {
			several[run.Plan.Service] = true
		}
		team[run.Plan.Service] = run.Plan.Team
	}
	return several
}

// runLine adds to a run what its JSON leaves to the plan.
type runLine struct {
	Service string            `json:"service"`
	Kind    promotion.RunKind `json:"kind"`
	State   string            `json:"state"`
	Waits   string            `json:"waits,omitempty"`
	Drill   *drillLine        `json:"drill,omitempty"`
	promotion.Run
}

func runLineOf(run promotion.Run) runLine {
	return runLine{
		Service: run.Plan.Service, Kind: run.Plan.Kind, State: present.RunMark(run).Word, Waits: present.Wait(run), Drill: drillOf(run), Run: run,
	}
}

// drillLine marks a run as a rehearsal. The rollback of one has no stage, and is real: "rollback".
type drillLine struct {
	Stage promotion.StageID `json:"stage,omitempty"`
	How   string            `json:"how"`
}

func drillOf(run promotion.Run) *drillLine {
	switch {
	case run.Plan.Drill != nil:
		return &drillLine{Stage: run.Plan.Drill.Stage, How: run.Plan.Drill.How}
	case run.Plan.Rehearsal():
		return &drillLine{How: "rollback"}
	}
	return nil
}

// standing says how a run stands; of a rehearsal it begins with that.
func standing(run promotion.Run) string {
	if drill := present.Drill(run); drill != "" {
		return drill + "; " + standsAt(run)
	}
	return standsAt(run)
}

func standsAt(run promotion.Run) string {
	s := present.RunMark(run).Word
	if run.Done() {
		if run.Reason != "" {
			s += ": " + text.Clean(run.Reason)
		}
		return s
	}
	if _, stage, more := run.Current(); more {
		s += " at " + string(stage.ID)
	}
	if waiting := run.Waits(); waiting != nil && present.Wait(run) != "" {
		s += ": " + text.Clean(waiting.Reason) + since(waiting)
	}
	return s
}

// since is from when on something waits.
func since(w *promotion.Waiting) string {
	if w.Since.IsZero() {
		return ""
	}
	return ", since " + w.Since.Local().Format("2 Jan 15:04")
}

// Show writes one run with every stage, attempt and reason, and what sets its release apart from the last good one.
func Show(w io.Writer, run promotion.Run, changes engine.Changes, format string, now time.Time) error {
	if format == JSON {
		line := shownLine{runLine: runLineOf(run)}
		if changes.Since != nil || changes.Without != "" {
			line.Changes = &changes
		}
		return writeJSON(w, line)
	}
	p := newSheet(w)
	p.say("run %d of %s: %s", run.ID, text.Clean(run.Plan.Service), standing(run))
	if run.Plan.Team != "" {
		p.say("  team     %s", text.Clean(run.Plan.Team))
	}
	p.say("  release  %s %q", text.Clean(run.Release.Name()), text.Clean(run.Release.Subject))
	if image := run.Release.Image; image != "" {
		p.say("  image    %s", image)
	}
	p.say("  started  %s by %s", run.Started.Local().Format("2006-01-02 15:04:05"), text.Clean(run.Actor))
	if run.Why != "" {
		p.say("  because  %s", text.Clean(run.Why))
	}
	if earlier := run.Plan.Rerun; earlier != 0 {
		p.say("  carries  the release of run %d", earlier)
	}
	if !run.Expires.IsZero() && !run.Done() {
		p.say("  stays    until %s", run.Expires.Local().Format("2006-01-02 15:04:05"))
	}
	if revert := run.Plan.Revert; revert != nil {
		p.say("  reverts  run %d", max(revert.Cause, revert.Reverts))
	}
	if by := run.Reverted; by != nil {
		p.say("  reverted in %s by run %d", by.Environment, by.By)
	}
	if why := present.Wait(run); why != "" {
		p.say("  %s%s", why, since(run.Waits()))
	}
	for _, c := range run.Columns {
		p.column(run, c, now)
	}
	if run.Outcome == promotion.RollbackFailed {
		for _, next := range present.AfterAFailedRollback(run) {
			p.say("%s", next)
		}
	}
	p.changes(changes, now)
	for _, l := range run.Rollbacks {
		p.say("rollback of %s: run %d %s %s", l.Environment, l.Run, l.Outcome, text.Clean(l.Reason))
	}
	return p.out.Flush()
}

// shownLine is a run with what sets its release apart.
type shownLine struct {
	runLine
	Changes *engine.Changes `json:"changes,omitempty"`
}

// manyChanges is how many changes of a kind are written.
const manyChanges = 20

func (p *sheet) changes(c engine.Changes, now time.Time) {
	since := present.ChangedSince(c)
	switch {
	case since == "":
		return
	case c.Since == nil:
		p.say("what has changed: %s", since)
		return
	}
	p.say("changed since %s", since)
	for _, row := range present.ChangeRows(c, now, manyChanges) {
		line := fmt.Sprintf("  %-8s %s", row.Label, row.Text)
		if row.Note != "" {
			line += " (" + row.Note + ")"
		}
		p.say("%s", line)
	}
}

func (p *sheet) column(run promotion.Run, c promotion.ColumnState, now time.Time) {
	p.say("%s", c.Name)
	if a := c.Approved; a != nil {
		expired := ""
		if a.Until != nil && !c.Entered && !now.Before(*a.Until) {
			expired = ", which has expired"
		}
		p.say("  approved by %s at %s as %s%s%s", text.Clean(a.By), a.At.Local().Format("2 Jan 15:04:05"), a.Digest.Short(), expired, because(a.Reason))
	}
	for _, gate := range c.Overridden {
		p.say("  %s overridden", gate)
	}
	for _, s := range c.Stages {
		line := fmt.Sprintf("  %-14s %s", s.ID.Name(), present.StageMark(run, s).Word)
		if s.Flaky() {
			line += ", flaky: it failed before on the very same inputs"
		}
		if over := present.OverBudget(s, now); over != "" {
			line += ", " + over
		}
		if s.Reason != "" {
			line += ": " + text.Clean(s.Reason)
		}
		p.say("%s", line)
		for _, a := range s.Attempts {
			p.attempt(a, len(s.Attempts) > 1, now)
		}
	}
}

// because is a reason at the end of a sentence; nothing for none.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + text.Clean(reason)
}

func (p *sheet) attempt(a promotion.Attempt, several bool, now time.Time) {
	end := a.Ended
	if end.IsZero() {
		end = now
	}
	if line := fmt.Sprintf("    attempt %d %s in %s", a.N, a.State, present.Elapsed(end.Sub(a.Started))); several && a.Reason != "" {
		p.say("%s: %s", line, text.Clean(a.Reason))
	} else {
		p.say("%s", line)
	}
	for _, step := range a.Steps {
		line := fmt.Sprintf("      %-16s %s %s", text.Clean(step.Name), step.State, present.Elapsed(time.Duration(step.Elapsed)))
		if step.Note != "" {
			line += " " + text.Clean(step.Note)
		}
		p.say("%s", line)
	}
}

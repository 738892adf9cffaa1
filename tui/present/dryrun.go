package present

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// PlanLine is one line of what a dry run says.
type PlanLine struct {
	Indent int    // in steps
	Label  string // what it is about; "" where the line goes on with the one before
	Text   string
	Role   theme.Role
}

// plan collects the lines of a dry run.
type plan struct{ lines []PlanLine }

func (p *plan) add(indent int, label string, role theme.Role, format string, args ...any) {
	for i, line := range strings.Split(fmt.Sprintf(format, args...), "\n") {
		if i > 0 {
			label = ""
		}
		p.lines = append(p.lines, PlanLine{indent, text.Clean(label), text.Clean(line), role})
	}
}

// DryRun presents what a promotion would do: a head, then every column with its stages.
func DryRun(d engine.DryRun) []PlanLine {
	p := &plan{}
	p.add(0, "", theme.Drill, "Dry run of %s: nothing was changed. This would happen now:", dryRunOf(d))
	p.head(d)
	for _, c := range d.Columns {
		p.column(c, d.At)
	}
	return p.lines
}

// dryRunOf says what a dry run is of.
func dryRunOf(d engine.DryRun) string {
	if d.Rerun == 0 {
		return d.Service
	}
	return fmt.Sprintf("run %d of %s once more, from %s", d.Rerun, d.Service, cmp.Or(d.From, promotion.BuildColumn))
}

// PlanTitle is the release that a dry run is about.
func PlanTitle(d engine.DryRun) string { return text.Clean(d.Service + " " + d.Release) }

// PlanCommand is the command that runs a plan and nothing else.
func PlanCommand(d engine.DryRun) string {
	words := []string{"gantry run", d.Service}
	flags := [][2]string{{"--team", d.OfTeam}, {"--commit", d.Commit}, {"--until", d.Until}}
	if d.Rerun != 0 {
		words, flags = []string{"gantry rerun", fmt.Sprint(d.Rerun)}, [][2]string{{"--from", d.From}, {"--until", d.Until}}
	}
	for _, flag := range flags {
		if flag[1] != "" {
			words = append(words, flag[0], flag[1])
		}
	}
	if d.Step {
		words = append(words, "--step")
	}
	if d.Drill != nil && d.Rerun == 0 { // the rerun of a drill is one again
		words = append(words, fmt.Sprintf("--drill %s=%s", d.Drill.Stage, d.Drill.How))
	}
	return text.Clean(strings.Join(append(words, "--plan", d.Hash), " "))
}

func (p *plan) head(d engine.DryRun) {
	p.add(1, "release", theme.Strong, "%s %s", d.Release, quoted(d.Source.Subject))
	if n := len(d.Changed); n > 0 {
		p.add(1, "changed", theme.Wait, "%s from the commit: %s", counted(n, "file differs", "files differ"), strings.Join(d.Changed, ", "))
	}
	if d.Step {
		p.add(1, "step mode", theme.Wait, "it stops before every stage")
	}
	if d.Drill != nil {
		p.add(1, "drill", theme.Drill, "%s goes wrong (%s)", d.Drill.Stage, d.Drill.How)
	}
	for _, warning := range d.Warnings {
		p.add(1, "warning", theme.Wait, "%s", warning)
	}
	p.checks(d.Checks)
}

func quoted(subject string) string {
	if subject == "" {
		return ""
	}
	return fmt.Sprintf("%q", subject)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

var checkRoles = map[engine.CheckState]theme.Role{engine.CheckOK: theme.Good, engine.CheckLater: theme.Muted, engine.CheckWrong: theme.Bad}

func (p *plan) checks(checks []engine.Check) {
	for _, c := range checks {
		said := string(c.State) + ": " + c.Detail
		if c.Next != "" {
			said += " → " + c.Next
		}
		p.add(1, c.What, checkRoles[c.State], "%s", said)
	}
}

func (p *plan) column(c engine.DryRunColumn, now time.Time) {
	p.add(0, "", theme.Text, "")
	title := strings.ToUpper(c.Name)
	if c.Team != "" {
		title += ", slot of team " + c.Team
	}
	if c.Protected {
		title += ", protected"
	}
	p.add(0, "", theme.Title, "%s", title)
	if c.Name != promotion.BuildColumn {
		p.standing(c, now)
	}
	for _, s := range c.Stages {
		p.stage(s)
	}
}

// standing is what there is in the environment now, and what keeps the release out.
func (p *plan) standing(c engine.DryRunColumn, now time.Time) {
	switch {
	case c.Live != nil:
		p.add(1, "live", theme.Text, "%s", deployed(c.Live, "", now))
	case c.Running != nil:
		p.add(1, "live", theme.Unsure, "%s, which no run deployed", c.Running.Image.Short())
	default:
		p.add(1, "live", theme.Text, "nothing: no release was deployed here yet")
	}
	if c.Drift != "" {
		p.add(1, "drift", theme.Unsure, "%s", c.Drift)
	}
	p.add(1, "last good", theme.Text, "%s", deployed(c.LastGood, "none: there is nothing to roll back to, a failed release is stopped", now))
	p.checks(c.Checks)
	for _, gate := range c.Gates {
		said := fmt.Sprintf("%s: %s", gate.Gate, gate.Reason)
		if gate.Until != nil {
			said += ", until " + gate.Until.Local().Format("2 Jan 15:04")
		}
		p.add(1, "gate", theme.Wait, "%s (who can open it: %s)", said, cmp.Or(gate.Who, "nobody"))
	}
	if len(c.Gates) == 0 {
		p.add(1, "gates", theme.Muted, "open")
	}
}

func (p *plan) stage(s engine.DryRunStage) {
	if s.Skipped != "" {
		p.add(1, string(s.ID), theme.Muted, "skipped: %s", s.Skipped)
		return
	}
	p.add(1, string(s.ID), theme.Strong, "%s", s.Action)
	for _, used := range s.Stubs {
		p.add(2, used.Service+"@"+used.Channel, theme.Text, "%s", stubLine(used))
	}
	for _, c := range s.Commands {
		label := c.Name
		if len(c.Needs) > 0 {
			label += " after " + strings.Join(c.Needs, ", ")
		}
		p.add(2, label, theme.Text, "%s", unindented(c.Run))
	}
	for _, m := range s.Moves {
		digest := m.Digest.Short()
		if m.Digest == "" {
			digest = "digest known once it is built"
		}
		p.add(2, m.What, theme.Text, "%s → %s (%s)", cmp.Or(m.From, "the build"), m.To, digest)
	}
	if rules := rulesOf(s); rules != "" {
		p.add(2, "rules", theme.Muted, "%s", rules)
	}
	p.add(2, "if it fails", theme.Muted, "%s", consequence(s))
}

// unindented takes away what all lines of a command begin with: the indentation of the configuration that it stands in.
func unindented(command string) string {
	lines := strings.Split(strings.Trim(command, "\n"), "\n")
	margin := -1
	for _, line := range lines {
		if rest := strings.TrimLeft(line, " \t"); rest != "" && (margin < 0 || len(line)-len(rest) < margin) {
			margin = len(line) - len(rest)
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line[min(max(margin, 0), len(line)):], " \t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func stubLine(s engine.DryRunStub) string {
	switch {
	case s.Digest == "":
		return "there is none"
	case s.Decides:
		return s.Digest.Short() + ", which decides"
	}
	return s.Digest.Short() + ", a failure against it is a warning"
}

// rulesOf are the stage's deadline and what is repeated.
func rulesOf(s engine.DryRunStage) string {
	var rules []string
	if s.Deadline > 0 {
		rules = append(rules, "stalled after "+Period(time.Duration(s.Deadline)))
	}
	if s.Retries > 0 {
		again := "without a verdict tried again "
		if s.RetryFailed {
			again = "tried again, also when it fails, "
		}
		if s.Retries == 1 {
			again += "once"
		} else {
			again += fmt.Sprintf("%d times", s.Retries)
		}
		if s.Backoff > 0 {
			again += ", first after " + Period(time.Duration(s.Backoff))
		}
		rules = append(rules, again)
	}
	if s.Once {
		rules = append(rules, "never repeated by itself")
	}
	if s.Budget > 0 {
		rules = append(rules, "over "+Period(time.Duration(s.Budget))+" is a warning")
	}
	return strings.Join(rules, "; ")
}

// consequence is what a negative verdict of the stage leads to.
func consequence(s engine.DryRunStage) string {
	f := s.Failure
	var back []string
	for _, r := range f.RollsBack {
		to := "empty"
		if r.To != nil {
			to = r.To.Name()
		}
		back = append(back, fmt.Sprintf("%s → %s", r.Environment, to))
	}
	then := "ends, and rolls nothing back"
	if len(back) > 0 {
		then = "rolls back " + strings.Join(back, ", ")
	}
	switch {
	case f.Policy == "hold" && f.HoldFor > 0:
		then = fmt.Sprintf("holds for %s, then %s", Period(time.Duration(f.HoldFor)), then)
	case f.Policy == "hold":
		then = "holds until a person acts; then " + then
	}
	if s.Kind == promotion.KindDeploy {
		return "what is live stays, or comes back; the run " + then
	}
	return "the run " + then
}

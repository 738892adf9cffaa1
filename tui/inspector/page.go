package inspector

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const evidenceLines = 6 // newest lines shown of each piece of evidence

// page collects the lines.
type page struct {
	t     *theme.Theme
	w     int
	lines []string
}

func (p *page) add(parts []frame.Part) {
	p.lines = append(p.lines, frame.Line(p.t, p.w, parts, nil, false))
}

func (p *page) say(role theme.Role, indent int, s string, limit int) {
	for _, line := range text.Wrap(s, p.w-indent-1, limit) {
		p.add([]frame.Part{frame.P(role, text.Spaces(indent)+line)})
	}
}

func (p *page) section(name, note string) {
	p.lines = append(p.lines, text.Spaces(p.w))
	p.add([]frame.Part{frame.P(theme.Title, " "+name), frame.P(theme.Muted, "  "+note)})
}

func (p *page) headline(i present.Inspection) {
	if len(i.Detail) > 0 {
		p.say(theme.Muted, 1, strings.Join(i.Detail, " · "), 2)
	}
	for _, s := range i.Waiting {
		p.say(theme.Wait, 1, s, 3)
	}
	for _, warning := range i.Warnings {
		p.say(theme.Wait, 1, "warning: "+warning, 2)
	}
}

// cause shows the one line that explains the failure, and where it stands in the log.
func (p *page) cause(c Content) {
	i := c.Inspection
	if i.Cause == "" {
		return
	}
	where := ""
	if i.CauseLine > 0 {
		where = fmt.Sprintf("line %s of the log", text.Count(i.CauseLine))
		if i.CauseStep != "" {
			where += ", step " + i.CauseStep
		}
		where += " · " + c.Table.Of(keys.Cause).Key() + " goes there"
	}
	p.section("Cause", where)
	p.say(theme.Bad, 3, i.Cause, 4)
	for n, line := range c.Around {
		number := c.AroundFrom + n
		role, pointer := theme.Muted, "   "
		if number == i.CauseLine {
			role, pointer = theme.Text, " "+p.t.Sign(theme.Note)+" "
		}
		p.add([]frame.Part{frame.P(theme.Accent, pointer), frame.P(theme.Faint, text.PadLeft(fmt.Sprint(number), 5)+"  "), frame.P(role, text.Clean(text.LastOverwrite(line.Text)))})
	}
}

func (p *page) environments(i present.Inspection) {
	if len(i.Environments) == 0 {
		return
	}
	p.section("Environments now", "")
	for _, e := range i.Environments {
		live, role := e.Live.Name, theme.Text
		if live == "" {
			live, role = "nothing is live", theme.Muted
		}
		p.add([]frame.Part{
			frame.P(e.Mark.Role, " "+p.t.Sign(e.Mark.Sign)+" "), frame.P(theme.Strong, text.Pad(e.Title, 8)), frame.P(role, text.Pad(live, 18)),
			frame.P(theme.Muted, text.PadLeft(e.Live.Age, 4)+"  "), frame.P(e.Mark.Role, e.Text),
		})
	}
}

func (p *page) steps(i present.Inspection) {
	if len(i.Attempts) > 0 {
		p.section("Attempts", "")
		for _, a := range i.Attempts {
			p.add([]frame.Part{frame.P(a.Mark.Role, " "+p.t.Sign(a.Mark.Sign)+" "), frame.P(theme.Text, a.Text)})
		}
	}
	if len(i.Steps) == 0 {
		return
	}
	p.section("Steps", "")
	for _, s := range i.Steps {
		p.add([]frame.Part{
			frame.P(s.Mark.Role, " "+p.t.Sign(s.Mark.Sign)+" "), frame.P(theme.Text, text.Pad(s.Name, 20)),
			frame.P(theme.Muted, text.PadLeft(s.Time, 6)+"  "+s.Note),
		})
	}
}

// next are the keys that may help with a stage that went wrong.
var next = []keys.Action{keys.Retry, keys.RetryFrom, keys.Override, keys.RollBack, keys.Extend, keys.Rerun, keys.Reprovision, keys.Run, keys.Abort}

// keys lists what can be done next, and why the rest cannot.
func (p *page) keys(c Content) {
	p.section("Next", "")
	wide := 3
	for _, a := range next {
		wide = max(wide, text.Width(c.Table.Of(a).Key()))
	}
	for _, a := range next {
		b := c.Table.Of(a)
		if b.Footer == 0 && b.Disabled(c.Facts) != "" {
			continue // the help says why
		}
		key, help := theme.Key, theme.Text
		why := b.Disabled(c.Facts)
		if why != "" {
			key, help = theme.Faint, theme.Faint
		}
		does := b.Help
		if why != "" {
			does = "not now: " + why
		}
		p.hung([]frame.Part{frame.P(key, "   "+text.Pad(b.Key(), wide+1)), frame.P(help, text.Pad(b.Named(c.Facts), 16))}, does)
	}
}

// leastHung is how many cells a text must have beside what it hangs on; where there are fewer it stands below.
const leastHung = 28

// hung is a text beside what it explains, in as many lines as it takes.
func (p *page) hung(on []frame.Part, s string) {
	indent := frame.Width(on)
	if p.w-indent-1 < leastHung {
		p.add(on)
		p.say(theme.Muted, 5, s, 0)
		return
	}
	for _, line := range text.Wrap(s, p.w-indent-1, 0) {
		p.add(append(on, frame.P(theme.Muted, line)))
		on = []frame.Part{frame.P(theme.Text, text.Spaces(indent))}
	}
}

func (p *page) evidence(e *engine.Evidence, opens string) {
	if e == nil {
		return
	}
	p.section("Evidence", "taken "+e.Taken.Local().Format("15:04:05")+", before anything was rolled back; "+opens+" opens all of it")
	p.say(theme.Text, 3, text.Clean(e.Live), 2)
	for _, event := range e.Events[max(0, len(e.Events)-evidenceLines):] {
		p.say(theme.Muted, 3, text.Clean(event), 1)
	}
	for _, file := range e.Logs {
		if strings.TrimSpace(file.Text) == "" {
			p.add([]frame.Part{frame.P(theme.Strong, "   "+text.Clean(file.Name)), frame.P(theme.Muted, "  is empty")})
			continue
		}
		p.add([]frame.Part{frame.P(theme.Strong, "   "+text.Clean(file.Name))})
		lines := strings.Split(strings.TrimRight(file.Text, "\n"), "\n")
		for _, line := range lines[max(0, len(lines)-evidenceLines):] {
			p.add([]frame.Part{frame.P(theme.Muted, "     "+text.Clean(line))})
		}
	}
}

// Around is which lines of a log are worth showing with a cause at a line counted from 1: a line before and two behind.
// from is counted from 0.
func Around(line int) (from, n int) {
	if line == 0 {
		return 0, 0
	}
	from = max(0, line-2)
	return from, line + 2 - from
}

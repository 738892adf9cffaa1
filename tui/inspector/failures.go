package inspector

import (
	"fmt"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	shownTests    = 9 // failing tests listed
	shownFindings = 9 // of each step
	wordWidth     = 8 // "new", "known", "flaky", "warning"
)

// tests lists what failed: what is new first, then what is known, then what is flaky.
func (p *page) tests(i present.Inspection) {
	if len(i.Failing) == 0 {
		return
	}
	name, note := "Flaky tests", ""
	if i.Tests != nil && i.Tests.Failed > 0 {
		name, note = "Failing tests", fmt.Sprintf("%d of %d, %d shown", i.Tests.Failed, i.Tests.Failed+i.Tests.Passed, min(shownTests, len(i.Failing)))
	}
	if i.Fresh != "" {
		note += " · " + i.Fresh
	}
	p.section(name, note)
	for _, test := range i.Failing[:min(shownTests, len(i.Failing))] {
		p.marked(test.Mark, test.Name, test.Note)
		p.say(theme.Muted, 5, test.Message, 1)
	}
}

// findings lists what scanners found and had not in the last good run.
func (p *page) findings(i present.Inspection) {
	for _, scan := range i.Scans {
		p.section("Findings", scan.Note)
		for _, f := range scan.Rows[:min(shownFindings, len(scan.Rows))] {
			p.marked(f.Mark, f.Text, "")
		}
	}
}

// marked is a line with its mark's sign and, where it has one, its word.
func (p *page) marked(m present.Mark, s, note string) {
	parts := []frame.Part{frame.P(m.Role, " "+p.t.Sign(m.Sign)+" ")}
	if m.Word != "" {
		parts = append(parts, frame.P(m.Role, text.Pad(m.Word, wordWidth)))
	}
	parts = append(parts, frame.P(theme.Text, s))
	if note != "" {
		parts = append(parts, frame.P(theme.Muted, "  "+note))
	}
	p.add(parts)
}

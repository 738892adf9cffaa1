package history

import (
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// sizes are the widths of the table's columns; one that does not fit is 0 and left out.
type sizes struct{ number, service, release, subject, who, when, took, state int }

// widths gives the columns up in the order in which they are missed least.
func widths(w int, everyService bool) sizes {
	s := sizes{number: 7, service: 14, release: 20, subject: 26, who: 11, when: 18, took: 8, state: 24}
	if !everyService {
		s.service = 0
	}
	const pointer = 3
	const least = 12 // of a subject that still says something
	for _, c := range []*int{&s.who, &s.subject, &s.service, &s.when, &s.release} {
		over := pointer + s.sum() - w
		if over <= 0 {
			break
		}
		if c == &s.subject && s.subject-over >= least {
			s.subject -= over
			break
		}
		*c = 0
	}
	// What is left over says why a run ended so, and what was in it.
	if rest := w - pointer - s.sum(); rest > 0 && s.subject > 0 {
		s.subject += rest / 2
	}
	return s
}

func (s sizes) sum() int {
	return s.number + s.service + s.release + s.subject + s.who + s.when + s.took + s.state
}

func (s sizes) header(t *theme.Theme, w int) string {
	line := "   " + text.Pad("Run", s.number) + text.Pad("Service", s.service) + text.Pad("Release", s.release) + text.Pad("Subject", s.subject) +
		text.Pad("Who", s.who) + text.Pad("Started", s.when) + text.Pad("Took", s.took) + "Came of it"
	return frame.Line(t, w, []frame.Part{frame.P(theme.Muted, line)}, nil, false)
}

func (s sizes) row(t *theme.Theme, r present.HistoryRow, w int, selected, marked bool) string {
	pointer, name := " ", theme.Text
	if marked {
		pointer = t.Sign(theme.Note)
	}
	if selected {
		pointer, name = t.Sign(theme.Pointer), theme.Strong
	}
	state := r.Mark.Role
	if r.Drill {
		state = theme.Drill
	}
	parts := []frame.Part{
		frame.P(theme.Accent, pointer), frame.P(r.Mark.Role, t.Sign(r.Mark.Sign)+" "), frame.P(name, cell(r.Number, s.number)),
		frame.P(name, cell(r.Service, s.service)), frame.P(theme.Text, cell(r.Release, s.release)), frame.P(theme.Muted, cell(r.Subject, s.subject)),
		frame.P(theme.Muted, cell(r.Who, s.who)), frame.P(theme.Muted, cell(r.When, s.when)), frame.P(theme.Text, cell(r.Took, s.took)),
		frame.P(state, r.State),
	}
	if r.Reason != "" {
		parts = append(parts, frame.P(theme.Muted, "  "+r.Reason))
	}
	return frame.Line(t, w, parts, nil, selected)
}

// cell is a text in a column, with room to the next one.
func cell(s string, w int) string {
	if w == 0 {
		return ""
	}
	return text.Pad(s, w-1) + " "
}

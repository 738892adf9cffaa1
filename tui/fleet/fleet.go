// Package fleet draws every service in every environment. It draws only the rows on the screen.
package fleet

import (
	"fmt"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// View is where the fleet is looked at.
type View struct {
	Cursor int
	Filter string
	first  int
}

// Move moves the cursor among n rows.
func (v *View) Move(by, n int) { v.Cursor = max(0, min(v.Cursor+by, n-1)) }

// Draw draws n rows in exactly w × h cells; at is asked only for those on the screen.
func (v *View) Draw(t *theme.Theme, environments []string, n int, at func(int) present.FleetRow, w, h int) []string {
	v.Cursor = max(0, min(v.Cursor, n-1))
	room := max(1, h-3)
	v.first = frame.Window(v.first, v.Cursor, v.Cursor+1, n, room)
	cells := widths(len(environments), w-2)
	lines := []string{header(t, environments, cells, w-2)}
	for i := v.first; i < n && i < v.first+room; i++ {
		lines = append(lines, row(t, at(i), cells, w-2, i == v.Cursor))
	}
	if n == 0 {
		lines = append(lines, frame.Line(t, w-2, []frame.Part{frame.P(theme.Muted, "   no service matches")}, nil, false))
	}
	box := frame.Box{Title: []frame.Part{frame.P(theme.Title, "Fleet")}, Border: theme.Faint,
		Right: []frame.Part{frame.P(theme.Muted, text.Count(n)+" services")}}
	if v.Filter != "" {
		box.Bottom = []frame.Part{frame.P(theme.Key, "/"+v.Filter)}
	}
	if n > room {
		box.Right = []frame.Part{frame.P(theme.Muted, fmt.Sprintf("%s of %s services", text.Count(v.Cursor+1), text.Count(n)))}
	}
	return box.Draw(t, w, h, lines)
}

// sizes are the widths of the table's columns; one that does not fit is 0 and left out.
type sizes struct{ service, team, live, last int }

func widths(environments, w int) sizes {
	s := sizes{service: 18, team: 12, last: 22}
	if w < 100 {
		s.team = 0
	}
	if w < 76 {
		s.last = 3
	}
	s.live = (w - s.service - s.team - s.last - 3) / max(1, environments)
	if s.live < 12 {
		s.live = max(6, (w-s.service-s.last-3)/max(1, environments))
		s.team = 0
	}
	return s
}

func header(t *theme.Theme, environments []string, s sizes, w int) string {
	line := "   " + text.Pad("Service", s.service) + text.Pad("Team", s.team)
	for _, name := range environments {
		line += text.Pad(name, s.live)
	}
	return frame.Line(t, w, []frame.Part{frame.P(theme.Muted, line+"Last run")}, nil, false)
}

func row(t *theme.Theme, r present.FleetRow, s sizes, w int, selected bool) string {
	pointer, name := " ", theme.Text
	if selected {
		pointer, name = t.Sign(theme.Pointer), theme.Strong
	}
	parts := []frame.Part{
		frame.P(theme.Accent, pointer), frame.P(r.Mark.Role, t.Sign(r.Mark.Sign)+" "),
		frame.P(name, text.Pad(r.Service, s.service)), frame.P(theme.Muted, text.Pad(r.Team, s.team)),
	}
	for _, live := range r.Lives {
		parts = append(parts, cell(t, live, s.live)...)
	}
	if s.last > 3 {
		parts = append(parts, frame.P(r.Mark.Role, r.Last))
	}
	return frame.Line(t, w, parts, nil, selected)
}

// cell is what is live in one environment; where a person holds it, it says so.
func cell(t *theme.Theme, live present.Live, w int) []frame.Part {
	held := frame.P(theme.Text, " ")
	if live.Held {
		held = frame.P(theme.Bad, t.Sign(theme.Shut))
	}
	switch {
	case live.Name == "":
		return []frame.Part{frame.P(theme.Faint, text.Pad("—", w-1)), held}
	case w < 20:
		return []frame.Part{frame.P(theme.Text, text.Pad(live.Name, w-1)), held}
	case w < 27 || !live.Held:
		return []frame.Part{frame.P(theme.Text, text.Pad(live.Name, w-8)+" "), frame.P(theme.Muted, text.PadLeft(live.Age, 4)+" "), held, frame.P(theme.Text, " ")}
	}
	return []frame.Part{
		frame.P(theme.Text, text.Pad(live.Name, w-13)+" "), frame.P(theme.Muted, text.PadLeft(live.Age, 4)+" "), held, frame.P(theme.Bad, " held "),
	}
}

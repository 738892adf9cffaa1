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
	By     present.Order
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
		Right: []frame.Part{frame.P(theme.Muted, text.Many(n, "service")+" by "+v.By.String())}}
	if v.Filter != "" {
		box.Bottom = []frame.Part{frame.P(theme.Key, "/"+v.Filter+"  ")}
	}
	box.Bottom = append(box.Bottom, frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back"))
	if n > room {
		box.Right = []frame.Part{frame.P(theme.Muted, fmt.Sprintf("%s of %s services by %s", text.Count(v.Cursor+1), text.Count(n), v.By))}
	}
	return box.Draw(t, w, h, lines)
}

// sizes are the widths of the table's columns; one that does not fit is 0 and left out.
type sizes struct{ service, team, live, last, lead int }

func widths(environments, w int) sizes {
	s := sizes{service: 17, team: 12, last: 20, lead: 6}
	if w < 100 {
		s.service, s.team, s.last, s.lead = 14, 0, 16, 0
	}
	if w < 76 {
		s.last = 3
	}
	s.live = (w - s.service - s.team - s.last - s.lead - 3) / max(1, environments)
	if s.live < 15 && s.team+s.lead > 0 {
		s.team, s.lead = 0, 0
		s.live = (w - s.service - s.last - 3) / max(1, environments)
	}
	if wide := 30; s.live > wide { // enough for a release, its age and its marks: what is left says how the last run went
		s.last, s.live = s.last+min((s.live-wide)*environments, 20), wide
	}
	s.live = max(6, s.live)
	return s
}

func header(t *theme.Theme, environments []string, s sizes, w int) string {
	line := "   " + text.Pad("Service", s.service) + text.Pad("Team", s.team)
	for _, name := range environments {
		line += text.Pad(name, s.live)
	}
	line += text.Pad("Last run", s.last)
	if s.lead > 0 {
		line += "Lead"
	}
	return frame.Line(t, w, []frame.Part{frame.P(theme.Muted, line)}, nil, false)
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
		parts = append(parts, frame.P(r.Mark.Role, text.Pad(r.Last, s.last-1)+" "))
	}
	if s.lead > 0 {
		parts = append(parts, frame.P(theme.Muted, r.Lead))
	}
	return frame.Line(t, w, parts, nil, selected)
}

// cell is what is live in one environment. Where something else runs than is recorded, or a person holds it, it says so.
func cell(t *theme.Theme, live present.Live, w int) []frame.Part {
	marks := []frame.Part{frame.P(theme.Text, " "), frame.P(theme.Text, " ")}
	if live.Drift != "" {
		marks[0] = frame.P(theme.Bad, t.Sign(theme.Drifted))
	}
	if live.Held {
		marks[1] = frame.P(theme.Bad, t.Sign(theme.Shut))
	}
	const marked, aged, worded, gap = 2, 5, 6, 1 // their widths
	switch {
	case live.Name == "":
		return append([]frame.Part{frame.P(theme.Faint, text.Pad("—", w-marked))}, marks...)
	case w < 20:
		return append([]frame.Part{frame.P(theme.Text, text.Pad(live.Name, w-marked))}, marks...)
	}
	word, room := "", w-marked-aged-gap
	if room-worded >= 14 { // and the version with its commit
		switch room -= worded; {
		case live.Held:
			word = "held"
		case live.Drift != "":
			word = "drift"
		}
	}
	parts := []frame.Part{frame.P(theme.Text, text.Pad(live.Name, room)), frame.P(theme.Muted, text.PadLeft(live.Age, aged-1)+" "), marks[0], marks[1]}
	return append(parts, frame.P(theme.Bad, text.Pad(" "+word, w-room-marked-aged)))
}

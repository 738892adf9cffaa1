package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

func (m *model) drawTabs() string {
	left := append(make([]frame.Part, 0, 32), frame.P(theme.Brand, " gantry "), frame.P(theme.Text, " "))
	right := m.standing(true)
	entries := m.world.Entries(m.entry.Run)
	chosen := max(0, slices.Index(entries, m.entry))
	from, to := m.tabsFor(entries, chosen, m.w-frame.Width(left)-frame.Width(right)-1)
	if m.w < board.SideBySide && to-from < len(entries) { // which other run broke matters more than how merges go on
		right = m.standing(false)
		from, to = m.tabsFor(entries, chosen, m.w-frame.Width(left)-frame.Width(right)-1)
	}
	if from > 0 {
		left = append(left, frame.P(theme.Faint, m.theme.Sign(theme.Less)+" "))
	}
	for i := from; i < min(to, len(entries)); i++ {
		left = m.tab(left, entries[i], i == chosen)
	}
	if to < len(entries) {
		left = append(left, frame.P(theme.Faint, m.theme.Sign(theme.More)))
	}
	return frame.Line(m.theme, m.w, left, right, false)
}

// tabsFor are the entries that there is room for: the chosen one always, as many after it, then before it, as fit.
func (m *model) tabsFor(entries []present.Entry, chosen, room int) (from, to int) {
	from, to = chosen, chosen+1
	used := m.tabWidth(entries, chosen)
	for grown := true; grown; {
		grown = false
		if to < len(entries) && used+m.tabWidth(entries, to) <= room-4 {
			used += m.tabWidth(entries, to)
			to, grown = to+1, true
		}
		if from > 0 && used+m.tabWidth(entries, from-1) <= room-4 {
			from, grown = from-1, true
			used += m.tabWidth(entries, from)
		}
	}
	return from, to
}

func (m *model) tab(parts []frame.Part, e present.Entry, chosen bool) []frame.Part {
	t := present.Tab{Mark: m.world.Mark(e), Text: m.tabText(e), Drill: m.world.Rehearses(e)}
	sign := m.theme.Sign(t.Mark.Sign)
	if t.Mark.Sign == theme.None {
		sign = m.theme.Sign(theme.Dot)
	}
	if chosen {
		return append(parts, frame.P(theme.Tab, " "), frame.P(theme.Tab, sign), frame.P(theme.Tab, " "), frame.P(theme.Tab, t.Text), frame.P(theme.Tab, " "))
	}
	role := t.Mark.Role
	if t.Mark.Sign == theme.None {
		role = theme.Faint
	}
	said := theme.Muted
	if t.Drill {
		said = theme.Drill
	}
	return append(parts, frame.P(role, " "), frame.P(role, sign), frame.P(said, " "), frame.P(said, t.Text), frame.P(said, " "))
}

func (m *model) tabWidth(entries []present.Entry, i int) int {
	if i >= len(entries) {
		return 0
	}
	return text.Width(m.tabText(entries[i])) + 4
}

// tabText is what an entry is called.
func (m *model) tabText(e present.Entry) string {
	s, known := m.bars.texts[e]
	if !known {
		if s = m.world.TabText(e); m.bars.texts == nil {
			m.bars.texts = map[present.Entry]string{}
		}
		m.bars.texts[e] = s
	}
	return s
}

// drawHeader draws the line about the run on the board. What must be there is there at any width; the rest as far as it
// fits.
func (m *model) drawHeader(h present.Header, others []present.Operator) string {
	state := []frame.Part{frame.P(h.Mark.Role, m.theme.Sign(h.Mark.Sign)+" "+h.Mark.Word)}
	if h.Clock != "" {
		state = append(state, frame.P(theme.Muted, " "+h.Clock))
	}
	left := []frame.Part{frame.P(theme.Strong, " "+h.Service)}
	silent := ""
	if m.h < withTabs { // else the line above says it
		silent = m.silence()
	}
	if silent != "" {
		state = []frame.Part{frame.P(theme.Bad, m.theme.Sign(theme.Errored)+" "+silent)}
	}
	if h.Run != "" && (silent == "" || m.w >= 60) {
		left = append(left, frame.P(theme.Muted, "  "+h.Run))
	}
	room := m.w - frame.Width(left) - frame.Width(state) - 4
	give := func(parts *[]frame.Part, p frame.Part, least int) {
		if p.Text == "" || room < min(text.Width(p.Text), least) {
			return
		}
		p.Text = text.Cut(p.Text, room)
		*parts = append(*parts, p)
		room -= text.Width(p.Text)
	}
	var more, about []frame.Part
	give(&about, frame.P(theme.Text, spaced("  ", h.Release)), 100)
	give(&more, frame.P(theme.Muted, spaced("  ", h.Left)), 100)
	give(&more, frame.P(theme.Wait, spaced("  ", h.Behind)), 100)
	give(&about, frame.P(theme.Muted, quoted(h.Subject)), 18)
	give(&about, frame.P(theme.Faint, spaced(" · ", h.Team)), 100)
	give(&more, frame.P(theme.Muted, spaced("  ", h.Reason)), 24)
	left = append(left, about...)
	left = append(left, frame.P(theme.Text, "   "))
	left = append(append(left, state...), more...)
	return frame.Line(m.theme, m.w, left, m.beside(others, room), false)
}

// standing is what is true of the whole pipeline: whether the engine is there, what is under way, and, where there is room,
// in which mode.
func (m *model) standing(withMode bool) []frame.Part {
	if silent := m.silence(); silent != "" {
		return []frame.Part{frame.P(theme.Bad, m.theme.Sign(theme.Errored)+" "+silent+" ")}
	}
	mode, room := m.onScreen().Header.Mode, min(max(m.w*2/5, 36), m.w/2)
	parts := make([]frame.Part, 0, 3)
	if queue := m.world.Queue(); queue != "" && text.Width(queue)+3 <= room {
		room -= text.Width(queue) + 3
		parts = append(parts, frame.P(theme.Busy, queue), frame.P(theme.Faint, " · "))
	}
	if !withMode {
		return parts[:max(0, len(parts)-1)]
	}
	return append(parts, frame.P(theme.Muted, text.Cut(mode, room)+" "))
}

// standstill says why nothing moves on this screen any more, and what to do about it.
func (m *model) standstill(sought bool) string {
	why := "the engine has stopped"
	if m.world != nil {
		if all := m.world.Snapshot.Notices; len(all) > 0 && all[len(all)-1].Error {
			why = all[len(all)-1].Text // the last that was heard: why no other one could be reached
		}
	}
	why += ". What you see is how things stood then: "
	if sought {
		return why + "an engine is looked for again and again"
	}
	return why + "leave with " + m.keys.Of(keys.Quit).Key() + ", and open the console again"
}

// silence says that the engine is not heard of, or can do nothing; "" when it is at work.
func (m *model) silence() string {
	switch {
	case m.gone:
		return "the engine has stopped"
	case !m.heard.IsZero():
		return "engine last heard " + present.Clock(m.now.Sub(m.heard)) + " ago"
	case m.world != nil && m.world.Snapshot.Halted != "":
		return "journal not writable"
	}
	return ""
}

// beside is what stands at the header's right end: who else is there, and what they asked for last.
func (m *model) beside(others []present.Operator, room int) []frame.Part {
	var parts []frame.Part
	for i, o := range others {
		words := " " + o.Name + " " + o.Mark.Word
		if o.Asked != "" {
			words = " " + o.Name + ": " + o.Asked
		}
		rest := ""
		if left := len(others) - i - 1; left > 0 {
			rest = fmt.Sprintf("+%d ", left)
		}
		if text.Width(words)+text.Width(rest)+6 > room {
			all := " " + text.Many(len(others), "other")
			switch {
			case i == 0 && text.Width(all)+6 <= room: // a number alone tells nobody what is counted
				parts = append(parts, frame.P(o.Mark.Role, m.theme.Sign(o.Mark.Sign)), frame.P(theme.Muted, all+"  "))
			case room > 4:
				parts = append(parts, frame.P(theme.Faint, fmt.Sprintf("+%d ", len(others)-i)))
			}
			return parts
		}
		room -= text.Width(words) + 3
		parts = append(parts, frame.P(o.Mark.Role, m.theme.Sign(o.Mark.Sign)), frame.P(theme.Muted, words+"  "))
	}
	return parts
}

func spaced(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("  \"%s\"", s)
}

// rehearses says what on the screen is not real; "" when everything is.
func (m *model) rehearses() string {
	switch m.screen {
	case keys.DryRunScreen:
		return "DRY RUN of " + m.facts().Name() + ": nothing is changed"
	case keys.ReplayScreen, keys.ReplayLog:
		if m.replay != nil {
			return m.replay.banner()
		}
	case keys.FleetScreen, keys.HistoryScreen, keys.CompareScreen, keys.AuditScreen, keys.NumbersScreen:
		return "" // what they show is real, whatever is on the board behind them
	}
	return m.onScreen().Header.Banner
}

// banner fills a line, so that nobody takes a rehearsal for the real thing.
func (m *model) banner() string {
	words := " " + m.rehearses() + " "
	side := max(0, (m.w-text.Width(words))/2)
	line := strings.Repeat("/", side) + words
	line += strings.Repeat("/", max(0, m.w-text.Width(line)))
	return frame.Line(m.theme, m.w, []frame.Part{frame.P(theme.Drill, line)}, nil, false)
}

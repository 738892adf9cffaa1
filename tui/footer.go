package tui

import (
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// noticeLines is how many lines a notice may take: what it says would be of no use cut off.
const noticeLines = 3

// foot is the last lines of the screen: one, or as many as a notice needs.
func (m *model) foot() []string {
	if _, typing := m.top().(*prompt); typing || m.notice.text == "" {
		return []string{m.footer()}
	}
	sign := " " + m.theme.Sign(theme.Note) + " "
	said := text.Wrap(text.Clean(m.notice.text), m.w-12, noticeLines)
	lines := make([]string, len(said))
	for i, line := range said {
		var right []frame.Part
		if i == len(said)-1 {
			right = []frame.Part{frame.P(theme.Key, "?"), frame.P(theme.Muted, " help ")}
		}
		lines[i] = frame.Line(m.theme, m.w, []frame.Part{frame.P(m.notice.role, sign+line)}, right, false)
		sign = "   "
	}
	return lines
}

// footer is the keys that work here, or the prompt while something is typed.
func (m *model) footer() string {
	if p, open := m.top().(*prompt); open {
		typed, at := []rune(p.input.Value()), p.input.Position()
		return frame.Line(m.theme, m.w, []frame.Part{
			frame.P(theme.Key, " "+p.sign), frame.P(theme.Strong, text.Clean(string(typed[:at]))), frame.P(theme.Accent, m.theme.Sign(theme.Cursor)),
			frame.P(theme.Strong, text.Clean(string(typed[at:]))),
		}, []frame.Part{frame.P(theme.Muted, "enter "+p.does+" · esc cancel ")}, false)
	}
	if m.top() != nil { // the keys of what lies behind it do nothing
		parts := []frame.Part{}
		for _, hint := range hints(m.top()) {
			parts = append(parts, frame.P(theme.Key, " "+hint[0]), frame.P(theme.Muted, " "+hint[1]+" "))
		}
		return frame.Line(m.theme, m.w, parts, nil, false)
	}
	return m.keysLine()
}

// drawKeys draws the keys that work here.
func (m *model) drawKeys(f present.Facts) string {
	help := m.keys.Of(keys.Help)
	quit := m.keys.Of(keys.Quit)
	right := []frame.Part{
		frame.P(theme.Key, help.Key()), frame.P(theme.Muted, " "+help.Words+"  "), frame.P(theme.Key, quit.Key()), frame.P(theme.Muted, " "+quit.Words+" "),
	}
	if m.w >= board.SideBySide {
		commands := m.keys.Of(keys.Palette)
		right = append([]frame.Part{frame.P(theme.Key, commands.Key()), frame.P(theme.Muted, " "+commands.Words+"  ")}, right...)
	}
	room := m.w - frame.Width(right) - 1
	var left []frame.Part
	bindings := m.keys.Footer(m.mode(), f)
	for _, works := range []bool{true, false} { // what works now takes the room first
		for _, b := range bindings {
			if b.Action == keys.Help || b.Action == keys.Quit || b.Action == keys.Palette || (b.Disabled(f) == "") != works {
				continue
			}
			key, words := theme.Key, theme.Muted
			if !works {
				key, words = theme.Faint, theme.Faint
			}
			parts := []frame.Part{frame.P(key, " "+b.Key()), frame.P(words, " "+b.Named(f)+" ")}
			if w := frame.Width(parts); w <= room {
				left, room = append(left, parts...), room-w
			}
		}
	}
	return frame.Line(m.theme, m.w, left, right, false)
}

// hints are the keys of what lies over the screen.
func hints(o overlay) [][2]string {
	switch o.(type) {
	case *typing:
		return [][2]string{{"tab", "complete"}, {"↑↓", "choose"}, {"enter", "do it"}, {"esc", "cancel"}}
	case *helpPage:
		return [][2]string{{"↑↓", "scroll"}, {"esc", "back"}}
	}
	return [][2]string{{"tab", "next"}, {"enter", "take it"}, {"esc", "cancel"}}
}

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
	beside := drawn(m.besideNotice())
	said := text.Wrap(text.Clean(m.notice.text), m.w-frame.Width(beside)-5, noticeLines)
	lines := make([]string, len(said))
	for i, line := range said {
		var right []frame.Part
		if i == len(said)-1 {
			right = beside
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
		return frame.Line(m.theme, m.w, drawn(hintKeys(m.top())), nil, false)
	}
	return m.keysLine()
}

// hintKeys are the keys of what lies over the screen.
func hintKeys(o overlay) []footKey {
	var all []footKey
	for _, hint := range hints(o) {
		k := footKey{parts: []frame.Part{frame.P(theme.Key, " "+hint[0]), frame.P(theme.Muted, " "+hint[1]+" ")}}
		if key, known := keys.Read(hint[0]); known {
			k.key = key
		}
		all = append(all, k)
	}
	return all
}

// footKey is a key in the footer: how it is drawn, and what a click on it presses.
type footKey struct {
	parts []frame.Part
	key   string // as Bubble Tea calls it; "" nothing
}

func drawn(all []footKey) []frame.Part {
	var parts []frame.Part
	for _, k := range all {
		parts = append(parts, k.parts...)
	}
	return parts
}

// drawKeys draws the keys that work here.
func (m *model) drawKeys(f present.Facts) string {
	left, right := m.footKeys(f)
	return frame.Line(m.theme, m.w, drawn(left), drawn(right), false)
}

// besideNotice are the keys that a notice leaves room for: how to go on with what lies over the screen, or how to leave it;
// else where the others are listed.
func (m *model) besideNotice() []footKey {
	if o := m.top(); o != nil {
		all := hintKeys(o)
		if frame.Width(drawn(all)) > m.w/2 {
			all = all[len(all)-1:]
		}
		return all
	}
	help := m.keys.Of(keys.Help)
	return []footKey{{[]frame.Part{frame.P(theme.Key, help.Key()), frame.P(theme.Muted, " "+help.Words+" ")}, help.Keys[0]}}
}

// footKeys are the keys that work here, and those that always do.
func (m *model) footKeys(f present.Facts) (left, right []footKey) {
	for _, a := range []keys.Action{keys.Palette, keys.Help, keys.Quit} {
		if a == keys.Palette && m.w < board.SideBySide {
			continue
		}
		b, gap := m.keys.Of(a), "  "
		if a == keys.Quit {
			gap = " "
		}
		right = append(right, footKey{[]frame.Part{frame.P(theme.Key, b.Key()), frame.P(theme.Muted, " "+b.Words+gap)}, b.Keys[0]})
	}
	room := m.w - frame.Width(drawn(right)) - 1
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
			k := footKey{[]frame.Part{frame.P(key, " "+b.Key()), frame.P(words, " "+b.Named(f)+" ")}, b.Keys[0]}
			if b.Action == keys.Up {
				k.key = "" // it stands for four
			}
			if w := frame.Width(k.parts); w <= room {
				left, room = append(left, k), room-w
			}
		}
	}
	return left, right
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

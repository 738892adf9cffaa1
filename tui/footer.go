package tui

import (
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// footer is the keys that work here, the prompt while something is typed, or for a while what was just done.
func (m *model) footer() string {
	if m.prompt != nil {
		typed := []rune(m.prompt.input.Value())
		at := m.prompt.input.Position()
		return frame.Line(m.theme, m.w, []frame.Part{
			frame.P(theme.Key, " /"), frame.P(theme.Strong, text.Clean(string(typed[:at]))), frame.P(theme.Accent, m.theme.Sign(theme.Cursor)),
			frame.P(theme.Strong, text.Clean(string(typed[at:]))),
		}, []frame.Part{frame.P(theme.Muted, "enter search · esc cancel ")}, false)
	}
	if m.notice.text != "" {
		return frame.Line(m.theme, m.w, []frame.Part{frame.P(m.notice.role, " "+m.theme.Sign(theme.Note)+" "+text.Clean(m.notice.text))},
			[]frame.Part{frame.P(theme.Key, "?"), frame.P(theme.Muted, " help ")}, false)
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
	room := m.w - frame.Width(right) - 1
	var left []frame.Part
	for _, b := range m.keys.Footer(m.mode(), f) {
		if b.Action == keys.Help || b.Action == keys.Quit {
			continue
		}
		key, words := theme.Key, theme.Muted
		if b.Disabled(f) != "" {
			key, words = theme.Faint, theme.Faint
		}
		parts := []frame.Part{frame.P(key, " "+b.Key()), frame.P(words, " "+b.Named(f)+" ")}
		if w := frame.Width(parts); w <= room {
			left, room = append(left, parts...), room-w
		}
	}
	return frame.Line(m.theme, m.w, left, right, false)
}

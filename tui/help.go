package tui

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// helpKeys is how wide the keys' column is.
const helpKeys = 14

// helpView is how far the help is scrolled.
type helpView struct{ first int }

// drawHelp lists every key of the table, and why those that do nothing now do nothing.
func (m *model) drawHelp() []string {
	w := min(m.w-2, 92)
	f := m.facts()
	var lines []string
	group := ""
	for _, b := range m.keys {
		if b.Help == "" {
			continue
		}
		if b.Group != group {
			if group != "" {
				lines = append(lines, text.Spaces(w-2))
			}
			group = b.Group
			lines = append(lines, frame.Line(m.theme, w-2, []frame.Part{frame.P(theme.Title, "  "+group)}, nil, false))
		}
		why := b.Disabled(f)
		key, words := theme.Key, theme.Text
		if why != "" {
			key, words = theme.Faint, theme.Muted
		}
		line := []frame.Part{frame.P(key, "  "+text.Pad(written(b), helpKeys)), frame.P(words, b.Help)}
		if why != "" {
			line = []frame.Part{line[0], frame.P(words, b.Named(f)), frame.P(theme.Wait, "  not now: "+why)}
		}
		lines = append(lines, frame.Line(m.theme, w-2, line, nil, false))
	}
	h := min(m.h, len(lines)+2)
	m.help.first = max(0, min(m.help.first, len(lines)-(h-2)))
	box := frame.Box{Title: []frame.Part{frame.P(theme.Accent, "Keys")}, Border: theme.Accent}
	if h-2 < len(lines) {
		box.Bottom = []frame.Part{frame.P(theme.Key, "↑↓"), frame.P(theme.Faint, " scroll  "), frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back")}
	}
	return box.Draw(m.theme, w, h, lines[m.help.first:])
}

// written is all keys of a binding.
func written(b keys.Binding) string {
	if b.Action == keys.Up {
		return b.Key()
	}
	all := []string{b.Key()}
	for _, k := range b.Keys[1:] {
		all = append(all, strings.TrimSpace(k))
	}
	return strings.Join(all, " ")
}

package help

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// list is the entries that hold every word that is sought, below their groups.
func (v *View) list(t *theme.Theme, entries []Entry, w int) []string {
	var lines []string
	group := ""
	for _, e := range entries {
		if !e.holds(v.Sought) {
			continue
		}
		if e.Group != group {
			if group != "" {
				lines = append(lines, text.Spaces(w))
			}
			group = e.Group
			lines = append(lines, frame.Line(t, w, []frame.Part{frame.P(theme.Title, "  "+group)}, nil, false))
		}
		lines = append(lines, e.draw(t, w)...)
	}
	if len(lines) == 0 {
		lines = append(lines, frame.Line(t, w, []frame.Part{frame.P(theme.Muted, "  no key has to do with \""+v.Sought+"\"")}, nil, false))
	}
	return lines
}

// holds tells whether each word stands somewhere in the entry.
func (e Entry) holds(sought string) bool {
	all := strings.ToLower(strings.Join([]string{e.Group, e.Keys, e.Words, e.Does, e.WhyNot, e.Where}, " "))
	for _, word := range strings.Fields(strings.ToLower(sought)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// draw is the entry's lines: what it does, then why it does not do it now.
func (e Entry) draw(t *theme.Theme, w int) []string {
	key, words, why := theme.Key, theme.Text, frame.Part{}
	switch {
	case e.Where != "":
		key, words, why = theme.Faint, theme.Muted, frame.P(theme.Faint, e.Where)
	case e.WhyNot != "":
		key, words, why = theme.Faint, theme.Muted, frame.P(theme.Wait, "not now: "+e.WhyNot)
	}
	var lines []string
	lead := frame.P(key, "  "+text.Pad(e.Keys, keyCells-1)+" ")
	room := max(10, w-keyCells-3)
	for _, s := range text.Wrap(e.Does, room, 3) {
		lines = append(lines, frame.Line(t, w, []frame.Part{lead, frame.P(words, s)}, nil, false))
		lead = frame.P(theme.Text, text.Spaces(keyCells+2))
	}
	for _, s := range text.Wrap(why.Text, room, 2) {
		lines = append(lines, frame.Line(t, w, []frame.Part{lead, frame.P(why.Role, s)}, nil, false))
	}
	return lines
}

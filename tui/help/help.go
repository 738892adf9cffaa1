// Package help lists what every key does, and finds one by any word about it.
package help

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Entry is what one row of the table of keys does.
type Entry struct {
	Group  string
	Keys   string // all of them, as they are written
	Words  string // what the footer calls it
	Does   string
	WhyNot string // why it does nothing now; "" when it does something
	Where  string // the screens that it works on, where this is none of them; ""
}

// View is what is looked for, and how far the list is scrolled.
type View struct {
	Sought string
	first  int
	full   int // how long the list is as a whole
}

const (
	wide     = 100
	keyCells = 16
	page     = 8
	longest  = 60
)

// Key handles one key, as Bubble Tea names it; typed is the text that it types. open is false when it closes the help.
func (v *View) Key(name, typed string) (open bool) {
	switch name {
	case "esc":
		if v.Sought == "" {
			return false
		}
		v.seek("")
	case "ctrl+c", "enter":
		return false
	case "up":
		v.first--
	case "down":
		v.first++
	case "pgup":
		v.first -= page
	case "pgdown":
		v.first += page
	case "home":
		v.first = 0
	case "end":
		v.first = 1 << 20
	case "ctrl+u":
		v.seek("")
	case "backspace":
		r := []rune(v.Sought)
		v.seek(string(r[:max(0, len(r)-1)]))
	default:
		if typed == "?" && v.Sought == "" {
			return false // the key that opened it
		}
		if typed = text.Clean(typed); v.Sought == "" {
			typed = strings.TrimLeft(typed, " /")
		}
		if typed != "" && text.Width(v.Sought+typed) <= longest {
			v.seek(v.Sought + typed)
		}
	}
	return true
}

func (v *View) seek(s string) { v.Sought, v.first = s, 0 }

// Draw draws the entries that hold what is sought in a box that fits a screen of w × h cells.
func (v *View) Draw(t *theme.Theme, entries []Entry, w, h int) []string {
	w = min(w, wide)
	inner := w - 2
	lines := []string{v.line(t, inner)}
	all := v.list(t, entries, inner)
	if v.Sought == "" {
		v.full = len(all)
	}
	h = min(h, max(v.full, len(all))+3) // what is left out leaves its room, so that the box stays where it is
	room := max(0, h-3)
	v.first = max(0, min(v.first, len(all)-room))
	box := frame.Box{Title: []frame.Part{frame.P(theme.Accent, "Keys")}, Border: theme.Accent, Bottom: []frame.Part{
		frame.P(theme.Key, "↑↓"), frame.P(theme.Faint, " scroll  "), frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back"),
	}}
	if below := len(all) - v.first - room; below > 0 {
		box.Bottom = append([]frame.Part{frame.P(theme.Muted, text.Count(below)+" more lines  ")}, box.Bottom...)
	}
	return box.Draw(t, w, h, append(lines, all[v.first:]...))
}

func (v *View) line(t *theme.Theme, w int) string {
	if v.Sought == "" {
		return frame.Line(t, w, []frame.Part{frame.P(theme.Key, "  / "), frame.P(theme.Accent, t.Sign(theme.Cursor)), frame.P(theme.Faint, " type to search")}, nil, false)
	}
	return frame.Line(t, w, []frame.Part{frame.P(theme.Key, "  / "), frame.P(theme.Strong, v.Sought), frame.P(theme.Accent, t.Sign(theme.Cursor))}, nil, false)
}

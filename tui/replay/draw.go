package replay

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// least is how many lines a box needs so that something can be read in it.
const least = 5

// Divide gives the lines of a screen to the board, which wants so many, to the log and to the replay's own box. Where there
// is too little room there is no log.
func Divide(h, wanted int) (board, log, film int) {
	below := max(2*least, 2*h/5)
	switch {
	case h < 12:
		below = 3
	case h < 16:
		below = least
	}
	board = min(h-below, max(wanted, 8))
	if film = h - board; film >= 2*least {
		film /= 2
	}
	return board, h - board - film, film
}

// Draw draws what has come to pass in exactly w × h cells, the newest last, and how far the film is.
func (v *View) Draw(t *theme.Theme, f *present.Film, w, h int) []string {
	inner, room := max(0, w-2), max(0, h-3)
	var lines []string
	for i := f.Taken(v.At) - 1; i >= 0 && len(lines) < room; i-- {
		s := f.Scenes[i]
		if s.Text == "" {
			continue
		}
		lines = append(lines, frame.Line(t, inner, []frame.Part{
			frame.P(theme.Faint, " "+s.Event.At.Local().Format("15:04:05")+"  "), frame.P(s.Role, s.Text),
		}, nil, false))
	}
	slices.Reverse(lines)
	for len(lines) < room {
		lines = append(lines, text.Spaces(inner))
	}
	lines = append(lines, v.bar(t, f, inner))
	box := frame.Box{Title: []frame.Part{frame.P(theme.Drill, fmt.Sprintf("Replay of run %d", f.Run))}, Border: theme.Drill, Drill: true,
		Right:  []frame.Part{frame.P(theme.Muted, f.Time(v.At).Local().Format("2006-01-02 15:04:05"))},
		Bottom: []frame.Part{frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back")}}
	return box.Draw(t, w, h, lines)
}

// bar says how fast the film goes and how far it is; where something went wrong it has a mark.
func (v *View) bar(t *theme.Theme, f *present.Film, w int) string {
	sign, word := t.Sign(theme.Paused), "stopped"
	switch {
	case v.Playing:
		sign, word = t.Sign(theme.Note), "plays"
	case v.At >= f.Length():
		word = "at its end"
	}
	left := []frame.Part{frame.P(theme.Drill, " "+sign+" "+text.Pad(word, 11)), frame.P(theme.Strong, text.Pad(fmt.Sprintf("%d×", v.Speed), 4))}
	right := []frame.Part{frame.P(theme.Text, " "+present.Clock(v.At)), frame.P(theme.Muted, " of "+present.Clock(f.Length())+"  "),
		frame.P(theme.Muted, fmt.Sprintf("event %d of %d ", f.Taken(v.At), len(f.Scenes)))}
	if room := w - frame.Width(left) - frame.Width(right) - 1; room >= 8 {
		left = append(left, v.track(t, f, room)...)
	}
	return frame.Line(t, w, left, right, false)
}

func (v *View) track(t *theme.Theme, f *present.Film, cells int) []frame.Part {
	place := func(at time.Duration) int {
		return min(cells-1, int(int64(at)*int64(cells)/int64(max(1, f.Length()))))
	}
	marks := map[int]theme.Role{}
	for _, s := range f.Scenes {
		if s.Role == theme.Bad || s.Role == theme.Unsure {
			marks[place(s.From)] = s.Role
		}
	}
	done := place(v.At)
	var parts []frame.Part
	add := func(role theme.Role, s string) {
		if n := len(parts); n > 0 && parts[n-1].Role == role {
			parts[n-1].Text += s
			return
		}
		parts = append(parts, frame.P(role, s))
	}
	for i := range cells {
		role, marked := marks[i]
		switch {
		case marked:
			add(role, t.Sign(theme.Failed))
		case i <= done:
			add(theme.Drill, t.Sign(theme.BarFull))
		default:
			add(theme.Faint, t.Sign(theme.BarEmpty))
		}
	}
	return parts
}

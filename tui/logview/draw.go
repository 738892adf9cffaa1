package logview

import (
	"fmt"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Draw draws the view with its border.
func (v *View) Draw() []string {
	if v.drawn == nil {
		v.drawn = v.box().Draw(v.theme, v.w+2, v.h+2, v.body())
	}
	return v.drawn
}

func (v *View) box() frame.Box {
	border, name := theme.Faint, theme.Title
	if v.title.Focused {
		border, name = theme.Accent, theme.Accent
	}
	box := frame.Box{Border: border, Drill: v.title.Drill, Title: []frame.Part{frame.P(name, v.title.Name)}}
	if v.title.Attempt > 0 {
		box.Title = append(box.Title, frame.P(theme.Muted, fmt.Sprintf(" attempt %d", v.title.Attempt)))
	}
	if !v.open {
		return box
	}
	switch fresh := v.fresh(); {
	case v.title.Cause > 0 && v.mark == v.title.Cause-1 && !v.follow:
		box.Title = append(box.Title, frame.P(theme.Bad, " · the cause, line "+text.Count(v.title.Cause)))
	case v.follow && v.title.Live:
		box.Title = append(box.Title, frame.P(theme.Busy, " · following"))
	case fresh > 0:
		box.Title = append(box.Title, frame.P(theme.Wait, fmt.Sprintf(" · %s new", text.Count(fresh))))
	}
	lines := text.Many(v.total, "line")
	if top := v.Top(); !v.follow && v.total > v.h {
		lines = fmt.Sprintf("%s of %s", text.Count(top+1), lines)
	}
	box.Right = []frame.Part{frame.P(theme.Muted, lines)}
	box.Bottom = v.state()
	return box
}

// fresh is how many lines have come since following ended; of a filtered log, those that match.
func (v *View) fresh() int {
	switch {
	case v.follow || !v.title.Live:
		return 0
	case v.filter != nil:
		return max(0, v.filter.set.size-v.seenHits)
	}
	return max(0, v.total-v.seen)
}

// state is what is being looked for, for the lower edge; the keys when nothing is.
func (v *View) state() (parts []frame.Part) {
	say := func(role theme.Role, s string) {
		if len(parts) > 0 && role == theme.Key {
			parts = append(parts, frame.P(theme.Faint, " · "))
		}
		parts = append(parts, frame.P(role, s))
	}
	if v.selecting {
		say(theme.Key, text.Count(max(v.anchor, v.mark)-min(v.anchor, v.mark)+1)+" selected")
	}
	if f := v.filter; f != nil {
		say(theme.Key, "&"+quoted(f.shown))
		say(theme.Muted, "  "+f.counter(-1, v.total))
		if v.context > 0 {
			say(theme.Muted, fmt.Sprintf(", %d around", v.context))
		}
	}
	if f := v.search; f != nil {
		say(theme.Key, "/"+quoted(f.shown))
		say(theme.Muted, "  "+f.counter(v.mark, v.total))
	}
	if f := v.errors; f != nil && v.finds == &v.errors {
		say(theme.Key, f.shown)
		say(theme.Muted, "  "+f.counter(v.mark, v.total))
	}
	if v.wrap {
		say(theme.Key, "wrapped")
	}
	if len(parts) == 0 && v.title.Keys != "" {
		say(theme.Faint, v.title.Keys)
	}
	return parts
}

func quoted(s string) string { return text.Cut(text.Clean(s), 30) }

func (v *View) body() []string {
	spots := v.onScreen()
	switch {
	case !v.open || (v.why != "" && len(v.held) == 0):
		return v.says(v.why)
	case v.total == 0 && v.unended == "":
		return v.says("no line yet")
	case len(spots) == 0 && v.filter == nil: // there is no room for any
	case len(spots) == 0 && v.filter.set.known < v.total:
		return v.says("looking for lines that show " + quoted(v.filter.shown) + "…")
	case len(spots) == 0:
		return v.says("no line shows " + quoted(v.filter.shown))
	}
	unended := v.unended != "" && v.h > 0 && v.follow && v.filter == nil && v.title.Live
	if unended && len(spots) == v.h {
		spots = spots[1:]
	}
	rows := make([]string, len(spots), v.h)
	for i, s := range spots {
		rows[i] = v.row(s)
	}
	if unended {
		blank := text.Spaces(v.margin())
		rows = append(rows, frame.Line(v.theme, v.w, []frame.Part{frame.P(theme.Muted, blank+text.Cut(text.Clean(v.unended), v.room()))}, nil, false))
	}
	return rows
}

func (v *View) says(s string) []string {
	lines := frame.Blank(v.w, max(0, (v.h-1)/2))
	return append(lines, frame.Centred(v.theme, v.w, []frame.Part{frame.P(theme.Muted, text.Clean(s))}))
}

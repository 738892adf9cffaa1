// Package preview shows what a theme looks like: a small board of an invented run, drawn as the console draws a real one.
package preview

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The widths between which a preview can be drawn: three columns side by side, and no more than a page.
const (
	Narrowest = 80
	Widest    = 100
)

const columnLines = 9

// Lines draws the preview below the name of the theme and what it says of itself, on a background that the theme is for.
// Each line is as wide as the screen, as far as that can be.
func Lines(t *theme.Theme, name, about string, screen int) []string {
	w := max(Narrowest, min(screen, Widest))
	lines := []string{frame.Line(t, w, []frame.Part{frame.P(theme.Strong, " "+name), frame.P(theme.Text, "  "+about)}, nil, false), tabs(t, w)}
	columns := columns()
	blocks := make([][]string, len(columns))
	for i, c := range columns {
		wide := w / len(columns)
		if i < w%len(columns) {
			wide++
		}
		// A board that is narrow draws one column below a strip of all.
		blocks[i] = board.New(t, "").Draw(present.Board{Columns: []present.Column{c}}, chosen, wide, columnLines+1, 0)[1:]
	}
	lines = append(lines, frame.Beside(blocks...)...)
	lines = append(append(lines, states(t, w)...), foot(t, w))
	for i := range lines {
		lines[i] = t.OnGround(lines[i])
	}
	return lines
}

// chosen is where the cursor is.
var chosen = board.Cursor{Column: "qa", Stage: "qa/e2e"}

func columns() []present.Column {
	done, runs, waits := present.StateMark(promotion.StateSucceeded), present.StateMark(promotion.StateRunning), present.StateMark(promotion.StateWaiting)
	failed, errored := present.StateMark(promotion.StateFailed), present.StateMark(promotion.StateErrored)
	card := func(column, name string, mark present.Mark, note, time string) present.Card {
		return present.Card{ID: promotion.StageID(column + "/" + name), Mark: mark, Name: name, Note: note, Time: time}
	}
	e2e := card("qa", "e2e", runs, "17/31", "41s")
	e2e.Done, e2e.Total = 17, 31
	broken := card("prod", "acceptance", failed, "3 of 12", "8s")
	broken.Reason = "TestPlaceOrder: 409"
	return []present.Column{
		{Name: "dev", Title: "Dev", Mark: done, Status: "23s", Live: present.Live{Shown: true, Name: "1.8.0 3f9c1e2", Age: "2m"}, Cards: []present.Card{
			card("dev", "push", done, "", "2s"), card("dev", "compat", present.StateMark(promotion.StateSkipped), "skipped", ""),
			card("dev", "deploy", errored, "attempt 1", "6s"), card("dev", "acceptance", done, "12", "8s"),
		}},
		{Name: "qa", Title: "QA", Mark: runs, Status: "1m04s", Live: present.Live{Shown: true, Name: "1.8.0 3f9c1e2", Age: "now", New: true}, Cards: []present.Card{
			card("qa", "copy", done, "", "1s"), card("qa", "deploy", done, "", "7s"), e2e, card("qa", "publish", waits, "", "~2s"),
		}},
		{Name: "prod", Title: "Prod", Mark: failed, Status: "failed", Protected: true, Live: present.Live{Shown: true, Name: "1.7.4 9ab01fe", Age: "6d"}, Cards: []present.Card{
			card("prod", "deploy", done, "", "9s"), broken,
		}, Foot: []present.Message{{Mark: present.OutcomeMark(promotion.RolledBack), Text: "rolled back to 1.7.4"}}},
	}
}

func tabs(t *theme.Theme, w int) string {
	done, runs := present.OutcomeMark(promotion.Succeeded), present.StateMark(promotion.StateRunning)
	return frame.Line(t, w, []frame.Part{
		frame.P(theme.Brand, " gantry "), frame.P(theme.Text, " "), frame.P(done.Role, " "+t.Sign(done.Sign)), frame.P(theme.Muted, " orders 41 "),
		frame.P(theme.Tab, " "+t.Sign(runs.Sign)+" orders 42 "), frame.P(theme.Strong, " 1.8.0 3f9c1e2"), frame.P(theme.Text, "  Bulk discount"),
		frame.P(theme.Faint, " · checkout"),
	}, nil, false)
}

// states are all states that a stage can be in, and what else has a colour of its own, over as many lines as they need.
func states(t *theme.Theme, w int) []string {
	var marks []present.Mark
	for _, s := range []promotion.State{
		promotion.StateSucceeded, promotion.StateRunning, promotion.StateWaiting, promotion.StateFailed, promotion.StateErrored, promotion.StateStalled,
		promotion.StateInterrupted, promotion.StateSkipped, promotion.StateOverridden,
	} {
		marks = append(marks, present.StateMark(s))
	}
	marks = append(marks, present.OutcomeMark(promotion.RolledBack), present.Mark{Sign: theme.Paused, Word: "paused", Role: theme.Wait}, present.Mark{Sign: theme.Note, Word: "a rehearsal", Role: theme.Drill})
	var lines []string
	var line []frame.Part
	for _, m := range marks {
		p := frame.P(m.Role, " "+t.Sign(m.Sign)+" "+m.Word+" ")
		if frame.Width(line)+text.Width(p.Text) > w {
			lines, line = append(lines, frame.Line(t, w, line, nil, false)), nil
		}
		line = append(line, p)
	}
	return append(lines, frame.Line(t, w, line, nil, false))
}

func foot(t *theme.Theme, w int) string {
	table := keys.Default()
	var parts []frame.Part
	for _, a := range []keys.Action{keys.Inspect, keys.Help} {
		b := table.Of(a)
		parts = append(parts, frame.P(theme.Key, " "+b.Key()), frame.P(theme.Muted, " "+b.Words+" "))
	}
	return frame.Line(t, w, append(parts, frame.P(theme.Text, "  "), frame.P(theme.Focused, "[ Cancel ]"), frame.P(theme.Text, " "), frame.P(theme.Button, "  Retry  "),
		frame.P(theme.Text, " "), frame.P(theme.Danger, "[ Roll back ]"), frame.P(theme.Text, "  /"), frame.P(theme.Match, "checkout"), frame.P(theme.Text, " "), frame.P(theme.Accent, t.Sign(theme.Pointer)+"cursor")), nil, false)
}

// Colours are the roles of a theme, each in its own colour, with what it is drawn with and how well it can be read.
func Colours(t *theme.Theme, name string) []string {
	lines := []string{"ROLE      COLOUR   ON       CONTRAST"}
	for _, role := range theme.Roles() {
		c := theme.ColourOf(name, role)
		ratio := "the terminal's own"
		if c.Contrast > 0 {
			ratio = fmt.Sprintf("%.1f", c.Contrast)
		}
		word := text.Pad(role.String(), 8)
		lines = append(lines, strings.TrimRight(t.OnGround(t.Paint(role, word))+"  "+text.Pad(c.Hex, 7)+"  "+text.Pad(c.On, 7)+"  "+ratio, " "))
	}
	return lines
}

package logview

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	timeCells = 8  // "12:04:31"
	stepCells = 12 // the step's name is cut to this
	minText   = 24 // below so many cells for the text, time and step are left out
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
	switch {
	case v.follow && v.title.Live:
		box.Title = append(box.Title, frame.P(theme.Busy, " · following"))
	case v.total > v.seen && !v.follow && v.title.Live:
		box.Title = append(box.Title, frame.P(theme.Wait, fmt.Sprintf(" · %s new", text.Count(v.total-v.seen))))
	}
	lines := text.Count(v.total) + " lines"
	if v.total == 1 {
		lines = "1 line"
	}
	if !v.follow && v.total > v.h {
		lines = fmt.Sprintf("%s of %s", text.Count(v.top+1), lines)
	}
	box.Right = []frame.Part{frame.P(theme.Muted, lines)}
	if v.search.query != "" {
		box.Bottom = []frame.Part{frame.P(theme.Key, "/"+text.Cut(text.Clean(v.search.shown), 30)), frame.P(theme.Muted, "  "+v.Counter()+"  n N")}
	} else if v.wrap {
		box.Bottom = []frame.Part{frame.P(theme.Faint, "wrapped")}
	}
	return box
}

func (v *View) body() []string {
	switch {
	case !v.open || (v.why != "" && len(v.lines) == 0):
		return v.says(v.why)
	case v.total == 0:
		return v.says("no line yet")
	}
	if v.wrap && v.follow {
		return v.fromBottom()
	}
	var rows []string
	for n := v.top; n < v.total && len(rows) < v.h; n++ {
		line, held := v.line(n)
		if !held {
			rows = append(rows, text.Spaces(v.w))
			continue
		}
		for i, piece := range v.rows(line, v.h-len(rows)) {
			rows = append(rows, v.row(line, piece, i == 0, n))
		}
	}
	return rows
}

// fromBottom fills the screen upwards from the newest line.
func (v *View) fromBottom() []string {
	var rows []string
	for n := v.total - 1; n >= 0 && len(rows) < v.h; n-- {
		line, held := v.line(n)
		if !held {
			break
		}
		pieces := v.rows(line, v.h)
		for i := len(pieces) - 1; i >= 0 && len(rows) < v.h; i-- {
			rows = append(rows, v.row(line, pieces[i], i == 0, n))
		}
	}
	for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows
}

func (v *View) says(s string) []string {
	lines := frame.Blank(v.w, max(0, (v.h-1)/2))
	return append(lines, frame.Centred(v.theme, v.w, []frame.Part{frame.P(theme.Muted, text.Clean(s))}))
}

func (v *View) line(n int) (engine.LogLine, bool) {
	if i := n - v.from; i >= 0 && i < len(v.lines) {
		return v.lines[i], true
	}
	return engine.LogLine{}, false
}

// rows is what a line shows, one piece for every row it takes; at most limit.
func (v *View) rows(line engine.LogLine, limit int) []string {
	room := max(1, v.w-v.margin())
	s := text.LastOverwrite(line.Text)
	// A line may be megabytes long: no more of it is looked at than can be shown, escape sequences allowed for.
	reach := 8*(v.left+room*max(1, limit)) + 256
	s = text.Clean(s[:min(len(s), reach)])
	if v.wrap {
		return text.Chunks(s, room, limit)
	}
	return []string{text.Cut(text.Skip(s, v.left), room)}
}

// margin is how many cells stand before the text.
func (v *View) margin() int {
	if v.w < minText+timeCells+stepCells {
		return 1
	}
	n := 1 + timeCells + 2
	if step := v.stepWidth(); step > 0 {
		n += step + 2
	}
	return n
}

// stepWidth is how wide the steps' names are; 0 when every line is of the same step, which then need not be said.
func (v *View) stepWidth() int {
	n, several := 0, false
	for i, line := range v.lines {
		n = max(n, min(stepCells, text.Width(line.Step)))
		several = several || (i > 0 && line.Step != v.lines[i-1].Step)
	}
	if !several {
		return 0
	}
	return n
}

func (v *View) row(line engine.LogLine, piece string, first bool, n int) string {
	parts := []frame.Part{frame.P(theme.Text, " ")}
	if margin := v.margin(); margin > 1 {
		if first {
			parts = append(parts, frame.P(theme.Faint, line.At.Local().Format("15:04:05")+"  "))
			if step := v.stepWidth(); step > 0 {
				parts = append(parts, frame.P(theme.Muted, text.Pad(text.Clean(line.Step), step)+"  "))
			}
		} else {
			parts = append(parts, frame.P(theme.Text, text.Spaces(margin-1)))
		}
	}
	role := meaning(piece)
	if line.Step == "" && role == theme.Text {
		role = theme.Muted
	}
	parts = append(parts, v.marked(piece, role)...)
	return frame.Line(v.theme, v.w, parts, nil, n == v.search.at && !v.follow)
}

// marked splits a piece at the hits of the search.
func (v *View) marked(piece string, role theme.Role) []frame.Part {
	query := v.search.query
	lower := strings.ToLower(piece)
	if query == "" || len(lower) != len(piece) {
		return []frame.Part{frame.P(role, piece)}
	}
	var parts []frame.Part
	for {
		i := strings.Index(lower, query)
		if i < 0 {
			return append(parts, frame.P(role, piece))
		}
		parts = append(parts, frame.P(role, piece[:i]), frame.P(theme.Match, piece[i:i+len(query)]))
		piece, lower = piece[i+len(query):], lower[i+len(query):]
	}
}

// meaning colours the lines that test runners and compilers write about good and bad ends.
func meaning(s string) theme.Role {
	s = strings.TrimLeft(s, " ")
	for _, bad := range []string{"--- FAIL", "FAIL", "panic:", "error:", "Error:", "ERROR", "fatal:", "not ok ", "✗"} {
		if strings.HasPrefix(s, bad) {
			return theme.Bad
		}
	}
	for _, good := range []string{"--- PASS", "PASS", "ok  ", "ok ", "✓"} {
		if strings.HasPrefix(s, good) {
			return theme.Good
		}
	}
	for _, dull := range []string{"=== RUN", "=== PAUSE", "=== CONT", "$ ", "+ "} {
		if strings.HasPrefix(s, dull) {
			return theme.Muted
		}
	}
	return theme.Text
}

package timeline

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// leastSummary is how many lines the summary may take of the chart: a blank one, what the run took, what that went into,
// and what the chosen row waited for.
const leastSummary = 4

// summary says what the time went into, and of the chosen row what it waited for. What is too long for a line goes on in
// the lines that the chart leaves free.
func (g grid) summary(w, free int, tl present.Timeline, cursor int) []string {
	lines := []string{text.Spaces(w), frame.Line(g.theme, w, []frame.Part{frame.P(theme.Strong, "  "+took(tl))}, nil, false)}
	free = max(free, leastSummary) - len(lines)
	waited := ""
	if cursor >= 0 && cursor < len(tl.Rows) {
		waited = waits(tl.Rows[cursor])
	}
	if len(tl.Longest) > 0 {
		limit := free
		if waited != "" {
			limit--
		}
		into := g.hung(w, limit, frame.P(theme.Muted, "  it went into "), frame.P(theme.Text, strings.Join(tl.Longest, ", ")))
		lines, free = append(lines, into...), free-len(into)
	}
	if waited != "" {
		return append(lines, g.hung(w, free, frame.P(theme.Wait, "  "), frame.P(theme.Wait, waited))...)
	}
	if len(lines) < leastSummary { // so that nothing moves when another row is chosen
		lines = append(lines, text.Spaces(w))
	}
	return lines
}

func took(tl present.Timeline) string {
	how := "took"
	if tl.Open {
		how = "has taken"
	}
	said := fmt.Sprintf("%s %s: %s working, ", how, present.Elapsed(tl.To.Sub(tl.From)), present.Elapsed(tl.Worked))
	if tl.Waited > 0 {
		return said + present.Elapsed(tl.Waited) + " waiting"
	}
	return said + "none waiting"
}

// waits is how long a row waited, and what for; "" where it did not.
func waits(r present.TimelineRow) string {
	if r.Waited <= 0 {
		return ""
	}
	said := fmt.Sprintf("%s waited %s", r.Stage, present.Elapsed(r.Waited))
	if r.Why != "" {
		said += ": " + r.Why
	}
	return said
}

// hung is a text beside what leads to it, in at most limit lines.
func (g grid) hung(w, limit int, lead, of frame.Part) (lines []string) {
	indent := text.Width(lead.Text)
	for _, line := range text.Wrap(of.Text, w-indent-1, max(1, limit)) {
		lines = append(lines, frame.Line(g.theme, w, []frame.Part{lead, frame.P(of.Role, line)}, nil, false))
		lead.Text = text.Spaces(indent)
	}
	return lines
}

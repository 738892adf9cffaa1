package tui

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// welcome stands where the log would be while nothing has run: what a run would do, and the first keys.
func (m *model) welcome(w, h int) []string {
	var names []string
	for _, c := range m.present().Columns {
		names = append(names, present.Title(c.Name))
	}
	say := func(parts ...frame.Part) string {
		return frame.Line(m.theme, w-2, append([]frame.Part{frame.P(theme.Text, text.Spaces(max(1, (w-60)/2)))}, parts...), nil, false)
	}
	lines := []string{
		say(frame.P(theme.Strong, "Nothing of "+text.Clean(m.entry.Service)+" has run yet.")),
		say(frame.P(theme.Muted, fmt.Sprintf("A run takes it through %s.", strings.Join(names, " → ")))),
		say(),
	}
	for _, hint := range []struct {
		action keys.Action
		words  string
	}{
		{keys.Run, "start a run of " + text.Clean(m.entry.Service)}, {keys.NextRun, "the next service"},
		{keys.Fleet, "every service in every environment"}, {keys.Help, "every key"},
	} {
		lines = append(lines, say(frame.P(theme.Key, text.Pad(m.keys.Of(hint.action).Key(), 6)), frame.P(theme.Text, hint.words)))
	}
	above := max(0, (h-2-len(lines))/2)
	return frame.Box{Border: theme.Faint}.Draw(m.theme, w, h, append(frame.Blank(w-2, above), lines...))
}

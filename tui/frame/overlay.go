package frame

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Overlay lays a block of lines over the middle of a screen, which steps back behind it. Every line of the block must
// be equally wide.
func Overlay(t *theme.Theme, screen, block []string, w int) []string {
	if len(block) == 0 {
		return screen
	}
	wide := LineWidth(block[0])
	top, left := max(0, (len(screen)-len(block))/2), max(0, (w-wide)/2)
	out := make([]string, len(screen))
	for i, line := range screen {
		behind := ansi.Strip(line)
		if i < top || i >= top+len(block) {
			out[i] = t.Paint(theme.Faint, behind)
			continue
		}
		before := ansi.Truncate(behind, left, "")
		after := ansi.TruncateLeft(behind, left+wide, "")
		if text.Width(after) > w-left-wide { // it begins with a wide character that the block cuts in half
			after = ansi.TruncateLeft(behind, left+wide+1, "")
		}
		// A wide character that is cut in half leaves a hole of one cell.
		before += text.Spaces(left - text.Width(before))
		after = text.Spaces(w-left-wide-text.Width(after)) + after
		out[i] = t.Paint(theme.Faint, before) + block[i-top] + t.Paint(theme.Faint, after)
	}
	return out
}

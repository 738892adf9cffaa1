package frame

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Wherever the block begins and ends, a wide character under its edges is cut in half.
func TestAnOverlayIsAsWideAsTheScreenWhateverLiesUnderItsEdges(t *testing.T) {
	th := theme.New(theme.Options{Palette: "none"})
	for _, behind := range []string{strings.Repeat("東", 20), " " + strings.Repeat("京", 19) + " ", strings.Repeat("a", 40), "🚀" + strings.Repeat("é", 38)} {
		for wide := 1; wide < 40; wide++ {
			line := Overlay(th, []string{behind}, []string{strings.Repeat("x", wide)}, 40)[0]
			if got := text.Width(line); got != 40 {
				t.Fatalf("a block of %d over %q is %d cells wide: %q", wide, behind, got, line)
			}
			if n := strings.Count(line, "x"); n != wide {
				t.Fatalf("a block of %d over %q has %d cells left: %q", wide, behind, n, line)
			}
		}
	}
}

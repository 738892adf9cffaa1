package preview

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/gantry-cd/gantry/tui/theme"
)

func TestAPreviewShowsEveryStateAndIsAsWideAsItMayBe(t *testing.T) {
	for _, name := range theme.Palettes() {
		for _, ascii := range []bool{false, true} {
			for screen, want := range map[int]int{40: Narrowest, 80: 80, 300: Widest} {
				lines := Lines(theme.New(theme.Options{Palette: name, ASCII: ascii}), name, theme.About(name), screen)
				for _, line := range lines {
					if w := ansi.StringWidth(line); w != want {
						t.Errorf("%s on %d cells: a line is %d wide: %q", name, screen, w, ansi.Strip(line))
					}
				}
				whole := ansi.Strip(strings.Join(lines, "\n"))
				for _, said := range []string{name, "Dev", "QA", "Prod", "17/31", "TestPlaceOrder: 409", "succeeded", "running", "waiting", "failed", "errored",
					"stalled", "interrupted", "skipped", "overridden", "rolled back", "paused", "a rehearsal", "[ Cancel ]", "[ Roll back ]", "cursor"} {
					if !strings.Contains(whole, said) {
						t.Errorf("%s on %d cells does not show %q:\n%s", name, screen, said, whole)
					}
				}
				for _, r := range whole {
					if ascii && r > 0x7e {
						t.Errorf("%s in seven bits shows %q", name, r)
					}
				}
			}
		}
	}
}

// A theme for light terminals is shown on light, also where the terminal is dark.
func TestAPreviewLiesOnTheGroundThatTheThemeIsFor(t *testing.T) {
	light := strings.Join(Lines(theme.New(theme.Options{Palette: "light"}), "light", "", 80), "\n")
	if !strings.Contains(light, "48;2;255;255;255") {
		t.Errorf("no white in %q", light[:200])
	}
	if ends, begins := strings.Count(light, "\x1b[0m"), strings.Count(light, "48;2;255;255;255m"); begins < ends {
		t.Errorf("of %d ends of a colour only %d are followed by the ground", ends, begins)
	}
	plain := strings.Join(append(Lines(theme.New(theme.Options{Palette: "light", Profile: termenv.Ascii}), "light", "", 80), Colours(theme.New(theme.Options{Palette: "light", Profile: termenv.Ascii}), "light")...), "\n")
	if strings.Contains(plain, "\x1b") {
		t.Errorf("a plain preview holds escape sequences:\n%q", plain)
	}
}

func TestTheColoursOfAThemeAreToldWithTheirContrast(t *testing.T) {
	told := ansi.Strip(strings.Join(Colours(theme.New(theme.Options{Palette: "high-contrast"}), "high-contrast"), "\n"))
	for _, role := range theme.Roles() {
		if !strings.Contains(told, "\n"+role.String()+" ") {
			t.Errorf("%s is not told:\n%s", role, told)
		}
	}
	if !strings.Contains(told, "good      #00ff87           ") || !strings.Contains(told, "21.0") {
		t.Errorf("the colours are\n%s", told)
	}
}

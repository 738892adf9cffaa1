package theme

import (
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestEveryGlyphIsOneCellWideAndHasAPlainTwin(t *testing.T) {
	for s := range signs {
		for _, glyph := range []string{unicode[s], ascii[s]} {
			if lipgloss.Width(glyph) != 1 {
				t.Errorf("sign %d: %q is %d cells wide", s, glyph, lipgloss.Width(glyph))
			}
		}
		if ascii[s][0] > 0x7e || len(ascii[s]) != 1 {
			t.Errorf("sign %d: %q is not seven bits", s, ascii[s])
		}
	}
	for r, with := range asciiOf {
		if len(with) != lipgloss.Width(string(r)) {
			t.Errorf("%q is replaced by %q, which is not as wide", r, with)
		}
	}
}

func TestEveryPaletteGivesEveryRoleALookAndNothingButColour(t *testing.T) {
	for _, name := range Palettes() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI, termenv.Ascii} {
			theme := New(Options{Palette: name, Profile: profile})
			for role := range roles {
				for _, painted := range []string{theme.Paint(role, "word"), theme.PaintSelected(role, "word")} {
					if ansi.Strip(painted) != "word" {
						t.Errorf("%s: role %d paints %q", name, role, painted)
					}
				}
			}
		}
	}
}

func TestTheEnvironmentChoosesTheTheme(t *testing.T) {
	for _, c := range []struct {
		env    []string
		chosen string // by the configuration
		want   Options
	}{
		{[]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, "", Options{Palette: "dark", Profile: termenv.TrueColor}},
		{[]string{"TERM=xterm-256color", "COLORFGBG=0;15"}, "", Options{Palette: "light", Profile: termenv.ANSI256}},
		{[]string{"TERM=xterm-256color", "COLORFGBG=0;15"}, "dark", Options{Palette: "dark", Profile: termenv.ANSI256}},
		{[]string{"TERM=xterm-256color", "COLORFGBG=0;15"}, "tritanopia", Options{Palette: "tritanopia-light", Profile: termenv.ANSI256}},
		{[]string{"TERM=xterm-256color", "COLORFGBG=15;0"}, "tritanopia", Options{Palette: "tritanopia", Profile: termenv.ANSI256}},
		{[]string{"TERM=xterm-256color", "GANTRY_THEME=high-contrast"}, "tritanopia", Options{Palette: "high-contrast", Profile: termenv.ANSI256}},
		{[]string{"TERM=xterm-256color", "NO_COLOR=1", "GANTRY_THEME=light"}, "tritanopia", Options{Palette: Mono, Profile: termenv.ANSI}},
		{[]string{"TERM=xterm-256color", "NO_COLOR="}, "mono", Options{Palette: Mono, Profile: termenv.ANSI}},
		{[]string{"TERM=dumb", "NO_COLOR=1", "GANTRY_ASCII=1"}, "", Options{Palette: Mono, Profile: termenv.Ascii, ASCII: true}},
		{[]string{"TERM=xterm-256color", "GANTRY_ASCII=0", "GANTRY_THEME=protanopia"}, "", Options{Palette: "protanopia", Profile: termenv.ANSI256}},
	} {
		if got := FromEnvironment(nil, c.env, Options{Palette: c.chosen}); got != c.want {
			t.Errorf("%v and %q choose %+v, want %+v", c.env, c.chosen, got, c.want)
		}
	}
}

func TestEveryThemeSaysForWhomItIsAndHasATwinThatExists(t *testing.T) {
	if len(palettes) != len(Palettes()) {
		t.Errorf("%d themes, of which %d are named", len(palettes), len(Palettes()))
	}
	for _, name := range Palettes() {
		if !Known(name) || About(name) == "" {
			t.Errorf("%s says nothing of itself", name)
		}
		if twin := palettes[name].light; twin != "" && !Known(twin) {
			t.Errorf("%s has the twin %s, which does not exist", name, twin)
		}
	}
}

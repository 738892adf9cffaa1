package theme

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/muesli/termenv"
)

// Contrast after WCAG 2.2: 1.4.3 for text, and 1.4.6, enhanced.
const (
	readable = 4.5
	enhanced = 7
)

// Every role of every theme can be read on every background that the theme is made for, on the selected line too, and
// as well on a terminal that knows 256 colours only.
func TestEveryRoleCanBeRead(t *testing.T) {
	for _, name := range Palettes() {
		if name == Mono {
			continue
		}
		least := readable
		if strings.HasPrefix(name, "high-contrast") {
			least = enhanced
		}
		p, worst := palettes[name], 21.0
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256} {
			if profile == termenv.ANSI256 {
				least = readable // 256 colours have too few dark ones for more
			}
			for role := range roles {
				for _, selected := range []bool{false, true} {
					fg, bg := p.colours(role, selected)
					if fg == "" && bg == "" {
						continue // the terminal's own on the terminal's own
					}
					grounds := []string{bg}
					if bg == "" {
						grounds = []string{p.ground.from, p.ground.to}
					}
					for _, ground := range grounds {
						ratio := contrast(shown(t, profile, fg), shown(t, profile, ground))
						if bg == "" { // the terminal's own, which no profile changes
							ratio = contrast(shown(t, profile, fg), parse(ground))
						}
						if worst = min(worst, ratio); ratio < least {
							t.Errorf("%s: role %d, %s on %s (selected %v, profile %d), has a contrast of %.2f, less than %.1f", name, role, fg, ground, selected, profile, ratio, least)
						}
					}
				}
			}
		}
		t.Logf("%s: the least contrast is %.2f", name, worst)
	}
}

// shown is what a terminal shows of a colour.
func shown(t *testing.T, profile termenv.Profile, hex string) linear {
	t.Helper()
	if hex == "" {
		t.Fatal("a background is given without a text, or a text without a background")
	}
	if profile == termenv.TrueColor {
		return parse(hex)
	}
	r, g, b := termenv.ConvertToRGB(profile.Color(hex)).RGB255()
	return parse(fmt.Sprintf("#%02x%02x%02x", r, g, b))
}

// states are the roles that tell how something stands.
var states = map[string]Role{"good": Good, "busy": Busy, "waits": Wait, "bad": Bad, "unsure": Unsure, "a rehearsal": Drill}

const (
	// apart is how far the states' colours are from each other at least, as CIEDE2000 has it.
	apart = 13
	// fromGrey is the same for what has not begun, which is grey.
	fromGrey = 9
)

// The states stay apart for those whom a theme is made for, and for everybody who looks over their shoulder.
func TestStatesStayApartForWhomAThemeIsMadeFor(t *testing.T) {
	for _, name := range Palettes() {
		if name == Mono {
			continue
		}
		for _, v := range append(visions[strings.TrimSuffix(name, "-light")], everybody) {
			for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256} {
				least := math.Inf(1)
				for one, a := range states {
					x := v.sees(shown(t, profile, palettes[name].looks[a].fg)).lab()
					for other, b := range states {
						if a >= b {
							continue
						}
						d := ciede2000(x, v.sees(shown(t, profile, palettes[name].looks[b].fg)).lab())
						if least = min(least, d); d < apart {
							t.Errorf("%s (profile %d): %s sees %s and %s only %.1f apart", name, profile, v.name, one, other, d)
						}
					}
					if d := ciede2000(x, v.sees(shown(t, profile, palettes[name].looks[Muted].fg)).lab()); d < fromGrey {
						t.Errorf("%s (profile %d): %s sees %s only %.1f apart from what has not begun", name, profile, v.name, one, d)
					}
				}
				t.Logf("%s, profile %d: %s sees states %.1f apart at least", name, profile, v.name, least)
			}
		}
	}
}

// Somebody who lacks the cones for red sees red darker than it is: what WCAG says of a colour does not hold for them.
func TestStatesCanBeReadByWhomAThemeIsMadeFor(t *testing.T) {
	for _, name := range Palettes() {
		for _, v := range visions[strings.TrimSuffix(name, "-light")] {
			for state, role := range states {
				c := v.sees(parse(palettes[name].looks[role].fg))
				for _, ground := range []string{palettes[name].ground.from, palettes[name].ground.to} {
					if ratio := contrast(c, v.sees(parse(ground))); ratio < 4 {
						t.Errorf("%s: %s sees %s on %s with a contrast of %.2f", name, v.name, state, ground, ratio)
					}
				}
			}
		}
	}
}

// The dark theme is what the others are measured against: a measure that lets everything pass would be none.
func TestTheMeasureTellsWhatColourBlindPeopleCannotTell(t *testing.T) {
	for name, of := range visions {
		least := math.Inf(1)
		for _, v := range of {
			for _, a := range states {
				for _, b := range states {
					if a < b {
						least = min(least, ciede2000(v.sees(parse(palettes["dark"].looks[a].fg)).lab(), v.sees(parse(palettes["dark"].looks[b].fg)).lab()))
					}
				}
			}
		}
		if least >= apart {
			t.Errorf("%s: the dark theme does as well, with %.1f", name, least)
		}
	}
}

// Of the pairs that Sharma, Wu and Dalal publish for checking an implementation, those that take its branches.
func TestTheDistanceIsCIEDE2000(t *testing.T) {
	for _, c := range []struct {
		p, q lab
		want float64
	}{
		{lab{50, 2.6772, -79.7751}, lab{50, 0, -82.7485}, 2.0425},
		{lab{50, -1.3802, -84.2814}, lab{50, 0, -82.7485}, 1.0000},
		{lab{50, 0, 0}, lab{50, -1, 2}, 2.3669},
		{lab{50, 2.49, -0.001}, lab{50, -2.49, 0.0009}, 7.1792},
		{lab{50, 2.49, -0.001}, lab{50, -2.49, 0.0011}, 7.2195},
		{lab{50, 2.5, 0}, lab{73, 25, -18}, 27.1492},
		{lab{50, 2.5, 0}, lab{58, 24, 15}, 19.4535},
		{lab{60.2574, -34.0099, 36.2677}, lab{60.4626, -34.1751, 39.4387}, 1.2644},
		{lab{22.7233, 20.0904, -46.6940}, lab{23.0331, 14.9730, -42.5619}, 2.0373},
		{lab{90.8027, -2.0831, 1.4410}, lab{91.1528, -1.6435, 0.0447}, 1.4441},
		{lab{2.0776, 0.0795, -1.1350}, lab{0.9033, -0.0636, -0.5514}, 0.9082},
	} {
		if got := ciede2000(c.p, c.q); math.Abs(got-c.want) > 0.0001 {
			t.Errorf("%v and %v are %.4f apart, want %.4f", c.p, c.q, got, c.want)
		}
	}
}

// The ratios that WCAG itself gives as its ends, and a grey known from its own examples.
func TestTheContrastIsThatOfWCAG(t *testing.T) {
	for pair, want := range map[[2]string]float64{{"#000000", "#ffffff"}: 21, {"#777777", "#ffffff"}: 4.48, {"#767676", "#ffffff"}: 4.54, {"#ff0000", "#ff0000"}: 1} {
		if got := contrast(parse(pair[0]), parse(pair[1])); math.Abs(got-want) > 0.005 {
			t.Errorf("%v have a contrast of %.3f, want %.2f", pair, got, want)
		}
	}
}

func TestWithoutColourThereIsNone(t *testing.T) {
	mono := New(Options{Palette: Mono, Profile: termenv.ANSI})
	for role := range roles {
		for _, painted := range []string{mono.Paint(role, "x"), mono.PaintSelected(role, "x")} {
			codes, _, _ := strings.Cut(strings.TrimPrefix(painted, "\x1b["), "m")
			for _, code := range strings.Split(codes, ";") {
				if !strings.Contains("x 1 4 7", code) { // nor is anything dimmed, which nobody knows the contrast of
					t.Errorf("role %d is drawn as %q", role, painted)
				}
			}
		}
	}
}

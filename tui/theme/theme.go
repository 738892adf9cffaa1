package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Options choose a theme.
type Options struct {
	Palette string          // one of Palettes(); what is none is Default
	Profile termenv.Profile // what the terminal can show; the zero value is true colour
	ASCII   bool            // seven bits only
}

// Theme paints. It is immutable and may be shared.
type Theme struct {
	// open holds the escape sequence that begins a role: [0] as it is, [1] on the selected line.
	open    [2][roles]string
	shut    string
	ground  string // begins what lies under a preview
	signs   [signs]string
	spinner []string
	border  lipgloss.Border
	drill   lipgloss.Border
	ascii   bool
	foreign foreign
}

// New makes a theme. Every role is rendered once here, so that painting is only joining strings.
func New(o Options) *Theme {
	chosen, found := palettes[o.Palette]
	if !found {
		chosen = palettes[Default]
	}
	renderer := lipgloss.NewRenderer(io.Discard)
	renderer.SetColorProfile(o.Profile)
	t := &Theme{signs: unicode, spinner: unicodeSpinner, border: lipgloss.RoundedBorder(), drill: dashed(), ascii: o.ASCII,
		foreign: foreign{profile: o.Profile, colours: o.Palette != "none"}}
	if o.ASCII {
		t.signs, t.spinner, t.border, t.drill = ascii, asciiSpinner, lipgloss.ASCIIBorder(), hatched()
	}
	for role := range roles {
		t.open[0][role], _ = around(chosen.style(renderer, role, false))
		t.open[1][role], _ = around(chosen.style(renderer, role, true))
	}
	t.ground, _ = around(chosen.under(renderer))
	if o.Profile != termenv.Ascii {
		t.shut = "\x1b[0m"
	}
	return t
}

// around is what a style puts before and behind a text.
func around(s lipgloss.Style) (before, behind string) {
	before, behind, _ = strings.Cut(s.Render("x"), "x")
	return before, behind
}

// Paint draws a text in a role. The text must hold no escape sequences.
func (t *Theme) Paint(role Role, s string) string { return t.paint(0, role, s) }

// PaintSelected draws a text in a role on the selected line.
func (t *Theme) PaintSelected(role Role, s string) string { return t.paint(1, role, s) }

// Brush paints one text after the other into a builder. Neighbours of one role cost one escape sequence together.
type Brush struct {
	theme    *Theme
	into     *strings.Builder
	selected int
	open     string
}

// Brush paints into a builder, on the selected line or not. It is done with Lift.
func (t *Theme) Brush(into *strings.Builder, selected bool) Brush {
	b := Brush{theme: t, into: into}
	if selected {
		b.selected = 1
	}
	return b
}

// Paint draws a text in a role. The text must hold no escape sequences.
func (b *Brush) Paint(role Role, s string) {
	if s == "" {
		return
	}
	if open := b.theme.open[b.selected][role]; open != b.open {
		b.Lift()
		b.into.WriteString(open)
		b.open = open
	}
	if b.theme.ascii {
		s = sevenBits(s)
	}
	b.into.WriteString(s)
}

// Lift ends what is painted.
func (b *Brush) Lift() {
	if b.open != "" {
		b.into.WriteString(b.theme.shut)
		b.open = ""
	}
}

func (t *Theme) paint(on int, role Role, s string) string {
	open := t.open[on][role]
	if t.ascii {
		s = sevenBits(s)
	}
	if open == "" || s == "" {
		return s
	}
	return open + s + t.shut
}

// OnGround lays a painted line on a background that the theme is made for, whatever the terminal's own is.
func (t *Theme) OnGround(painted string) string {
	if t.ground == "" {
		return painted
	}
	return t.ground + strings.ReplaceAll(painted, t.shut, t.shut+t.ground) + t.shut
}

// Sign is the glyph of a sign, one cell wide.
func (t *Theme) Sign(s Sign) string { return t.signs[s] }

// Spin is the running glyph of the given moment, one cell wide.
func (t *Theme) Spin(frame int) string { return t.spinner[frame%len(t.spinner)] }

// Border is the frame of a box; a rehearsal's is broken, so that it cannot be taken for the real thing.
func (t *Theme) Border(drill bool) lipgloss.Border {
	if drill {
		return t.drill
	}
	return t.border
}

func dashed() lipgloss.Border {
	b := lipgloss.RoundedBorder()
	b.Top, b.Bottom, b.Left, b.Right = "╌", "╌", "┊", "┊"
	return b
}

func hatched() lipgloss.Border {
	b := lipgloss.ASCIIBorder()
	b.Top, b.Bottom, b.Left, b.Right = "~", "~", ":", ":"
	return b
}

// sevenBits writes a text with ASCII only. Every replacement that is not a word is as wide as what it replaces.
func sevenBits(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return replaced(s)
		}
	}
	return s
}

func replaced(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch with, known := asciiOf[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case known:
			b.WriteString(with)
		default:
			b.WriteString(strings.Repeat("?", lipgloss.Width(string(r))))
		}
	}
	return b.String()
}

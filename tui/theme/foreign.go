package theme

import (
	"fmt"
	"strings"

	"github.com/muesli/termenv"

	"github.com/gantry-cd/gantry/engine/terminal"
)

// foreign paints as other programs asked for their own text to look. Their first sixteen colours are the terminal's own, as
// they meant them; others are brought down to what the terminal can show. Without colours only weights are left.
type foreign struct {
	profile termenv.Profile
	colours bool
}

// PaintAs draws text of another program as that asked for, or in a role where it asked for nothing. The text must hold no
// escape sequences.
func (b *Brush) PaintAs(look terminal.Style, otherwise Role, s string) {
	open := ""
	if look != (terminal.Style{}) {
		open = b.theme.foreign.open(look)
	}
	if open == "" {
		b.Paint(otherwise, s)
		return
	}
	// What it says nothing about, such as the background of the selected line, stays.
	if open = b.theme.open[b.selected][Text] + open; open != b.open {
		b.Lift()
		b.into.WriteString(open)
		b.open = open
	}
	if b.theme.ascii {
		s = sevenBits(s)
	}
	b.into.WriteString(s)
}

func (f foreign) open(look terminal.Style) string {
	if f.profile == termenv.Ascii {
		return ""
	}
	var codes []string
	for _, weight := range []struct {
		on   bool
		code string
	}{{look.Bold, "1"}, {look.Faint, "2"}, {look.Italic, "3"}, {look.Underline, "4"}, {look.Reverse, "7"}} {
		if weight.on {
			codes = append(codes, weight.code)
		}
	}
	if f.colours {
		codes = append(codes, f.colour(look.Foreground, false)...)
		codes = append(codes, f.colour(look.Background, true)...)
	}
	if len(codes) == 0 {
		return ""
	}
	return termenv.CSI + strings.Join(codes, ";") + "m"
}

func (f foreign) colour(c terminal.Colour, background bool) []string {
	var colour termenv.Color
	if n, numbered := c.Number(); numbered {
		colour = f.profile.Color(fmt.Sprint(n))
	} else if red, green, blue, mixed := c.RGB(); mixed {
		colour = f.profile.Color(fmt.Sprintf("#%02x%02x%02x", red, green, blue))
	}
	if colour == nil {
		return nil
	}
	return []string{colour.Sequence(background)}
}

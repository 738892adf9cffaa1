package theme

import (
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
	"pgregory.net/rapid"
)

// pieces are what screens are made of, and what they are not.
var pieces = []string{
	"a", "Build", "│", "─────", " ", "    ", "  b ", "\r\n", "\x1b[K", "\x1b[2;3H", "\x1b[J", "\x1b]0;a title\x07", "\x1b]0;title\x1b\\", "[", "m",
	"\x1b[0m", "\x1b[m", "\x1b[1m", "\x1b[2m", "\x1b[4m", "\x1b[7m", "\x1b[27m", "\x1b[39;49m", "\x1b[31m", "\x1b[97m", "\x1b[44m", "\x1b[104m",
	"\x1b[38;5;212m", "\x1b[48;5;17m", "\x1b[1;38;5;3m", "\x1b[38;2;1;2;3m", "\x1b[38;2;1;2;3;48;2;4;5;6m", "\x1b[1;38;2;7;8;9;48;2;4;5;6m", "\x1b[0;32m", "\x1b[1;0m",
}

// vt10x has names of its own for these.
const (
	attrReverse   = 1
	attrUnderline = 2
)

// seen is what somebody sees of a cell: of a blank one neither a letter's colour nor its weight.
func seen(g vt10x.Glyph) vt10x.Glyph {
	if g.Char == 0 {
		g.Char = ' '
	}
	if g.Char == ' ' && g.Mode&(attrReverse|attrUnderline) == 0 {
		g.FG, g.Mode = 0, 0
	}
	return g
}

func TestThePenLeavesOutOnlyWhatNobodySees(t *testing.T) {
	const columns, rows = 20, 6
	rapid.Check(t, func(t *rapid.T) {
		frames := rapid.SliceOfN(rapid.SliceOf(rapid.SampledFrom(pieces)), 1, 3).Draw(t, "frames")
		whole, drawn := vt10x.New(vt10x.WithSize(columns, rows)), vt10x.New(vt10x.WithSize(columns, rows))
		var p Pen
		for _, frame := range frames {
			text := strings.Join(frame, "")
			_, _ = whole.Write([]byte(text))
			_, _ = drawn.Write(p.Draw(nil, []byte(text)))
			for y := range rows {
				for x := range columns {
					if want, got := seen(whole.Cell(x, y)), seen(drawn.Cell(x, y)); got != want {
						t.Fatalf("after %q the cell %d,%d is %+v, and should be %+v", text, x, y, got, want)
					}
				}
			}
			if want, got := whole.Cursor(), drawn.Cursor(); seen(got.Attr) != seen(want.Attr) || got.X != want.X || got.Y != want.Y {
				t.Fatalf("after %q the terminal goes on with %+v, and should with %+v", text, got, want)
			}
		}
	})
}

func TestThePenSaysOnceWhatStaysAsItIs(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"the same colour again", "\x1b[31m│\x1b[0m\x1b[31m│\x1b[0m", "\x1b[31m││\x1b[m"},
		{"blanks have no colour", "\x1b[31ma\x1b[0m   \x1b[31mb\x1b[0m", "\x1b[31ma   b\x1b[m"},
		{"but one behind them", "\x1b[44ma\x1b[0m  ", "\x1b[44ma\x1b[m  "},
		{"another colour instead", "\x1b[31ma\x1b[0m\x1b[38;5;7mb\x1b[0m", "\x1b[31ma\x1b[38;5;7mb\x1b[m"},
		{"a weight that ends", "\x1b[1;31ma\x1b[0m\x1b[32mb\x1b[0m", "\x1b[1;31ma\x1b[0;32mb\x1b[m"},
		{"a weight more", "\x1b[31ma\x1b[0m\x1b[1;32mb\x1b[0m", "\x1b[31ma\x1b[1;32mb\x1b[m"},
		{"a colour is not left on at the end", "\x1b[31ma\x1b[0m", "\x1b[31ma\x1b[m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Pen
			if got := string(p.Draw(nil, []byte(c.text))); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

package theme

import (
	"strings"
	"testing"

	"github.com/muesli/termenv"

	"github.com/gantry-cd/gantry/engine/terminal"
)

func TestAProgramsColoursAreBroughtDownToWhatTheTerminalShows(t *testing.T) {
	const bold, red, mixed, none = "\x1b[1mx", "\x1b[31mx", "\x1b[1;38;2;255;0;0mx", "x"
	for _, c := range []struct {
		options Options
		written string
		want    string
	}{
		{Options{}, bold, "\x1b[1mx\x1b[0m"},
		{Options{}, red, "\x1b[31mx\x1b[0m"},
		{Options{}, mixed, "\x1b[1;38;2;255;0;0mx\x1b[0m"},
		{Options{Profile: termenv.ANSI256}, mixed, "\x1b[1;38;5;196mx\x1b[0m"},
		{Options{Profile: termenv.ANSI}, mixed, "\x1b[1;91mx\x1b[0m"},
		{Options{Palette: "none", Profile: termenv.ANSI}, mixed, "\x1b[1mx\x1b[0m"},
		{Options{Palette: "none", Profile: termenv.ANSI}, red, "x"},
		{Options{Palette: "none", Profile: termenv.Ascii}, mixed, "x"},
		{Options{}, none, "x"},
	} {
		var b strings.Builder
		brush := New(c.options).Brush(&b, false)
		span := terminal.Styled(c.written)[0]
		brush.PaintAs(span.Style, Text, span.Text)
		brush.Lift()
		if b.String() != c.want {
			t.Errorf("%+v paints %q as %q, want %q", c.options, c.written, b.String(), c.want)
		}
	}
	var b strings.Builder
	brush := New(Options{}).Brush(&b, true)
	brush.PaintAs(terminal.Styled(red)[0].Style, Bad, "x")
	if text := b.String(); !strings.Contains(text, "48;2;") || !strings.HasSuffix(text, "\x1b[31mx") {
		t.Errorf("on the selected line it is painted %q", text)
	}
}

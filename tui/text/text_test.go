package text

import (
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestCleanTextIsOneLineWithoutAnythingInvisible(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		for _, c := range Clean(rapid.String().Draw(r, "text")) {
			if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
				r.Fatalf("%q was let through", c)
			}
		}
	})
}

func TestPaddedTextIsExactlyAsWideAsAsked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, w := Clean(rapid.String().Draw(r, "text")), rapid.IntRange(0, 60).Draw(r, "width")
		for _, padded := range []string{Pad(s, w), PadLeft(s, w)} {
			if ansi.StringWidth(padded) != w {
				r.Fatalf("%q is %d cells wide instead of %d", padded, ansi.StringWidth(padded), w)
			}
		}
	})
}

func TestWrappedLinesFitAndAreNoMoreThanAsked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, w := Clean(rapid.String().Draw(r, "text")), rapid.IntRange(2, 40).Draw(r, "width")
		lines := Wrap(s, w, 3)
		if len(lines) > 3 {
			r.Fatalf("%d lines", len(lines))
		}
		for _, line := range lines {
			if Width(line) > w {
				r.Fatalf("%q is wider than %d", line, w)
			}
		}
		if joined := strings.Join(Chunks(s, w, 1<<20), ""); joined != s {
			r.Fatalf("chunks lose text: %q", joined)
		}
	})
}

func TestNumbersAreReadable(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 3412: "3,412", 1234567: "1,234,567", -3412: "-3,412"} {
		if got := Count(n); got != want {
			t.Errorf("%d reads %q, want %q", n, got, want)
		}
	}
}

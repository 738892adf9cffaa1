package text

import (
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/gantry-cd/gantry/engine/terminal"
)

func TestALineOfAnotherProgramIsRenderedWithItsColours(t *testing.T) {
	red, underlined := terminal.Styled("\x1b[31mx")[0].Style, terminal.Styled("\x1b[4mx")[0].Style
	for written, want := range map[string]Styled{
		"":                                   {},
		"plain":                              {Text: "plain"},
		"\x1b[31mred":                        {Text: "red", Runs: []Run{{3, red}}},
		"a\x1b[31mred\x1b[0mb":               {Text: "aredb", Runs: []Run{{1, terminal.Style{}}, {4, red}, {5, terminal.Style{}}}},
		"gr\u00fc\u0301n \x1b[4mund\u200bso": {Text: "grün undso", Runs: []Run{{6, terminal.Style{}}, {11, underlined}}},
		"10%\r100%\x1b[2J\x1b]0;x\a":         {Text: "100%"},
		"\x1b[31m🇩\x1b[0m🇪":                  {Text: "??", Runs: []Run{{1, red}, {2, terminal.Style{}}}},
	} {
		got, cut := Render(written, 1000)
		if got.Text != want.Text || len(got.Runs) != len(want.Runs) || cut {
			t.Errorf("%q is %+v, want %+v", written, got, want)
			continue
		}
		for i := range got.Runs {
			if got.Runs[i] != want.Runs[i] {
				t.Errorf("%q: run %d is %+v, want %+v", written, i, got.Runs[i], want.Runs[i])
			}
		}
	}
	if got, cut := Render("\x1b[31müüü", 5); got.Text != "üü" || !cut {
		t.Errorf("cut to %q, %v", got.Text, cut)
	}
	if got, cut := Render(strings.Repeat("x", 100), 5); got.Text != "xxxxx" || !cut {
		t.Errorf("cut to %q, %v", got.Text, cut)
	}
}

func TestEveryCharacterIsAsWideAsTheTerminalsLibrarySays(t *testing.T) {
	for r := rune(0x20); r <= unicode.MaxRune; r++ {
		if shown(r) != r || r >= 0xd800 && r <= 0xdfff {
			continue
		}
		if got, want := Cells(r), ansi.StringWidth(string(r)); got != want {
			t.Fatalf("%U is %d cells wide, not %d", r, got, want)
		}
	}
}

func TestSizesAndNumbersOfThingsAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 9949: "9.9 kB", 9951: "10 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1_234_567_890: "1.2 GB", 5_000_000_000_000: "5000 GB"} {
		if got := Size(n); got != want {
			t.Errorf("%d bytes read %q, want %q", n, got, want)
		}
	}
	if one, many := Many(1, "line"), Many(3412, "line"); one != "1 line" || many != "3,412 lines" {
		t.Errorf("%q, %q", one, many)
	}
}

// Whatever a program writes, nothing of it can steer the terminal, and each character takes cells of its own.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"\x1b[31mred\x1b[0m", "\x1b]52;c;eA==\a", "a\rb\tc\bd", "\u009b1m\x9b2J", "\x1bP1$r\x1b\\x", "👨\u200d👩\u200d👧🇩🇪", "e\u0301\u202e\u2066x", "\xff\xc2"} {
		f.Add(seed, 100)
	}
	f.Fuzz(func(t *testing.T, written string, limit int) {
		limit = max(1, min(limit, 1<<16))
		line, cut := Render(written, limit)
		if len(line.Text) > limit {
			t.Errorf("%d bytes of %q, no more than %d were wanted", len(line.Text), written, limit)
		}
		sum := 0
		for _, r := range line.Text {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
				t.Errorf("%q becomes %q, which holds %U", written, line.Text, r)
			}
			sum += Cells(r)
		}
		if width := ansi.StringWidth(line.Text); width != sum || ansi.Strip(line.Text) != line.Text {
			t.Errorf("%q becomes %q: %d cells wide, its characters are %d", written, line.Text, width, sum)
		}
		end := 0
		for _, run := range line.Runs {
			if run.End <= end && run.End != 0 {
				t.Errorf("%q has a run that ends at %d, behind one that ends at %d", line.Text, run.End, end)
			}
			end = run.End
		}
		if len(line.Runs) > 0 && end != len(line.Text) {
			t.Errorf("the runs of %q end at %d", line.Text, end)
		}
		if whole, _ := Render(written, 1<<20); !cut && whole.Text != line.Text {
			t.Errorf("%q is cut to %q, and says it is not", whole.Text, line.Text)
		}
	})
}

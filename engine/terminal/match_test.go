package terminal

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextsAreFoundAsTheyAreShown(t *testing.T) {
	for _, c := range []struct {
		line, text string
		want       bool
	}{
		{"--- FAIL: TestCheckout", "fail", true},
		{"--- fail: TestCheckout", "FAIL: test", true},
		{"a faster one", "FAIL", false},
		{"\x1b[31mfa\x1b[0mil", "fail", true},
		{"\x1b[31m", "31", false},
		{"10%\r50%\r100%", "50%", false},
		{"10%\r50%\r100%", "100%", true},
		{"tab\there", "tab  ", true},
		{"tab\there", "tab here", false},
		{"Größe: 12", "grÖSSE", false},
		{"GRÖẞE: 12", "größe", true},
		{"世界 ok", "世界", true},
		{"300 \u212a", "300 k", false}, // the Kelvin sign is no letter k
		{"zero\u200bwidth", "zerowidth", true},
		{"bad \xff byte", "bad \ufffd b", true},
		{"…and so on", "and SO", true},
		{"anything", "", false},
	} {
		if got := NewMatcher(c.text).Match([]byte(c.line)); got != c.want {
			t.Errorf("%q shows %q: %v, want %v", c.line, c.text, got, c.want)
		}
	}
	if m := NewMatcher("panic", "fatal"); !m.Match([]byte("FATAL: out of space")) || m.Match([]byte("all is well")) {
		t.Error("one of several texts is not told from none")
	}
}

// The short cuts find what reading every line as a terminal would finds.
func TestAMatchIsWhatReadingTheWholeLineFinds(t *testing.T) {
	pieces := []string{"e", "E", "r", "Err", "o", " ", "  ", "\t", "\x1b[31m", "\x1b]0;x\a", "\r", "\b", "ü", "Ü", "世", "\u200b", "\u00a0", "\u009b1m", "\xff", "\xc2", "\u212a", "k", "ſ", "İ", "🚀", "\ufeff", "…", "\u202e"}
	text := rapid.Custom(func(r *rapid.T) string {
		joined := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 12).Draw(r, "pieces"), "")
		return strings.ReplaceAll(joined, "\n", "") // a line holds none
	})
	rapid.Check(t, func(r *rapid.T) {
		line, want := text.Draw(r, "line"), rapid.OneOf(rapid.SampledFrom(pieces), text).Draw(r, "text")
		shown := Plain(line)
		found := want != "" && strings.Contains(Fold(shown), Fold(want))
		if got := NewMatcher(want).Match([]byte(line)); got != found {
			r.Fatalf("%q in %q: %v, want %v", want, line, got, found)
		}
		at, length := NewMatcher(want).Index(shown)
		if (at >= 0) != found || found && Fold(shown[at:at+length]) != Fold(want) {
			r.Fatalf("%q in %q stands at %d, %d", want, shown, at, length)
		}
		if !Rewritten([]byte(line)) && !strings.Contains(line, "\t") && strings.ToValidUTF8(line, "?") == line && shown != line {
			r.Fatalf("%q shows %q and is said to be shown as it is", line, shown)
		}
	})
}

func TestTheLinesOfABlockAreThoseThatMatchOneByOne(t *testing.T) {
	pieces := []string{"e", "E", "r", "ror", " ", "\t", "\n", "\n", "\x1b[3", "1m", "\r", "\b", "ü", "世", "\u200b", "\xff", "\x7f", "filler of some length"}
	rapid.Check(t, func(r *rapid.T) {
		block := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(r, "pieces"), "") + "\n")
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{"error", "e", " ", "er  e", "e\u200b", "世", "ü", "1m", "ff\ufffd", "E r"}), 0, 2).Draw(r, "texts")
		behind := rapid.IntRange(0, 2).Draw(r, "begins at")
		textOf := func(line []byte) []byte { return line[min(behind, len(line)):] }
		m := NewMatcher(texts...)
		var want []int
		for at := 0; at < len(block); {
			end := at + strings.IndexByte(string(block[at:]), '\n')
			if m.Match(textOf(block[at:end])) {
				want = append(want, at)
			}
			at = end + 1
		}
		if got := m.Lines(block, textOf); !slices.Equal(got, want) {
			r.Fatalf("%q in %q: %v, want %v", texts, block, got, want)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	line := "2026-03-01T12:00:00.000Z\tunit\tline 1234567 of an ordinary log, which tells of something that nobody reads\n"
	block := []byte(strings.Repeat(line, 256<<10/len(line)))
	for _, text := range []string{"a needle", "ordinary lane", "e"} {
		b.Run(text, func(b *testing.B) {
			m := NewMatcher(text)
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				m.Lines(block, func(line []byte) []byte { return line[30:] })
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	lines := map[string][]byte{
		"plain":    []byte(strings.Repeat("an ordinary line of a log, ", 4)),
		"coloured": []byte("\x1b[1;32m✓\x1b[0m " + strings.Repeat("an ordinary line of a log, ", 4)),
	}
	for name, line := range lines {
		for _, text := range []string{"zebra", "ordinary lane"} {
			b.Run(name+"/"+text, func(b *testing.B) {
				m := NewMatcher(text)
				b.SetBytes(int64(len(line)))
				for b.Loop() {
					m.Match(line)
				}
			})
		}
	}
}

package text

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/gantry-cd/gantry/engine/terminal"
)

// Styled is a line that another program wrote, as a terminal would show it: clean text, and how it is to look.
type Styled struct {
	Text string
	Runs []Run // in order; they cover the text. None: it looks like any other
}

// Run is text of one look.
type Run struct {
	End   int // in bytes of the text
	Style terminal.Style
}

// Render makes a line that another program wrote safe to show. What a carriage return or a backspace overwrites is gone,
// colours are data, and of everything else only characters are left that take cells of their own. No more than limit bytes
// are kept.
func Render(written string, limit int) (line Styled, cut bool) {
	if plain(written) {
		if len(written) > limit {
			return Styled{Text: written[:limit]}, true
		}
		return Styled{Text: written}, false
	}
	var b strings.Builder
	for _, span := range terminal.Styled(written) {
		for _, r := range span.Text {
			if r = shown(r); r < 0 {
				continue
			}
			if cut = b.Len()+utf8.RuneLen(r) > limit; cut {
				break
			}
			b.WriteRune(r)
		}
		if n := len(line.Runs); n > 0 && line.Runs[n-1].Style == span.Style {
			line.Runs[n-1].End = b.Len()
		} else if span.Style != (terminal.Style{}) || n > 0 || b.Len() > 0 {
			line.Runs = append(line.Runs, Run{End: b.Len(), Style: span.Style})
		}
		if cut {
			break
		}
	}
	line.Text = b.String()
	if len(line.Runs) == 1 && line.Runs[0].Style == (terminal.Style{}) {
		line.Runs = nil
	}
	return line.apart(), cut
}

// apart keeps characters from joining with their neighbours, as Clean does.
func (s Styled) apart() Styled {
	if joins(s.Text) {
		var b strings.Builder
		from := 0
		for i := range s.Runs {
			b.WriteString(loose(s.Text[from:s.Runs[i].End]))
			from, s.Runs[i].End = s.Runs[i].End, b.Len()
		}
		b.WriteString(loose(s.Text[from:]))
		s.Text = b.String()
	}
	return s
}

// Cells is how many cells a character of a clean text takes.
func Cells(r rune) int {
	switch {
	case r < 0x300: // Latin
		return 1
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3: // most of Chinese, Japanese and Korean
		return 2
	}
	return ansi.StringWidth(string(r))
}

// Plain tells whether a text is as wide as it is long.
func Plain(s string) bool { return plain(s) }

// Package text measures, cuts and cleans the words that go on a screen. Nothing in it knows colours.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// tabStop is how far apart tabs stand.
const tabStop = 4

// Clean makes foreign text safe to show in one line: escape sequences and control characters are gone, line breaks
// are spaces, tabs are spaces, and nothing is left that joins or turns characters around.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s = ansi.Strip(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r == '\t' {
			b.WriteString("    "[:tabStop])
		} else if r = shown(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	if s = b.String(); joins(s) {
		return loose(s)
	}
	return s
}

// shown is what is shown of a character; below 0 nothing is.
func shown(r rune) rune {
	switch {
	case r == '\n':
		return ' '
	case r == utf8.RuneError:
		return '?'
	case invisible(r):
		return -1
	}
	return r
}

// joins tells whether something in a text would still join with its neighbours, like the halves of a flag: each character
// of a clean text takes its own cells, wherever the text is cut and whatever stands beside it.
func joins(s string) bool {
	sum, beyond := 0, false
	for _, r := range s {
		beyond = beyond || r >= 0x300
		sum += Cells(r)
	}
	return beyond && ansi.StringWidth("x"+s+"x") != sum+2
}

// loose is a text without what might join.
func loose(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x300 {
			return r
		}
		return '?'
	}, s)
}

// plain tells whether every byte is printable ASCII, which needs no cleaning and is as wide as it is long.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// invisible tells whether a character takes no cell of its own, or changes how its neighbours are drawn: controls,
// joiners, marks of direction, variation selectors, combining marks.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Mn, unicode.Mc, unicode.Me, unicode.Co) ||
		(r >= 0xfe00 && r <= 0xfe0f) || (r >= 0x1f3fb && r <= 0x1f3ff) || (r >= 0x1160 && r <= 0x11ff)
}

// LastOverwrite is what a terminal would show of a line that a program wrote over with carriage returns: what stands
// after the last one that is followed by anything.
func LastOverwrite(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		return s[i+1:]
	}
	return s
}

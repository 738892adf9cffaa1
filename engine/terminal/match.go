package terminal

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Matcher finds texts in lines as a terminal would show them, upper and lower case alike. It looks at the bytes of a line
// as they were written, and at what would be shown only where the two may differ: most lines are neither.
type Matcher struct{ needles []needle }

type needle struct {
	folded string
	spaces bool // a tab in a line is spaces too
	simple bool // all of it is printable ASCII
	// rare is the byte of it that is seen least often in logs, at its place, in both cases. A line in which neither stands
	// shows nothing of it. known is false when there is no such byte.
	rare, capital byte
	at            int
	known         bool
	pair          pair // known as well
}

// NewMatcher looks for lines that show any of the texts. Empty texts are found nowhere.
func NewMatcher(texts ...string) *Matcher {
	m := &Matcher{}
	for _, text := range texts {
		if text != "" {
			m.needles = append(m.needles, newNeedle(Fold(text)))
		}
	}
	return m
}

// Fold is a text in lower case. Unlike strings.ToLower it makes no ASCII out of other letters, so that what was written in
// ASCII is found by its bytes.
func Fold(text string) string {
	return strings.Map(fold, text)
}

func fold(r rune) rune {
	switch lower := unicode.ToLower(r); {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf || lower < utf8.RuneSelf:
		return r
	default:
		return lower
	}
}

// often is the bytes of logs by how often they are seen, the most frequent first; others are seen less often.
const often = " etaoinrsldcu0m1ph2f:g.-345/67t89_wybv=k,\"()"

func rarity(b byte) int {
	if place := strings.IndexByte(often, b); place >= 0 {
		return place
	}
	return len(often)
}

func newNeedle(folded string) needle {
	n := needle{folded: folded, spaces: strings.Contains(folded, " "), simple: true}
	usable := make([]bool, len(folded))
	least := -1
	for i, r := range folded {
		n.simple = n.simple && r >= ' ' && r <= '~'
		if r <= ' ' || r == 0x7f || r == utf8.RuneError || r >= utf8.RuneSelf && unicode.SimpleFold(r) != r {
			continue // shown where other bytes stand
		}
		for b := range utf8.RuneLen(r) {
			usable[i+b] = true
		}
		if place := rarity(folded[i]); place > least {
			least = place
			n.known, n.rare, n.capital, n.at = true, folded[i], folded[i], i
			if 'a' <= r && r <= 'z' {
				n.capital = folded[i] - 'a' + 'A'
			}
		}
	}
	n.pair = newPair(folded, usable)
	return n
}

// Match tells whether a line, as it was written, shows any of the texts.
func (m *Matcher) Match(line []byte) bool {
	var looked, rewritten bool
	var shown []byte
	for i := range m.needles {
		n := &m.needles[i]
		if !n.mayBeIn(line) {
			continue
		}
		if n.simple && !looked {
			looked, rewritten = true, Rewritten(line)
		}
		if n.simple && !rewritten {
			if n.in(line) {
				return true
			}
			if !n.spaces || bytes.IndexByte(line, '\t') < 0 {
				continue
			}
		}
		if shown == nil {
			shown = []byte(Plain(string(line)))
		}
		if n.simple && n.in(shown) || !n.simple && strings.Contains(Fold(string(shown)), n.folded) {
			return true
		}
	}
	return false
}

// MayMatch is false when neither the line nor any part of it shows any of the texts. It is much faster than Match.
func (m *Matcher) MayMatch(line []byte) bool {
	for i := range m.needles {
		if m.needles[i].mayBeIn(line) {
			return true
		}
	}
	return false
}

// Index is where a text that is shown holds any of the texts first, and how many bytes of it; below 0 it does not.
func (m *Matcher) Index(shown string) (at, length int) {
	for at := 0; at < len(shown); {
		for _, n := range m.needles {
			if length := n.prefixes(shown[at:]); length > 0 {
				return at, length
			}
		}
		_, size := utf8.DecodeRuneInString(shown[at:])
		at += size
	}
	return -1, 0
}

// prefixes is how many bytes of a text are the needle, which it begins with; 0 when it does not.
func (n *needle) prefixes(text string) int {
	rest := text
	for _, want := range n.folded {
		r, size := utf8.DecodeRuneInString(rest)
		if size == 0 || fold(r) != want {
			return 0
		}
		rest = rest[size:]
	}
	return len(text) - len(rest)
}

// mayBeIn is false when a line cannot show the needle.
func (n *needle) mayBeIn(line []byte) bool {
	return !n.known || bytes.IndexByte(line, n.rare) >= 0 || n.capital != n.rare && bytes.IndexByte(line, n.capital) >= 0
}

// in tells whether the needle, which is ASCII, stands in the bytes of a line.
func (n *needle) in(line []byte) bool {
	if !n.known {
		return bytes.Contains(line, []byte(n.folded)) // spaces only
	}
	last := len(line) - (len(n.folded) - n.at) // where the rare byte can stand at most
	lower, upper := next(line, n.rare, n.at), len(line)
	if n.capital != n.rare {
		upper = next(line, n.capital, n.at)
	}
	for i := min(lower, upper); i <= last; i = min(lower, upper) {
		if same(line[i-n.at:], n.folded) {
			return true
		}
		if i == lower {
			lower = next(line, n.rare, i+1)
		} else {
			upper = next(line, n.capital, i+1)
		}
	}
	return false
}

// next is where a byte stands from a place on; the length of the line when it does not.
func next(line []byte, b byte, from int) int {
	if from < len(line) {
		if i := bytes.IndexByte(line[from:], b); i >= 0 {
			return from + i
		}
	}
	return len(line)
}

func same(line []byte, folded string) bool {
	for i := range len(folded) {
		if small(line[i]) != folded[i] {
			return false
		}
	}
	return true
}

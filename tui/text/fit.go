package text

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Tail marks a text that was cut.
const Tail = "…"

// Width is how many cells the text takes.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Cut shortens the text to at most w cells and marks that it did.
func Cut(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case plain(s):
		if len(s) <= w {
			return s
		}
		return s[:w-1] + Tail
	}
	return ansi.Truncate(s, w, Tail)
}

// Skip leaves out the text's first n cells.
func Skip(s string, n int) string {
	switch {
	case n <= 0:
		return s
	case plain(s):
		return s[min(n, len(s)):]
	}
	return ansi.TruncateLeft(s, n, "")
}

// Pad makes the text exactly w cells wide, cutting it when it is longer.
func Pad(s string, w int) string {
	s = Cut(s, w)
	return s + Spaces(w-Width(s))
}

// PadLeft makes the text exactly w cells wide and right-aligned.
func PadLeft(s string, w int) string {
	s = Cut(s, w)
	return Spaces(w-Width(s)) + s
}

const blanks = "                                                                                                                "

// Spaces is n spaces; none when n is not positive.
func Spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Wrap breaks the text into lines of at most w cells, between words where it can. The last of at most limit lines is
// cut when more would follow; a limit of 0 is none.
func Wrap(s string, w, limit int) []string {
	if w <= 0 || s == "" {
		return nil
	}
	if Width(s) <= w {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && Width(line)+1+Width(word) <= w {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := Chunks(word, w, len(word))
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
	}
	lines = append(lines, line)
	if limit > 0 && len(lines) > limit {
		rest := strings.Join(lines[limit-1:], " ")
		lines = append(lines[:limit-1:limit-1], Cut(rest, w))
	}
	return lines
}

// Chunks breaks the text every w cells, wherever that is; at least one and at most limit pieces.
func Chunks(s string, w, limit int) []string {
	if w <= 0 {
		return nil
	}
	var pieces []string
	for len(pieces) < limit {
		piece := s
		if plain(s) {
			piece = s[:min(w, len(s))]
		} else if Width(s) > w {
			piece = ansi.Truncate(s, w, "")
		}
		pieces = append(pieces, piece)
		if s = s[len(piece):]; s == "" || piece == "" {
			break
		}
	}
	return pieces
}

// Count writes a number with thousands separated: "3,412".
func Count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Size writes a number of bytes: "812 bytes", "1.2 MB".
func Size(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return strconv.FormatInt(n, 10) + " bytes"
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.5 && unit < 2 {
		value, unit = value/1000, unit+1
	}
	decimals := 0
	if value < 9.95 {
		decimals = 1
	}
	return strconv.FormatFloat(value, 'f', decimals, 64) + [...]string{" kB", " MB", " GB"}[unit]
}

// Many counts things that have a plural in s: "1 line", "3,412 lines".
func Many(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + thing + "s"
}

package terminal

import (
	"strings"
	"unicode/utf8"
)

// sink takes what a terminal would show of a text.
type sink interface {
	run(ascii string)   // printable ASCII to show
	put(r rune)         // another character to show; a tab is one
	back()              // the character before is overwritten
	restart()           // the line is overwritten
	style(codes string) // the parameters of a "select graphic rendition": "1;31"
}

// scan interprets a line of text as a terminal would, but only what cannot do harm: characters, tabs, colours, backspace
// and carriage return. Every other control sequence and character is dropped; bytes that are no UTF-8 become U+FFFD.
func scan(text string, to sink) {
	overwrite := false // a carriage return takes effect when something is written after it
	ends := len(text)  // no string that begins here or later has an end
	over := func() {
		if overwrite {
			to.restart()
			overwrite = false
		}
	}
	put := func(r rune) {
		over()
		to.put(r)
	}
	for i := 0; i < len(text); {
		if n := ascii(text[i:]); n > 0 {
			over()
			to.run(text[i : i+n])
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == 0x1b || r >= 0x80 && r <= 0x9f:
			found := sequence(text[i:], i < ends)
			if found.styled {
				to.style(found.codes)
			}
			if found.endless {
				ends = i
			}
			i += found.length
			continue
		case r == '\r':
			overwrite = true
		case r == '\b':
			to.back()
		case r == '\n' || r == '\u2028' || r == '\u2029':
			overwrite = false
			put(' ')
		case r == '\t' || !hidden(r):
			put(r)
		}
		i += size
	}
}

// ascii is how many bytes of printable ASCII a text begins with.
func ascii(text string) (n int) {
	for n < len(text) && text[n] >= 0x20 && text[n] <= 0x7e {
		n++
	}
	return n
}

// hidden tells control characters, and those that change how text around them is ordered or that hide it.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x206f: // order
		return true
	case r == 0x200b, r >= 0x2060 && r <= 0x2064, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f: // nothing to see
		return true
	}
	return false
}

// control is a control sequence.
type control struct {
	length  int
	codes   string // of a style
	styled  bool   // it selects a style
	endless bool   // a string without an end
}

// sequence is the control sequence at the beginning of a text. The end of a string is looked for only on demand, so that
// a line full of strings without an end takes no longer than others.
func sequence(text string, search bool) control {
	kind, start := introducer(text)
	switch kind {
	case '[':
		return csi(text, start)
	case ']', 'P', 'X', '^', '_':
		if !search {
			return control{length: start}
		}
		length, found := endOfString(text[start:])
		return control{length: start + length, endless: !found}
	case 0x1b: // ESC, with intermediate characters and a final one
		end := start
		for end < len(text) && text[end] >= 0x20 && text[end] <= 0x2f {
			end++
		}
		if end < len(text) && text[end] >= 0x30 && text[end] <= 0x7e {
			end++
		}
		return control{length: end}
	}
	return control{length: start}
}

// introducer says which kind of sequence begins, as the character after ESC, and where its content starts.
func introducer(text string) (kind byte, start int) {
	r, size := utf8.DecodeRuneInString(text)
	if r != 0x1b { // a C1 control is ESC and a character in one
		if kind = byte(r) - 0x40; strings.IndexByte("[]PX^_", kind) < 0 {
			kind = 0
		}
		return kind, size
	}
	if len(text) > 1 && strings.IndexByte("[]PX^_", text[1]) >= 0 {
		return text[1], 2
	}
	return 0x1b, 1
}

func csi(text string, start int) control {
	end := start
	for end < len(text) && text[end] >= 0x30 && text[end] <= 0x3f {
		end++
	}
	codes, plain := text[start:end], end
	for end < len(text) && text[end] >= 0x20 && text[end] <= 0x2f {
		end++
	}
	if end == len(text) || text[end] < 0x40 || text[end] > 0x7e {
		return control{length: end}
	}
	styled := text[end] == 'm' && plain == end && strings.Trim(codes, "0123456789;:") == ""
	return control{length: end + 1, codes: codes, styled: styled}
}

// endOfString is where a string such as a window title ends. One without an end is no reason to hide the rest of a line:
// only its introducer is dropped then.
func endOfString(text string) (length int, found bool) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == 0x07, text[i] == 0x18, text[i] == 0x1a:
			return i + 1, true
		case text[i] == 0x1b:
			if strings.HasPrefix(text[i+1:], `\`) {
				return i + 2, true
			}
			return i, true // another sequence begins
		case strings.HasPrefix(text[i:], "\u009c"):
			return i + len("\u009c"), true
		}
	}
	return 0, false
}

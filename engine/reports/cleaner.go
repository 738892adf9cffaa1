package reports

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"
)

// cleaner makes of what a tool calls XML something that is: programs print control bytes, tools copy them into their
// reports as they are or as "&#27;", and neither is allowed there. Bytes that are no UTF-8 are taken as Latin-1.
type cleaner struct {
	from *bufio.Reader
	rest []byte // of a character that did not fit
}

func newCleaner(from io.Reader) *cleaner { return &cleaner{from: bufio.NewReaderSize(from, 32<<10)} }

func (c *cleaner) Read(p []byte) (int, error) {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	for n < len(p) {
		r, size, err := c.from.ReadRune()
		if err != nil {
			if n > 0 {
				return n, nil // the error comes again
			}
			return 0, err
		}
		if r == utf8.RuneError && size == 1 {
			r = c.latin1()
		}
		if !allowed(r) || r == '&' && c.forbidden() {
			r = utf8.RuneError
		}
		if r < utf8.RuneSelf {
			p[n] = byte(r)
			n++
			continue
		}
		var encoded [utf8.UTFMax]byte
		text := encoded[:utf8.EncodeRune(encoded[:], r)]
		k := copy(p[n:], text)
		n += k
		if k < len(text) {
			c.rest = append([]byte(nil), text[k:]...)
		}
	}
	return n, nil
}

// latin1 is the byte that was just read as a character of its own.
func (c *cleaner) latin1() rune {
	if c.from.UnreadRune() != nil {
		return utf8.RuneError
	}
	b, err := c.from.ReadByte()
	if err != nil || b < 0xa0 {
		return utf8.RuneError
	}
	return rune(b)
}

// forbidden tells whether the "&" that was just read begins a reference to a character that XML does not allow, and
// passes over it then.
func (c *cleaner) forbidden() bool {
	next, _ := c.from.Peek(12) // fewer at the end
	end := bytes.IndexByte(next, ';')
	if end < 2 || next[0] != '#' {
		return false
	}
	digits, base := string(next[1:end]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil || code <= utf8.MaxRune && allowed(rune(code)) {
		return false
	}
	_, err = c.from.Discard(end + 1)
	return err == nil
}

// allowed are the characters of XML 1.0.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

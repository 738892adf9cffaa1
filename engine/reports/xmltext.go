package reports

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stepText takes text up to the next tag. References are kept as they are: a part may end within one.
func (x *xmlScan) stepText(p []byte) (int, error) {
	at := bytes.IndexByte(p, '<')
	if at < 0 {
		return len(p), x.tell(p)
	}
	x.state = inMark
	return at + 1, x.tell(p[:at])
}

// stepUntil takes what goes on until a mark of two or three bytes, of which only CDATA is told.
func (x *xmlScan) stepUntil(p []byte, mark string) (int, error) {
	if len(x.token) == 0 { // not within the mark: it begins with its first byte
		at := bytes.IndexByte(p, mark[0])
		if at != 0 {
			if at < 0 {
				at = len(p)
			}
			return at, x.tellCDATA(p[:at])
		}
	}
	x.token = append(x.token, p[0])
	if string(x.token) == mark {
		x.state, x.token = inText, x.token[:0]
		return 1, nil
	}
	for len(x.token) > 0 && !strings.HasPrefix(mark, string(x.token)) {
		if err := x.tellCDATA(x.token[:1]); err != nil {
			return 1, err
		}
		x.token = append(x.token[:0], x.token[1:]...)
	}
	return 1, nil
}

func (x *xmlScan) tellCDATA(part []byte) error {
	if x.state != inCDATA {
		return nil
	}
	return x.tell(escape(part))
}

// escape lets text that is meant as it is pass for text with references.
func escape(part []byte) []byte {
	if bytes.IndexByte(part, '&') < 0 {
		return part
	}
	return bytes.ReplaceAll(part, []byte("&"), []byte("&amp;"))
}

// stepValue takes an attribute's value up to its end.
func (x *xmlScan) stepValue(p []byte) (int, error) {
	at, more := bytes.IndexByte(p, x.quote), false
	if at < 0 {
		at, more = len(p), true
	}
	x.token = append(x.token, p[:min(at, maxValue-len(x.token))]...)
	if more {
		return at, nil
	}
	if len(x.values) < maxAttrs {
		x.values = append(x.values, xmlAttribute{x.key, plainText(x.token)})
	}
	x.state, x.token = inTag, x.token[:0]
	return at + 1, nil
}

// plainText is a text with its references resolved, and with what XML does not allow replaced: programs print control
// bytes, and tools copy them into their reports as they are or as "&#27;". Bytes that are no UTF-8 are taken as Latin-1.
func plainText(text []byte) string {
	var out strings.Builder
	for len(text) > 0 {
		if text[0] == '&' {
			if r, size := reference(text); size > 0 {
				out.WriteRune(r)
				text = text[size:]
				continue
			}
		}
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 && text[0] >= 0xa0 {
			r = rune(text[0])
		}
		if !allowed(r) {
			r = utf8.RuneError
		}
		out.WriteRune(r)
		text = text[size:]
	}
	return out.String()
}

// maxReference is how long a reference to a character is, with room for leading zeros.
const maxReference = 12

// reference is the character that a text begins with a reference to; size 0 when it is none.
func reference(text []byte) (r rune, size int) {
	end := bytes.IndexByte(text[:min(len(text), maxReference)], ';')
	if end < 2 {
		return 0, 0
	}
	name := string(text[1:end])
	switch name {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	digits, found := strings.CutPrefix(name, "#")
	if !found || digits == "" {
		return 0, 0
	}
	base := 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	code, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return 0, 0
	}
	if code > utf8.MaxRune || !allowed(rune(code)) {
		return utf8.RuneError, end + 1
	}
	return rune(code), end + 1
}

// allowed are the characters of XML 1.0.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

package draft

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// page is a configuration as it is written.
type page struct {
	below    string // where the repository is, seen from the configuration
	text     strings.Builder
	services []Service
	open     []Open
}

// width is how long a line of comment may be.
const width = 118

// line writes one line: what was found may hold anything, and no name of a file shall end a comment.
func (p *page) line(text string) {
	one := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	p.text.WriteString(one + "\n")
}

// value is a key with why it says what it says.
func (p *page) value(key, value, because string) {
	p.line(pad(key+" = "+value, 30) + "  # " + because)
}

func pad(text string, to int) string {
	return text + strings.Repeat(" ", max(0, to-utf8.RuneCountInString(text)))
}

// comment writes a sentence over as many lines as it takes.
func (p *page) comment(indent, text string) {
	at := indent + "#"
	line := at
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width && line != at {
			p.line(line)
			line = at
		}
		line += " " + word
	}
	p.line(line)
}

// notGuessed says at its place what only a person knows, and what to do about it; and notes it for the list.
func (p *page) notGuessed(indent, service, what, do string) {
	p.open = append(p.open, Open{service, what, do})
	p.comment(indent, fmt.Sprintf("NOT GUESSED: %s. %s.", what, upper(do)))
}

// list is a key with several texts, on as many lines as they take.
func (p *page) list(key string, values []string) {
	p.line(key + " = [")
	line := " "
	for _, v := range values {
		if len(line)+len(v)+4 > width {
			p.line(line)
			line = " "
		}
		line += " " + quote(v) + ","
	}
	p.line(line)
	p.line("]")
}

// upper begins a sentence with a capital, unless it begins with a name of a file or a key.
func upper(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if strings.ContainsAny(first, "._/=") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// quote is a text as TOML reads it, in the quotes that leave it readable.
func quote(text string) string {
	printable := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
	if printable && strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") {
		return "'" + text + "'"
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

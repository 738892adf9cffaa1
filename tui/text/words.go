package text

import (
	"errors"
	"strings"
)

var errQuote = errors.New("a quotation mark is not closed")

// Words splits a line that was typed into words. What stands in quotation marks, single or double, is one; nothing else
// means anything.
func Words(line string) (words []string, err error) {
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && r == ' ':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errQuote
	}
	return words, nil
}

// Package terminal says what a terminal would show of a line of text, with its colours as data, and finds words in that.
// It is pure: nothing in it reads or writes anything.
package terminal

import "unicode/utf8"

// tabWidth is how far tab stops stand apart.
const tabWidth = 8

// Plain is the text of a line as it can be shown anywhere: no control sequence is left in it, what a carriage return or a
// backspace overwrites is gone, and tabs are spaces.
func Plain(text string) string {
	if ascii(text) == len(text) {
		return text
	}
	p := plain{text: make([]byte, 0, len(text))}
	scan(text, &p)
	return string(p.text)
}

type plain struct {
	text   []byte
	column int // characters so far
}

func (p *plain) run(ascii string) {
	p.text = append(p.text, ascii...)
	p.column += len(ascii)
}

func (p *plain) put(r rune) {
	if r != '\t' {
		p.text = utf8.AppendRune(p.text, r)
		p.column++
		return
	}
	for range tabWidth - p.column%tabWidth {
		p.text = append(p.text, ' ')
		p.column++
	}
}

func (p *plain) back() {
	if p.column > 0 {
		_, size := utf8.DecodeLastRune(p.text)
		p.text = p.text[:len(p.text)-size]
		p.column--
	}
}

func (p *plain) restart()     { p.text, p.column = p.text[:0], 0 }
func (p *plain) style(string) {}

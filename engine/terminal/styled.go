package terminal

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Colour is a terminal colour as data: none, one of 256 by number, or red, green and blue.
type Colour uint32

const (
	numbered Colour = 1 << 24
	mixed    Colour = 1 << 25
)

// Number is the colour's number from 0 to 255, if it has one. The first 16 are the terminal's own palette.
func (c Colour) Number() (n uint8, numbers bool) { return uint8(c), c&numbered != 0 }

// RGB are the colour's parts, if it was given by them.
func (c Colour) RGB() (r, g, b uint8, parts bool) {
	return uint8(c >> 16), uint8(c >> 8), uint8(c), c&mixed != 0
}

// Style is how a program asked for its text to look.
type Style struct {
	Foreground, Background                  Colour // 0: the terminal's default
	Bold, Faint, Italic, Underline, Reverse bool
}

// Span is text of one style.
type Span struct {
	Style Style
	Text  string
}

// Styled is Plain with the colours and weights kept as data; the spans' texts together are Plain's.
func Styled(text string) []Span {
	if ascii(text) == len(text) {
		if text == "" {
			return nil
		}
		return []Span{{Text: text}}
	}
	var s spans
	scan(text, &s)
	s.flush()
	return s.done
}

type spans struct {
	plain     // of the whole line
	from  int // where the present span begins in it
	now   Style
	done  []Span
}

func (s *spans) flush() {
	if len(s.text) > s.from {
		s.done = append(s.done, Span{Style: s.now, Text: string(s.text[s.from:])})
		s.from = len(s.text)
	}
}

func (s *spans) back() {
	if len(s.text) == s.from && len(s.done) > 0 { // the character stands in the span before
		last := &s.done[len(s.done)-1]
		_, size := utf8.DecodeLastRuneInString(last.Text)
		s.from -= size
		if last.Text = last.Text[:len(last.Text)-size]; last.Text == "" {
			s.done = s.done[:len(s.done)-1]
		}
	}
	s.plain.back()
}

func (s *spans) restart() {
	s.plain.restart()
	s.from, s.done = 0, nil
}

func (s *spans) style(codes string) {
	next := s.now
	next.apply(codes)
	if next != s.now {
		s.flush()
		s.now = next
	}
}

// apply takes the codes of one sequence in order. A colour by number or parts is one code with parameters, 38;5;208 or
// 38:5:208; the parameters of other codes, as in 4:3 for a curly underline, do not matter here.
func (s *Style) apply(codes string) {
	for list := strings.Split(codes, ";"); len(list) > 0; {
		first, parameters, colons := strings.Cut(list[0], ":")
		list = list[1:]
		from := &list
		if colons {
			own := strings.FieldsFunc(parameters, func(r rune) bool { return r == ':' })
			from = &own
		}
		switch code, _ := strconv.Atoi(first); code { // an empty code is 0
		case 38:
			s.Foreground = extended(s.Foreground, from)
		case 48:
			s.Background = extended(s.Background, from)
		default:
			s.one(code)
		}
	}
}

func (s *Style) one(code int) {
	switch {
	case code == 0:
		*s = Style{}
	case code == 1:
		s.Bold = true
	case code == 2:
		s.Faint = true
	case code == 3:
		s.Italic = true
	case code == 4:
		s.Underline = true
	case code == 7:
		s.Reverse = true
	case code == 22:
		s.Bold, s.Faint = false, false
	case code == 23:
		s.Italic = false
	case code == 24:
		s.Underline = false
	case code == 27:
		s.Reverse = false
	case code >= 30 && code <= 37:
		s.Foreground = numbered | Colour(code-30)
	case code == 39:
		s.Foreground = 0
	case code >= 40 && code <= 47:
		s.Background = numbered | Colour(code-40)
	case code == 49:
		s.Background = 0
	case code >= 90 && code <= 97:
		s.Foreground = numbered | Colour(code-90+8)
	case code >= 100 && code <= 107:
		s.Background = numbered | Colour(code-100+8)
	}
}

// extended takes the parameters of code 38 or 48 from the list.
func extended(before Colour, list *[]string) Colour {
	var want int
	var colour Colour
	switch {
	case len(*list) >= 2 && (*list)[0] == "5":
		want, colour = 2, numbered
	case len(*list) >= 4 && (*list)[0] == "2":
		want, colour = 4, mixed
	default:
		*list = nil
		return before
	}
	parameters := (*list)[1:want]
	*list = (*list)[want:]
	for _, parameter := range parameters {
		value, err := strconv.ParseUint(parameter, 10, 8)
		if err != nil {
			return before
		}
		colour = colour&^0xffffff | colour<<8&0xffffff | Colour(value)
	}
	return colour
}

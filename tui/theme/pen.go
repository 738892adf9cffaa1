package theme

import "bytes"

const escape = '\x1b'

// Pen knows how a terminal draws at the moment. A screen is painted piece by piece, and each piece begins with its colour
// and ends without any; the pen passes on only what makes a difference to what is seen. Of a board that is a quarter less
// to send and to read, which a slow line feels.
type Pen struct{ drawn, wanted paint }

// paint is the sequences that were given since the last reset, and what they set.
type paint struct {
	sequences []byte
	sets      settings
}

type settings uint8

const (
	foreground settings = 1 << iota
	background
	bold
	faint
	italic
	underline
	reverse
	unknown // what the pen does not know
)

// onBlanks is what is seen where nothing is written too.
const onBlanks = background | underline | reverse | unknown

// Draw appends what makes a terminal show what p would make it show. Afterwards it draws as p left it.
func (n *Pen) Draw(to, p []byte) []byte {
	for len(p) > 0 {
		size, sets := rendition(p)
		switch {
		case size > 0:
			n.wanted.add(p[:size], sets)
		case p[0] == escape:
			size = 1
			to = append(n.change(to), escape)
		default:
			if size = bytes.IndexByte(p, escape); size < 0 {
				size = len(p)
			}
			text := p[:size]
			if (n.drawn.sets|n.wanted.sets)&onBlanks == 0 {
				text = bytes.TrimLeft(text, " \r\n")
				to = append(to, p[:size-len(text)]...)
			}
			if len(text) > 0 {
				to = append(n.change(to), text...)
			}
		}
		p = p[size:]
	}
	return n.change(to)
}

// change appends what makes the terminal draw as wanted.
func (n *Pen) change(to []byte) []byte {
	drawn, wanted := n.drawn.sequences, n.wanted.sequences
	switch {
	case bytes.Equal(drawn, wanted):
		return to
	case len(wanted) == 0:
		to = append(to, "\x1b[m"...)
	case bytes.HasPrefix(wanted, drawn):
		to = append(to, wanted[len(drawn):]...)
	case n.drawn.sets&^n.wanted.sets == 0 && n.drawn.sets&unknown == 0:
		to = append(to, wanted...) // it leaves nothing of what was drawn before
	default:
		to = append(append(to, "\x1b[0;"...), wanted[len("\x1b["):]...)
	}
	n.drawn.become(n.wanted)
	return to
}

// add is one sequence more.
func (l *paint) add(sequence []byte, sets settings) {
	if sets == 0 {
		l.sequences, l.sets = l.sequences[:0], 0
		return
	}
	l.sequences, l.sets = append(l.sequences, sequence...), l.sets|sets
}

// become makes it the same as another.
func (l *paint) become(other paint) {
	l.sequences, l.sets = append(l.sequences[:0], other.sequences...), other.sets
}

// rendition is the length of the sequence with which p begins, if it is one that says how to draw, and what it sets:
// nothing, when it sets back everything.
func rendition(p []byte) (size int, sets settings) {
	if !bytes.HasPrefix(p, []byte("\x1b[")) {
		return 0, 0
	}
	size = 2 + len(p[2:]) - len(bytes.TrimLeft(p[2:], "0123456789;:"))
	if size == len(p) || p[size] != 'm' {
		return 0, 0
	}
	var room [16]int // few sequences have more
	codes := room[:0]
	for code := range bytes.SplitSeq(p[2:size], []byte{';'}) {
		codes = append(codes, number(code))
	}
	if len(codes) == 1 && codes[0] == 0 {
		return size + 1, 0
	}
	for len(codes) > 0 {
		what, n := setting(codes)
		sets |= what
		codes = codes[n:]
	}
	return size + 1, sets
}

// number is a code; none is 0, and -1 is what the pen does not know.
func number(digits []byte) (n int) {
	for _, digit := range digits {
		if digit == ':' || n > 1000 {
			return -1
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

// setting is what the first of the codes sets, with as many of them as belong to it.
func setting(codes []int) (sets settings, n int) {
	code := codes[0]
	switch {
	case code >= 30 && code <= 37, code >= 90 && code <= 97:
		return foreground, 1
	case code >= 40 && code <= 47, code >= 100 && code <= 107:
		return background, 1
	case code == 38 && extended(codes) > 0:
		return foreground, extended(codes)
	case code == 48 && extended(codes) > 0:
		return background, extended(codes)
	}
	switch code {
	case 1:
		return bold, 1
	case 2:
		return faint, 1
	case 3:
		return italic, 1
	case 4:
		return underline, 1
	case 7:
		return reverse, 1
	}
	return unknown, 1
}

// extended is how many codes name a colour that is not one of the first sixteen; 0 when they name none.
func extended(codes []int) int {
	switch {
	case len(codes) >= 3 && codes[1] == 5:
		return 3
	case len(codes) >= 5 && codes[1] == 2:
		return 5
	}
	return 0
}

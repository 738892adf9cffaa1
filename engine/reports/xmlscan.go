package reports

import (
	"errors"
	"fmt"
)

// xmlScan reads XML as tools write it, in parts of any size, and keeps no more of it than its limits allow: a report of any
// size needs the same memory. It is lenient where a test's own output spoils a report: control bytes, bytes that are no
// UTF-8, stray "&" and "<" in attributes. Names come without their prefixes; comments, instructions and the document's type are
// passed over.
type xmlScan struct {
	start func(name string, attributes []xmlAttribute) error
	end   func(name string) error
	text  func(part []byte) error // a text may come in several parts

	state  xmlState
	token  []byte // what is being read: a name, a value, a mark
	quote  byte
	name   string
	close  bool // "</name"
	empty  bool // "<name/"
	key    string
	values []xmlAttribute
	open   []string
	seen   bool // an element has begun
	depth  int  // of "[" and "<" within the document's type
}

type xmlAttribute struct{ name, value string }

type xmlState int

const (
	inText xmlState = iota
	inMark          // after "<"
	inName          // of an element
	inTag           // between attributes
	inKey           // an attribute's name
	inEquals
	inValue
	inBang // "<!": a comment, CDATA or the document's type
	inComment
	inCDATA
	inInstruction
	inDoctype
)

const (
	maxName  = 256
	maxValue = 64 << 10
	maxOpen  = 10_000 // elements within each other
	maxAttrs = 1000
)

var (
	errTooDeep  = errors.New("its elements are nested too deep")
	errUnclosed = errors.New("it ends within an element")
)

// write takes the next part.
func (x *xmlScan) write(p []byte) error {
	for i := 0; i < len(p); {
		n, err := x.step(p[i:])
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// done tells whether the document is complete.
func (x *xmlScan) done() error {
	if len(x.open) > 0 || x.seen && x.state != inText {
		return errUnclosed
	}
	return nil
}

// step takes some of the bytes, at least one, and tells how many.
func (x *xmlScan) step(p []byte) (int, error) {
	switch x.state {
	case inText:
		return x.stepText(p)
	case inCDATA:
		return x.stepUntil(p, "]]>")
	case inComment:
		return x.stepUntil(p, "-->")
	case inInstruction:
		return x.stepUntil(p, "?>")
	case inValue:
		return x.stepValue(p)
	}
	return 1, x.one(p[0])
}

// one takes one byte of what is short.
func (x *xmlScan) one(c byte) error {
	switch x.state {
	case inMark:
		return x.mark(c)
	case inBang:
		x.bang(c)
	case inDoctype:
		x.doctype(c)
	case inName, inTag, inKey, inEquals:
		return x.tag(c)
	}
	return nil
}

// mark decides what begins with "<".
func (x *xmlScan) mark(c byte) error {
	x.token, x.values, x.close, x.empty = x.token[:0], x.values[:0], false, false
	switch {
	case c == '!':
		x.state = inBang
	case c == '?':
		x.state = inInstruction
	case c == '/':
		x.state, x.close = inName, true
	case nameByte(c):
		x.state = inName
		x.token = append(x.token, c)
	case c == '<':
		return x.tell([]byte{'<'})
	default: // a stray "<"
		x.state = inText
		return x.tell([]byte{'<', c})
	}
	return nil
}

func (x *xmlScan) bang(c byte) {
	x.token = append(x.token, c)
	switch mark := string(x.token); {
	case mark == "--":
		x.state, x.token = inComment, x.token[:0]
	case mark == "[CDATA[":
		x.state, x.token = inCDATA, x.token[:0]
	case len(mark) >= len("[CDATA[") || c == '>' || mark[0] != '-' && mark[0] != '[':
		x.state, x.depth = inDoctype, 1
		x.doctype(c)
	}
}

func (x *xmlScan) doctype(c byte) {
	switch c {
	case '<', '[':
		x.depth++
	case '>', ']':
		if x.depth--; x.depth <= 0 {
			x.state = inText
		}
	}
}

// tag takes a byte of a start or end tag, values aside.
func (x *xmlScan) tag(c byte) error {
	switch {
	case c == '>':
		x.word()
		return x.element()
	case c == '/':
		x.word()
		x.state, x.empty = inTag, true
	case space(c):
		x.word()
	case c == '=' && x.state != inName:
		if x.state == inKey {
			x.word()
		}
		x.state = inEquals
	case x.state == inEquals && (c == '"' || c == '\''):
		x.state, x.quote, x.token = inValue, c, x.token[:0]
	case x.state == inName || x.state == inKey:
		if len(x.token) < maxName {
			x.token = append(x.token, c)
		}
	default:
		x.state, x.empty, x.token = inKey, false, append(x.token[:0], c)
	}
	return nil
}

// word ends a name of an element or of an attribute.
func (x *xmlScan) word() {
	switch x.state {
	case inName:
		x.name = local(x.token)
		x.state = inTag
	case inKey:
		x.key = local(x.token)
		x.state = inTag
	}
}

// element tells of a start or an end.
func (x *xmlScan) element() error {
	x.state, x.token = inText, x.token[:0]
	if x.close {
		return x.ended(x.name)
	}
	if len(x.open) >= maxOpen {
		return errTooDeep
	}
	x.seen = true
	x.open = append(x.open, x.name)
	if err := x.start(x.name, x.values); err != nil {
		return err
	}
	if x.empty {
		return x.ended(x.name)
	}
	return nil
}

func (x *xmlScan) ended(name string) error {
	if len(x.open) == 0 || x.open[len(x.open)-1] != name {
		return fmt.Errorf("</%s> closes what was not opened", name)
	}
	x.open = x.open[:len(x.open)-1]
	return x.end(name)
}

func (x *xmlScan) tell(part []byte) error {
	if len(x.open) == 0 || len(part) == 0 {
		return nil
	}
	return x.text(part)
}

func local(name []byte) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == ':' {
			return string(name[i+1:])
		}
	}
	return string(name)
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

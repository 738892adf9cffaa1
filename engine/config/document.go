package config

import (
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML text as plain values, and where each of them stands.
type document struct {
	values map[string]any
	place  *place
}

// place is where a key or an item stands, and what is below it. Few keys are in one table, so that to look through them is
// fastest.
type place struct {
	line  int    // from 1; 0 for the top
	name  string // of a key
	keys  *place // the newest of those below
	older *place // of the same table
	items []*place
}

// below is the place of a key, or of an item by its index; nil when there is none.
func (p *place) below(key string) *place {
	if p == nil {
		return nil
	}
	if k := p.keyed(key); k != nil {
		return k
	}
	if i, err := strconv.Atoi(key); err == nil {
		return p.item(i)
	}
	return nil
}

func (p *place) keyed(key string) *place {
	for k := p.keys; k != nil; k = k.older {
		if k.name == key {
			return k
		}
	}
	return nil
}

func (p *place) item(i int) *place {
	if p == nil || i < 0 || i >= len(p.items) {
		return nil
	}
	return p.items[i]
}

// parseDocument reads TOML. A text that is none is a Problem with line and column.
func parseDocument(file, text string) (document, error) {
	d := document{values: map[string]any{}, place: &place{}}
	written := []byte(text)
	if err := toml.Unmarshal(written, &d.values); err != nil {
		problem := Problem{File: file, Line: 1, Column: 1, Text: strings.TrimPrefix(err.Error(), "toml: ")}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			problem.Line, problem.Column = at.Position()
		}
		return document{}, Problems{problem}
	}
	x := index{text: text, atLine: 1}
	x.read(written, d.place)
	return d, nil
}

// index finds lines. The values come from the decoder, which has judged the text; so it can take it to be right.
type index struct {
	parser     unstable.Parser
	text       string
	at, atLine int     // an offset, and its line
	fresh      []place // to be used next
}

func (x *index) read(text []byte, top *place) {
	x.parser.Reset(text)
	table := top
	for x.parser.NextExpression() {
		switch e := x.parser.Expression(); e.Kind {
		case unstable.Table:
			table = x.key(top, e.Key(), false)
		case unstable.ArrayTable:
			table = x.key(top, e.Key(), true)
		case unstable.KeyValue:
			x.pair(table, e)
		}
	}
}

// key notes the places of a dotted key's parts and returns the last. In a header, a part that names an array of tables
// means the last item so far; item says that the header adds one.
func (x *index) key(in *place, parts unstable.Iterator, item bool) *place {
	for parts.Next() {
		part := parts.Node()
		in = x.note(in, part)
		if item && part.Next() == nil {
			in.items = append(in.items, x.place(x.line(part.Raw)))
		}
		if n := len(in.items); n > 0 {
			in = in.items[n-1]
		}
	}
	return in
}

// note is the place of a part of a key, which stays where it was told of first: a table may be opened again.
func (x *index) note(in *place, part *unstable.Node) *place {
	if k := in.keyed(string(part.Data)); k != nil {
		return k
	}
	k := x.place(x.line(part.Raw))
	k.name, k.older = x.text[part.Raw.Offset:part.Raw.Offset+part.Raw.Length], in.keys
	if k.name != string(part.Data) { // it is quoted
		k.name = string(part.Data)
	}
	in.keys = k
	return k
}

// place is one more place. They are made many at once, since a configuration has thousands.
func (x *index) place(line int) *place {
	if len(x.fresh) == 0 {
		x.fresh = make([]place, 256)
	}
	p := &x.fresh[0]
	x.fresh, p.line = x.fresh[1:], line
	return p
}

func (x *index) pair(table *place, e *unstable.Node) {
	x.value(x.key(table, e.Key(), false), e.Value())
}

// value notes the places of what is inside an array or an inline table. An array has no place of its own in the parser's
// eyes: its first item tells, or else what it stands in.
func (x *index) value(at *place, v *unstable.Node) {
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			if child := children.Node(); child.Kind == unstable.KeyValue {
				x.pair(at, child)
			}
		}
	case unstable.Array:
		for children.Next() {
			child := children.Node()
			item := x.place(at.line)
			if child.Raw.Length > 0 {
				item.line = x.line(child.Raw)
			}
			at.items = append(at.items, item)
			x.value(item, child)
		}
	}
}

// line is where an offset is. They come nearly in order, so that it is never far from the one before.
func (x *index) line(at unstable.Range) int {
	offset := int(at.Offset)
	if offset >= x.at {
		x.atLine += strings.Count(x.text[x.at:offset], "\n")
	} else {
		x.atLine -= strings.Count(x.text[offset:x.at], "\n")
	}
	x.at = offset
	return x.atLine
}

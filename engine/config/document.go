package config

import (
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML text as plain values, and the line of every key and every item in it.
type document struct {
	values map[string]any
	lines  map[string]int // by path
}

// below is the path of a key, or of an item by its index, below another path. The top is "".
func below(path, key string) string { return path + "\x00" + key }

// parseDocument reads TOML. A text that is none is a Problem with line and column.
func parseDocument(file, text string) (document, error) {
	breaks := strings.Count(text, "\n")
	d := document{values: map[string]any{}, lines: make(map[string]int, 2*breaks)}
	if err := toml.Unmarshal([]byte(text), &d.values); err != nil {
		problem := Problem{File: file, Line: 1, Column: 1, Text: strings.TrimPrefix(err.Error(), "toml: ")}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			problem.Line, problem.Column = at.Position()
		}
		return document{}, Problems{problem}
	}
	x := index{lines: d.lines, breaks: make([]int, 0, breaks), items: map[string]int{}}
	for at := range len(text) {
		if text[at] == '\n' {
			x.breaks = append(x.breaks, at)
		}
	}
	x.read([]byte(text))
	return d, nil
}

// index finds lines. The values come from the decoder, which has judged the text; so it can take it to be right.
type index struct {
	parser unstable.Parser
	lines  map[string]int
	breaks []int          // offsets of the line breaks
	items  map[string]int // how many items an array of tables has so far
}

func (x *index) read(text []byte) {
	x.parser.Reset(text)
	table := ""
	for x.parser.NextExpression() {
		switch e := x.parser.Expression(); e.Kind {
		case unstable.Table:
			table = x.key("", e.Key(), false)
		case unstable.ArrayTable:
			table = x.key("", e.Key(), true)
		case unstable.KeyValue:
			x.pair(table, e)
		}
	}
}

// key notes the lines of a dotted key's parts and returns its path. In a header, a part that names an array of tables
// means the last item so far; item says that the header adds one.
func (x *index) key(path string, parts unstable.Iterator, item bool) string {
	for parts.Next() {
		part := parts.Node()
		path = below(path, string(part.Data))
		line := x.line(part.Raw)
		x.note(path, line)
		if item && part.Next() == nil {
			n := x.items[path]
			x.items[path] = n + 1
			path = below(path, strconv.Itoa(n))
			x.note(path, line)
		} else if n := x.items[path]; n > 0 {
			path = below(path, strconv.Itoa(n-1))
		}
	}
	return path
}

func (x *index) pair(table string, e *unstable.Node) {
	path := x.key(table, e.Key(), false)
	x.value(path, e.Value(), x.lines[path])
}

// value notes the lines of what is inside an array or an inline table. An array has no place of its own in the parser's
// eyes: its first item tells, or else what it stands in.
func (x *index) value(path string, v *unstable.Node, outer int) {
	line := outer
	if v.Raw.Length > 0 {
		line = x.line(v.Raw)
	}
	x.note(path, line)
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			if child := children.Node(); child.Kind == unstable.KeyValue {
				x.pair(path, child)
			}
		}
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			x.value(below(path, strconv.Itoa(i)), children.Node(), line)
		}
	}
}

// note keeps the first line that is told of a path: a table that is opened again stays where it began.
func (x *index) note(path string, line int) {
	if _, known := x.lines[path]; !known {
		x.lines[path] = line
	}
}

func (x *index) line(at unstable.Range) int {
	return sort.SearchInts(x.breaks, int(at.Offset)) + 1
}

package jsondiff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind says how two values differ.
type Kind string

// The kinds of differences.
const (
	Value   Kind = "value"   // the same type, another value
	Types   Kind = "type"    // another type
	Missing Kind = "missing" // wanted, and not there
	Extra   Kind = "extra"   // there, and not wanted
	Length  Kind = "length"  // arrays of different lengths
)

// Difference is one place where two values differ.
type Difference struct {
	Pointer   string // JSON pointer (RFC 6901); "" is the whole value
	Kind      Kind
	Want, Got any
}

// Differences lists where got is not what is wanted, in the order of the pointers' keys.
func Differences(want, got any) []Difference { return differences("", want, got, nil) }

func differences(at string, want, got any, found []Difference) []Difference {
	if Type(want) != Type(got) {
		return append(found, Difference{at, Types, want, got})
	}
	switch w := want.(type) {
	case map[string]any:
		return objectDifferences(at, w, got.(map[string]any), found)
	case []any:
		g := got.([]any)
		if len(w) != len(g) {
			return append(found, Difference{at, Length, want, got})
		}
		for i := range w {
			found = differences(at+"/"+strconv.Itoa(i), w[i], g[i], found)
		}
		return found
	}
	if !Equal(want, got, Options{}) {
		found = append(found, Difference{at, Value, want, got})
	}
	return found
}

func objectDifferences(at string, want, got map[string]any, found []Difference) []Difference {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(want)), maps.Keys(got))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		w, wanted := want[key]
		g, there := got[key]
		next := at + "/" + escape(key)
		switch {
		case !there:
			found = append(found, Difference{next, Missing, w, nil})
		case !wanted:
			found = append(found, Difference{next, Extra, nil, g})
		default:
			found = differences(next, w, g, found)
		}
	}
	return found
}

func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

// Say puts the difference into words; want and got name the two sides: "stub", "service".
func (d Difference) Say(want, got string) string {
	at := d.Pointer
	if at == "" {
		at = "/"
	}
	switch d.Kind {
	case Missing:
		return fmt.Sprintf("%s: %s has %s, missing in %s", at, want, short(d.Want), got)
	case Extra:
		return fmt.Sprintf("%s: %s has %s, missing in %s", at, got, short(d.Got), want)
	case Length:
		return fmt.Sprintf("%s: %s has %d items, %s %d", at, want, len(d.Want.([]any)), got, len(d.Got.([]any)))
	}
	return fmt.Sprintf("%s: %s %s, %s %s", at, want, short(d.Want), got, short(d.Got))
}

// short is a value as JSON, cut to what fits in a line.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return Type(value)
	}
	if runes := []rune(string(text)); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return string(text)
}

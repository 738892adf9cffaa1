package jsondiff

import "encoding/json"

// Options loosen Equal, as WireMock's equalToJson has them.
type Options struct {
	IgnoreArrayOrder    bool
	IgnoreExtraElements bool // fields that are not expected, and items after (or, without order, beside) the expected ones
}

// Equal says whether got is what is wanted. Numbers are compared by value.
func Equal(want, got any, o Options) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		return ok && equalObjects(w, g, o)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(w) || (len(g) > len(w) && !o.IgnoreExtraElements) {
			return false
		}
		if o.IgnoreArrayOrder {
			return assignable(w, g, o)
		}
		for i := range w {
			if !Equal(w[i], g[i], o) {
				return false
			}
		}
		return true
	case json.Number:
		g, ok := got.(json.Number)
		return ok && canonicalNumber(w) == canonicalNumber(g)
	}
	// What is left is a string, a boolean or null. A composite got must not reach the comparison: it would panic.
	return Type(want) == Type(got) && want == got
}

func equalObjects(want, got map[string]any, o Options) bool {
	if len(got) > len(want) && !o.IgnoreExtraElements {
		return false
	}
	for key, value := range want {
		other, ok := got[key]
		if !ok || !Equal(value, other, o) {
			return false
		}
	}
	return true
}

// assignable finds a different item of got for every item of want. Taking the first that fits would not do: with extra
// elements ignored, an item may fit several, so earlier choices are moved when a later one needs their place.
func assignable(want, got []any, o Options) bool {
	taken := make([]int, len(got)) // index in want, plus one
	var place func(i int, seen []bool) bool
	place = func(i int, seen []bool) bool {
		for j := range got {
			if seen[j] || !Equal(want[i], got[j], o) {
				continue
			}
			seen[j] = true
			if taken[j] == 0 || place(taken[j]-1, seen) {
				taken[j] = i + 1
				return true
			}
		}
		return false
	}
	for i := range want {
		if !place(i, make([]bool, len(got))) {
			return false
		}
	}
	return true
}

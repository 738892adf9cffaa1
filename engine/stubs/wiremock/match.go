package wiremock

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mismatch is one condition that a request does not meet.
type Mismatch struct {
	Part string // method, path, url, "query sku", "header Accept", body
	Want string
	Got  string
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s: wanted %s, got %s", m.Part, m.Want, m.Got)
}

// Mismatches lists the conditions that a call does not meet; none means that the mapping answers it.
func (r Request) Mismatches(c *Call) []Mismatch {
	var found []Mismatch
	if r.Method != "" && r.Method != c.Method {
		found = append(found, Mismatch{"method", r.Method, c.Method})
	}
	variables, ok := r.Target.match(c)
	if !ok {
		part, got := r.Target.part(c)
		found = append(found, Mismatch{part, r.Target.String(), got})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Path)) {
		value, present := variables[name]
		if ok && !r.Path[name].Match(value, present) {
			found = append(found, Mismatch{"path variable " + name, r.Path[name].String(), fmt.Sprintf("%q", value)})
		}
	}
	found = append(found, texts("query", r.Query, func(name string) []string { return c.query[name] })...)
	found = append(found, texts("header", r.Headers, c.Header.Values)...)
	for _, body := range r.Body {
		if !body.match(c) {
			found = append(found, Mismatch{"body", body.String(), body.difference(c)})
		}
	}
	return found
}

func texts(part string, conditions map[string]Text, values func(string) []string) []Mismatch {
	var found []Mismatch
	for _, name := range slices.Sorted(maps.Keys(conditions)) {
		if got := values(name); !conditions[name].MatchAny(got) {
			found = append(found, Mismatch{part + " " + name, conditions[name].String(), say(got)})
		}
	}
	return found
}

func say(values []string) string {
	if len(values) == 0 {
		return "absent"
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = fmt.Sprintf("%q", clip(value))
	}
	return strings.Join(quoted, ", ")
}

package wiremock

import (
	"maps"
	"slices"
	"strings"
)

// Set is the mappings that one server answers from.
type Set []Mapping

// Load reads a directory of mappings: path ("mappings/get-item.json") → content, in the order of the paths. files are
// the bodies that they may name, below "__files/".
func Load(mappings, files map[string][]byte) (Set, error) {
	var set Set
	for _, path := range slices.Sorted(maps.Keys(mappings)) {
		m, err := Decode(path, mappings[path])
		if err != nil {
			return nil, err
		}
		for i := range m {
			if m[i].Response.File == "" {
				continue
			}
			body, ok := files["__files/"+m[i].Response.File]
			if !ok {
				return nil, &Unknown{File: path, Key: "response.bodyFileName", Why: "the bundle has no file __files/" + m[i].Response.File}
			}
			m[i].Response.Body = body
		}
		set = append(set, m...)
	}
	return set, nil
}

// Find is the mapping that answers a call: of those that match, the one of the lowest priority number, and of these the
// last, as WireMock does it. nil: none matches.
func (s Set) Find(c *Call) *Mapping {
	var best *Mapping
	for i := range s {
		m := &s[i]
		if (best == nil || m.Priority <= best.Priority) && len(m.Request.Mismatches(c)) == 0 {
			best = m
		}
	}
	return best
}

// Closest is the mapping that comes nearest to a call that none answers, and what it misses. nil: there is none.
func (s Set) Closest(c *Call) (*Mapping, []Mismatch) {
	var best *Mapping
	var missed []Mismatch
	least := 0.0
	for i := range s {
		found := s[i].Request.Mismatches(c)
		if distance := weigh(found); best == nil || distance < least {
			best, missed, least = &s[i], found, distance
		}
	}
	return best, missed
}

// weigh makes another path or method count for more than another query, header or body.
func weigh(found []Mismatch) float64 {
	sum := 0.0
	for _, m := range found {
		switch m.Part {
		case "method":
			sum += 3
		case "path", "url":
			sum += 2 + 4*pathDistance(m.Want, m.Got)
		default:
			sum++
		}
	}
	return sum
}

// pathDistance is the share of segments that differ, from 0 to 1; a segment that begins alike counts half.
func pathDistance(want, got string) float64 {
	a, b := strings.Split(want, "/"), strings.Split(got, "/")
	longest := max(len(a), len(b))
	same := 0.0
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
			same++
		case a[i] != "" && b[i] != "" && a[i][0] == b[i][0]:
			same += 0.5
		}
	}
	return 1 - same/float64(longest)
}

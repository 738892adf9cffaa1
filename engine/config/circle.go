package config

import (
	"slices"
	"strings"
)

// circle is a way from a name back to itself.
type circle struct {
	at    int // where the first of the names stands
	names []string
}

func (c circle) String() string { return strings.Join(append(c.names, c.names[0]), " → ") }

// circles finds the ways that lead back to where they began, each once, told from the name that comes first. edges[i]
// are the names that names[i] points at; one that points nowhere is not followed.
func circles(names []string, edges [][]string) []circle {
	const (
		unseen = iota
		open
		closed
	)
	state := make([]int, len(names))
	var way []int
	var found []circle
	var visit func(int)
	visit = func(i int) {
		state[i], way = open, append(way, i)
		for _, name := range edges[i] {
			switch next := slices.Index(names, name); {
			case next < 0:
			case state[next] == unseen:
				visit(next)
			case state[next] == open:
				found = append(found, tell(names, way[slices.Index(way, next):]))
			}
		}
		state[i], way = closed, way[:len(way)-1]
	}
	for i := range names {
		if state[i] == unseen {
			visit(i)
		}
	}
	return found
}

// tell turns a way so that it begins with the name that comes first.
func tell(names []string, way []int) circle {
	first := slices.Index(way, slices.Min(way))
	c := circle{at: way[first]}
	for i := range way {
		c.names = append(c.names, names[way[(first+i)%len(way)]])
	}
	return c
}

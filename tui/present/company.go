package present

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
)

// Company names those who look on besides this console: "with bo and grace"; "" when nobody does. An operator who looks on
// from several places is company of their own.
func (w *World) Company(me string) string {
	var names []string
	for _, p := range w.Snapshot.Present {
		if len(p.Programs) > 1 || len(p.Programs) == 1 && p.Operator != me {
			names = append(names, text.Clean(p.Operator))
		}
	}
	switch n := len(names); {
	case n == 0:
		return ""
	case n > 3:
		return fmt.Sprintf("with %s and %d more", names[0], n-1)
	case n > 1:
		return "with " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return "with " + names[0]
}

// AskedSince is what the others have asked for since an earlier snapshot, the newest last: "grace: pause run 42".
func (w *World) AskedSince(before *World, me string) []string {
	var news []engine.Presence
	for _, p := range w.Snapshot.Present {
		if p.Operator != me && p.Asked != "" && !slices.ContainsFunc(before.Snapshot.Present, func(old engine.Presence) bool {
			return old.Operator == p.Operator && old.At.Equal(p.At)
		}) {
			news = append(news, p)
		}
	}
	slices.SortFunc(news, func(a, b engine.Presence) int { return a.At.Compare(b.At) })
	said := make([]string, len(news))
	for i, p := range news {
		said[i] = text.Clean(p.Operator + ": " + p.Asked)
	}
	return said
}

package present

import (
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
)

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

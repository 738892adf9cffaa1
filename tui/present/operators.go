package present

import (
	"cmp"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// recent is how long somebody who does not look on is told of after what they asked for last.
const recent = time.Hour

// Operator is somebody else who works with the same engine.
type Operator struct {
	Mark  Mark   // whether they are here
	Name  string // as it may be shown
	Asked string // what they asked for last, and how long ago: "pause run 42, 3m ago"; "" nothing yet
}

// Others are the operators but for one: those who are here first, then by what they asked for last, the newest first.
func (w *World) Others(me string, now time.Time) []Operator {
	other := func(p engine.Presence) bool {
		return p.Operator != me && (len(p.Programs) > 0 || now.Sub(p.At) <= recent)
	}
	if !slices.ContainsFunc(w.Snapshot.Present, other) {
		return nil
	}
	shown := slices.DeleteFunc(slices.Clone(w.Snapshot.Present), func(p engine.Presence) bool { return !other(p) })
	slices.SortStableFunc(shown, func(a, b engine.Presence) int {
		return cmp.Or(-cmp.Compare(min(1, len(a.Programs)), min(1, len(b.Programs))), b.At.Compare(a.At))
	})
	others := make([]Operator, 0, len(shown))
	for _, p := range shown {
		o := Operator{Mark: Mark{theme.Dot, "was here", theme.Faint}, Name: text.Clean(p.Operator)}
		if len(p.Programs) > 0 {
			o.Mark = Mark{theme.Here, "is here", theme.Busy}
		}
		if p.Asked != "" {
			o.Asked = text.Clean(p.Asked) + ", " + Ago(now, p.At)
		}
		others = append(others, o)
	}
	return others
}

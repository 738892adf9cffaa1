// Package inspector looks into one stage: what happened, why, what is live where now, and which keys are safe.
package inspector

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Content is everything that the inspector shows.
type Content struct {
	Inspection present.Inspection
	Around     []engine.LogLine // the lines of the log around the cause
	AroundFrom int              // the number of the first of them, from 1
	Changes    *engine.Changes  // nil: not known yet
	Evidence   *engine.Evidence
	Now        time.Time
	Table      keys.Table
	Facts      present.Facts
	Drill      bool
	Resting    bool // it opened by itself and takes no key yet
}

// View is how far it is scrolled.
type View struct{ first int }

// Scroll moves by n lines.
func (v *View) Scroll(n int) { v.first = max(0, v.first+n) }

// Top goes back to the headline.
func (v *View) Top() { v.first = 0 }

// Draw draws it in exactly w × h cells.
func (v *View) Draw(t *theme.Theme, c Content, w, h int) []string {
	p := page{t: t, w: w - 2}
	p.headline(c.Inspection)
	p.cause(c)
	p.environments(c.Inspection)
	p.tests(c.Inspection)
	p.findings(c.Inspection)
	p.changes(c)
	p.evidence(c.Evidence, c.Table.Of(keys.Evidence).Key())
	p.keys(c)
	p.steps(c.Inspection)
	room := max(0, h-2)
	v.first = max(0, min(v.first, len(p.lines)-room))
	lines := p.lines[v.first:]
	mark := c.Inspection.Mark
	box := frame.Box{
		Title:  []frame.Part{frame.P(mark.Role, t.Sign(mark.Sign)+" "+c.Inspection.Headline)},
		Right:  []frame.Part{frame.P(theme.Muted, c.Inspection.Release)},
		Border: mark.Role, Drill: c.Drill,
	}
	switch {
	case c.Resting:
		box.Bottom = []frame.Part{frame.P(theme.Faint, "opened by itself: keys work when you pause")}
	case len(p.lines) > room:
		box.Bottom = []frame.Part{frame.P(theme.Key, "↑↓"), frame.P(theme.Faint, " scroll  "), frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back")}
	default:
		box.Bottom = []frame.Part{frame.P(theme.Key, "esc"), frame.P(theme.Faint, " back")}
	}
	return box.Draw(t, w, h, lines)
}

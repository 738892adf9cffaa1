package inspector

import (
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	shownChanges = 5 // of each kind
	labelWidth   = 9 // "commits", "versions"
)

// changes lists what sets the release apart from the last good one, or says that there is none.
func (p *page) changes(c Content) {
	switch {
	case c.Changes == nil:
		return
	case c.Changes.Since == nil && c.Changes.Without == "":
		return // it is no promotion
	case c.Changes.Since == nil:
		p.section("What has changed", "")
		p.say(theme.Muted, 3, present.ChangedSince(*c.Changes), 3)
		return
	}
	p.section("Changed since", present.ChangedSince(*c.Changes))
	for _, row := range present.ChangeRows(*c.Changes, c.Now, shownChanges) {
		room := p.w - 3 - labelWidth
		if row.Note != "" {
			room -= text.Width(row.Note) + 2
		}
		parts := []frame.Part{frame.P(theme.Muted, "   "+text.Pad(row.Label, labelWidth)), frame.P(row.Role, text.Cut(row.Text, room))}
		if row.Note != "" {
			parts = append(parts, frame.P(theme.Muted, "  "+row.Note))
		}
		p.add(parts)
	}
}

package board

import (
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	timeCells = 6 // a time is right-aligned in so many cells: "12m05s"
	barCells  = 5
	// noteSeparator stands between two notes of a card.
	noteSeparator = " · "
)

// drawnCard is a card as it was drawn last, and all that it was drawn from.
type drawnCard struct {
	from           present.Card
	open, selected bool
	w, spin        int
	lines          []string
}

// card draws a card's lines, or gives those drawn before.
func (d *Drawer) card(card present.Card, open, selected bool, w, spin int) []string {
	if card.Mark.Sign != theme.Running {
		spin = 0
	}
	drawn := d.cards[card.ID]
	if drawn != nil && drawn.open == open && drawn.selected == selected && drawn.w == w &&
		drawn.spin == spin && drawn.from.Equal(card) {
		return drawn.lines
	}
	lines := []string{d.title(card, selected, w, spin)}
	if open {
		for _, step := range card.Steps {
			lines = append(lines, d.step(step, w))
		}
	}
	for _, s := range reasonLines(card, w, selected) {
		lines = append(lines, frame.Line(d.theme, w, []frame.Part{frame.P(theme.Text, "   "), frame.P(card.Mark.Role, s)}, nil, false))
	}
	if card.Slow != "" {
		lines = append(lines, frame.Line(d.theme, w, []frame.Part{frame.P(theme.Wait, "   "+d.theme.Sign(theme.Slow)+" "+slow(card.Slow, w-5))}, nil, false))
	}
	if card.Warning != "" {
		lines = append(lines, frame.Line(d.theme, w, []frame.Part{frame.P(theme.Text, "   "), frame.P(theme.Wait, card.Warning)}, nil, false))
	}
	if drawn == nil {
		drawn = &drawnCard{}
		d.cards[card.ID] = drawn
	}
	*drawn = drawnCard{from: card, open: open, selected: selected, w: w, spin: spin, lines: lines}
	return lines
}

// slow is that a card is slower than usual, with the figure where there is room for it.
func slow(s string, w int) string {
	if text.Width(s) > w {
		s, _, _ = strings.Cut(s, " (")
	}
	return s
}

// reasonLines wraps why a card ended badly.
func reasonLines(card present.Card, w int, selected bool) []string {
	limit := 2
	if selected {
		limit = 4
	}
	return text.Wrap(card.Reason, w-5, limit)
}

func (d *Drawer) title(card present.Card, selected bool, w, spin int) string {
	pointer, name := " ", theme.Text
	switch {
	case selected:
		pointer, name = d.theme.Sign(theme.Pointer), theme.Strong
	case card.Mark.Sign == theme.Waiting || card.Mark.Sign == theme.Skipped:
		name = theme.Muted
	case card.Mark.Sign == theme.Running:
		name = theme.Strong
	}
	sign := d.theme.Sign(card.Mark.Sign)
	if card.Mark.Sign == theme.Running {
		sign = d.theme.Spin(spin)
	}
	left := []frame.Part{frame.P(theme.Accent, pointer), frame.P(card.Mark.Role, sign), frame.P(theme.Text, " "), frame.P(name, card.Name)}
	return frame.Line(d.theme, w, left, d.right(card, w-frame.Width(left)-1), selected)
}

// right is what stands at a card's right: bar, note and time, as far as there is room for them.
func (d *Drawer) right(card present.Card, room int) []frame.Part {
	clock := theme.Muted
	switch card.Mark.Sign {
	case theme.Running:
		clock = theme.Busy
	case theme.Waiting:
		clock = theme.Faint
	}
	note := theme.Muted
	switch card.Mark.Role {
	case theme.Bad, theme.Unsure, theme.Wait:
		note = card.Mark.Role
	}
	parts := make([]frame.Part, 0, 4)
	// Where there is no room for all notes, the first ones say what must not be missed.
	for strings.Contains(card.Note, noteSeparator) && room < text.Width(card.Note)+timeCells+2 {
		card.Note = card.Note[:strings.LastIndex(card.Note, noteSeparator)]
	}
	if room >= text.Width(card.Note)+timeCells+2 {
		parts = append(parts, frame.P(note, card.Note))
		if card.Total > 0 && room >= text.Width(card.Note)+timeCells+barCells+4 {
			parts = d.bar(parts, card)
		}
	} else if card.Mark.Sign == theme.Running && card.Note != "" {
		return []frame.Part{frame.P(note, card.Note+" ")}
	}
	if room < timeCells+1 {
		return append(parts, frame.P(clock, card.Time+" "))
	}
	return append(parts, frame.P(clock, text.PadLeft(card.Time, timeCells)+" "))
}

// bar draws how much of the expected tests have run.
func (d *Drawer) bar(parts []frame.Part, card present.Card) []frame.Part {
	full := min(barCells, card.Done*barCells/max(1, card.Total))
	return append(parts, frame.P(theme.Busy, d.full[:1+full*len(d.theme.Sign(theme.BarFull))]),
		frame.P(theme.Faint, d.empty[:(barCells-full)*len(d.theme.Sign(theme.BarEmpty))]))
}

func (d *Drawer) step(step present.StepRow, w int) string {
	left := []frame.Part{frame.P(theme.Text, "   "), frame.P(step.Mark.Role, d.theme.Sign(step.Mark.Sign)), frame.P(theme.Muted, " "+step.Name)}
	right := []frame.Part{frame.P(theme.Faint, step.Note), frame.P(theme.Faint, text.PadLeft(step.Time, timeCells)+" ")}
	switch room := w - frame.Width(left) - 1; {
	case room < timeCells+1:
		right = []frame.Part{frame.P(theme.Faint, step.Time+" ")}
	case room < frame.Width(right):
		right = right[1:]
	}
	return frame.Line(d.theme, w, left, right, false)
}

// Package board draws the columns of a run. Every card is drawn once and kept until what it shows changes.
package board

import (
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// minColumn is the narrowest column that still reads well; columns that do not fit scroll sideways.
const minColumn = 24

// SideBySide is the width from which on columns stand side by side; below it there is one at a time.
const SideBySide = 100

// Cursor is what is selected: a column and one of its stages.
type Cursor struct {
	Column string
	Stage  promotion.StageID // "" when the column has none
}

// Drawer draws boards. It keeps what it drew, and is not safe for concurrent use.
type Drawer struct {
	theme   *theme.Theme
	cards   map[promotion.StageID]*drawnCard
	columns map[string]*drawnColumn
	first   int            // the leftmost column shown
	scroll  map[string]int // the first line shown, by column
	layouts map[string]*layout
	blocks  [][]string // the columns as they stood side by side last
	rows    []string   // …and what that made

	full, empty string // the longest bars
	start       string // the key that starts a run
}

// New makes a drawer. start is the key that starts a run, for a board on which nothing has run.
func New(t *theme.Theme, start string) *Drawer {
	return &Drawer{theme: t, start: start, full: " " + strings.Repeat(t.Sign(theme.BarFull), barCells), empty: strings.Repeat(t.Sign(theme.BarEmpty), barCells), cards: map[promotion.StageID]*drawnCard{}, columns: map[string]*drawnColumn{}, layouts: map[string]*layout{}, scroll: map[string]int{}}
}

// Draw draws the columns in exactly w × h cells. spin is the moment of the running glyph.
func (d *Drawer) Draw(b present.Board, c Cursor, w, h, spin int) []string {
	if len(b.Columns) == 0 || h < 2 {
		return frame.Blank(w, h)
	}
	selected := max(0, slices.IndexFunc(b.Columns, func(col present.Column) bool { return col.Name == c.Column }))
	if w < SideBySide {
		strip := d.strip(b.Columns, selected, w)
		return append([]string{strip}, d.column(b, selected, c, w, h-1, spin)...)
	}
	shown := besides(b, w)
	d.first = max(0, min(d.first, len(b.Columns)-shown))
	d.first = min(max(d.first, selected-shown+1), selected)
	blocks := make([][]string, 0, 8)
	for i := range shown {
		blocks = append(blocks, d.column(b, d.first+i, c, width(w, shown, i), h, spin))
	}
	d.rows = frame.BesideAgain(blocks, d.blocks, d.rows)
	d.blocks = blocks
	return d.rows
}

// spare is how many lines a column keeps for what is not always there: reasons, what it waits for.
const spare = 5

// Height is how many lines the columns would like to have. It depends only on what a run cannot lose again, so that
// the panes do not jump while it goes on.
func (d *Drawer) Height(b present.Board, w int) int {
	most := 0
	for _, col := range b.Columns {
		steps := 0
		for _, card := range col.Cards {
			steps += len(card.Steps)
		}
		most = max(most, len(col.Cards)+max(spare, steps))
	}
	if w < SideBySide {
		most++
	}
	return max(8, most+3) // the border, and what is live
}

// nameCells is what a column's name takes in the strip besides itself.
const nameCells = 5

// strip is one line that names every column with its state, for screens that show one column at a time.
func (d *Drawer) strip(columns []present.Column, selected, w int) string {
	var parts []frame.Part
	for i, col := range columns {
		sign, role := d.theme.Sign(col.Mark.Sign), col.Mark.Role
		if col.Mark.Sign == theme.None {
			sign, role = d.theme.Sign(theme.Dot), theme.Faint
		}
		parts = append(parts, frame.P(theme.Text, " "))
		if i == selected {
			parts = append(parts, frame.P(theme.Tab, " "+sign+" "+col.Title+" "))
		} else {
			parts = append(parts, frame.P(role, " "+sign), frame.P(theme.Muted, " "+col.Title+" "))
		}
	}
	return frame.Line(d.theme, w, parts, []frame.Part{frame.P(theme.Faint, d.theme.Sign(theme.Less)+d.theme.Sign(theme.More)+" ")}, false)
}

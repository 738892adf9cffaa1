package board

import (
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// layout is where a column's cards stood when it was drawn last.
type layout struct {
	head   int                 // the lines above them, without the border
	owners []promotion.StageID // whose each line is
}

func (d *Drawer) laid(column string) *layout {
	l := d.layouts[column]
	if l == nil {
		l = &layout{}
		d.layouts[column] = l
	}
	return l
}

// besides is how many columns stand side by side.
func besides(b present.Board, w int) int { return min(len(b.Columns), w/minColumn) }

// width is how wide the i-th of some columns is.
func width(w, columns, i int) int {
	if i < w%columns {
		return w/columns + 1
	}
	return w / columns
}

// At is what stands in a cell of the board that was drawn last, w cells wide with the cursor at c: a stage, or else the
// first one of the column.
func (d *Drawer) At(b present.Board, c Cursor, w, x, y int) (Cursor, bool) {
	if len(b.Columns) == 0 || x < 0 || x >= w || y < 0 {
		return Cursor{}, false
	}
	if w >= SideBySide {
		shown := besides(b, w)
		for i := range shown {
			if x -= width(w, shown, i); x < 0 {
				return d.in(b.Columns[d.first+i], y), true
			}
		}
		return Cursor{}, false
	}
	if y > 0 {
		selected := max(0, slices.IndexFunc(b.Columns, func(col present.Column) bool { return col.Name == c.Column }))
		return d.in(b.Columns[selected], y-1), true
	}
	for _, col := range b.Columns {
		if x -= nameCells + text.Width(col.Title); x < 0 {
			return d.in(col, 0), true
		}
	}
	return Cursor{}, false
}

// in is what stands in a line of a column, its border included.
func (d *Drawer) in(col present.Column, y int) Cursor {
	at := Cursor{Column: col.Name}
	if len(col.Cards) > 0 {
		at.Stage = col.Cards[0].ID
	}
	if l := d.laid(col.Name); y-1-l.head >= 0 && y-1-l.head < len(l.owners) {
		at.Stage = l.owners[y-1-l.head]
	}
	return at
}

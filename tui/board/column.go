package board

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// How many lines one message may take at a column's head and at its foot, where the cards are not to be pushed away. It is
// said to its end where the cards leave room for it.
const (
	shortLines = 3
	wholeLines = 12
)

// protectedWord is how wide a column must be to say that its environment is protected, besides the sign for it.
const protectedWord = 34

// drawnColumn is a column as it was drawn last, and all that it was drawn from.
type drawnColumn struct {
	from   present.Column
	cursor Cursor
	w, h   int
	empty  string
	edges  frame.Edges
	body   []string
	lines  []string
}

func (d *drawnColumn) still(col present.Column, c Cursor, w, h int, empty string) bool {
	return d != nil && d.w == w && d.h == h && d.empty == empty && d.cursor == c && same(d.from, col)
}

func same(a, b present.Column) bool {
	return sameEdges(a, b) && a.Live == b.Live && slices.Equal(a.Head, b.Head) && slices.Equal(a.Foot, b.Foot) && sameCards(a.Cards, b.Cards)
}

// sameEdges tells whether what stands in the edges of two columns is the same.
func sameEdges(a, b present.Column) bool {
	return a.Name == b.Name && a.Title == b.Title && a.Protected == b.Protected && a.Drill == b.Drill && a.Mark == b.Mark &&
		a.Status == b.Status && slices.Equal(a.Gates, b.Gates)
}

func sameCards(a, b []present.Card) bool {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return true
	}
	return slices.EqualFunc(a, b, present.Card.Equal)
}

// column draws one column in exactly w × h cells.
func (d *Drawer) column(b present.Board, i int, c Cursor, w, h, spin int) []string {
	col := b.Columns[i]
	cursor := Cursor{}
	if c.Column == col.Name {
		cursor = c
	}
	empty := ""
	if b.Empty != "" && i == 0 {
		empty = b.Empty
	}
	if w < 2 || h < 2 {
		return frame.Blank(w, h)
	}
	drawn := d.columns[col.Name]
	if col.Mark.Sign != theme.Running && drawn.still(col, cursor, w, h, empty) {
		return drawn.lines
	}
	if drawn == nil || drawn.w != w || drawn.h != h {
		drawn = &drawnColumn{}
		d.columns[col.Name] = drawn
	}
	edges := drawn.edges
	if drawn.lines == nil || (drawn.cursor.Column == "") != (cursor.Column == "") || !sameEdges(drawn.from, col) {
		edges = d.box(col, cursor, w).Edges(d.theme, w)
	}
	body, before := d.body(col, cursor, w-2, h-2, spin, empty), drawn.lines
	if !edges.SameSides(drawn.edges) {
		before = nil
	}
	lines := edges.Around(w, h, body, drawn.body, before)
	*drawn = drawnColumn{from: col, cursor: cursor, w: w, h: h, empty: empty, edges: edges, body: body, lines: lines}
	return lines
}

func (d *Drawer) box(col present.Column, c Cursor, w int) frame.Box {
	box := frame.Box{Border: theme.Faint, Drill: col.Drill}
	title := theme.Title
	if c.Column != "" {
		title = theme.Accent
	}
	box.Title = []frame.Part{frame.P(title, col.Title)}
	if col.Protected {
		box.Title = append(box.Title, frame.P(theme.Muted, " "+d.theme.Sign(theme.Protected)))
		if w >= protectedWord {
			box.Title = append(box.Title, frame.P(theme.Faint, " protected"))
		}
	}
	box.Title = append(box.Title, d.gates(col, w)...)
	if col.Mark.Sign != theme.None {
		box.Right = []frame.Part{frame.P(col.Mark.Role, d.theme.Sign(col.Mark.Sign)+" "+col.Status)}
		box.Border = col.Mark.Role
	}
	if box.Border == theme.Good {
		box.Border = theme.Done
	}
	if col.Drill {
		box.Border = theme.Drill
	}
	return box
}

// body is what stands inside the border: what is live, the cards, and at the foot why it waits.
func (d *Drawer) body(col present.Column, c Cursor, w, h, spin int, empty string) []string {
	head, wholeHead := d.messages(col.Head, w)
	foot, wholeFoot := d.messages(col.Foot, w)
	var live, start []string
	if col.Live.Shown {
		live = append(live, d.live(col.Live, w))
	}
	if empty != "" {
		start = append(start, frame.Line(d.theme, w, []frame.Part{frame.P(theme.Muted, " "+empty)}, nil, false),
			frame.Line(d.theme, w, []frame.Part{frame.P(theme.Muted, " press "), frame.P(theme.Key, d.start), frame.P(theme.Muted, " to start")}, nil, false))
	}
	above := len(live) + len(head) + len(start)
	foot = foot[:min(len(foot), max(0, h-above-1))]
	room := max(0, h-above-len(foot))
	cards := d.cardLines(col, c, w, room, spin)
	if more := len(wholeHead) - len(head); more > 0 && more < room-len(cards) { // one line stays between
		room, head = room-more, wholeHead
	}
	if more := len(wholeFoot) - len(foot); more > 0 && more < room-len(cards) {
		room, foot = room-more, wholeFoot
	}
	d.laid(col.Name).head = len(live) + len(head) + len(start)
	lines := slices.Concat(live, head, start, cards)
	lines = append(lines, frame.Blank(w, room-len(cards))...)
	return append(lines, foot...)
}

// messages draws each message in as many lines as it may take, and whole, as far as a message can be.
func (d *Drawer) messages(all []present.Message, w int) (short, whole []string) {
	for _, m := range all {
		lines := d.message(m, w, wholeLines)
		whole = append(whole, lines...)
		if len(lines) > shortLines {
			lines = d.message(m, w, shortLines)
		}
		short = append(short, lines...)
	}
	return short, whole
}

// cardLines draws as much of the cards as fits, scrolled so that the selected or the running one can be seen.
func (d *Drawer) cardLines(col present.Column, c Cursor, w, room, spin int) []string {
	open := d.opens(col, c, w, room)
	lines := make([]string, 0, room+2*len(col.Cards))
	laid := d.laid(col.Name)
	laid.owners = laid.owners[:0]
	from, to := 0, 0
	for _, card := range col.Cards {
		drawn := d.card(card, open(card), card.ID == c.Stage, w, spin)
		if card.ID == c.Stage || (c.Stage == "" && card.Mark.Sign == theme.Running) {
			from, to = len(lines), len(lines)+len(drawn)
		}
		lines = append(lines, drawn...)
		for range drawn {
			laid.owners = append(laid.owners, card.ID)
		}
	}
	if len(lines) <= room {
		return lines
	}
	// The first and the last line may have to say how much is hidden, so the selected one keeps off them.
	if room > 4 {
		from, to = from-1, to+1
	}
	first := frame.Window(d.scroll[col.Name], from, min(to, from+room), len(lines), room)
	d.scroll[col.Name] = first
	laid.owners = append(laid.owners[:0], laid.owners[first:first+room]...)
	shown := lines[first : first+room : first+room] // they are this column's own: cards keep theirs
	if below := len(lines) - first - room; below > 0 && room > 1 {
		shown[room-1] = d.more(below+1, "below", w)
	}
	if first > 0 && room > 2 {
		shown[0] = d.more(first+1, "above", w)
	}
	return shown
}

func (d *Drawer) more(n int, where string, w int) string {
	return frame.Line(d.theme, w, []frame.Part{frame.P(theme.Faint, "   "+strconv.Itoa(n)+" more lines "+where)}, nil, false)
}

// opens decides which cards show their steps: all that have several when there is room for all, else only those that
// matter now.
func (d *Drawer) opens(col present.Column, c Cursor, w, room int) func(present.Card) bool {
	all := len(col.Cards)
	for _, card := range col.Cards {
		all += len(card.Steps) + len(reasonLines(card, w, card.ID == c.Stage))
		for _, line := range []string{card.Slow, card.Warning} {
			if line != "" {
				all++
			}
		}
	}
	fits := all <= room
	return func(card present.Card) bool {
		return len(card.Steps) > 0 && (card.Open() || card.ID == c.Stage || (fits && len(card.Steps) > 1))
	}
}

func (d *Drawer) live(l present.Live, w int) string {
	label := " live "
	if l.Aside {
		label = " aside "
	}
	if l.Name == "" {
		return frame.Line(d.theme, w, []frame.Part{frame.P(theme.Faint, label), frame.P(theme.Muted, "nothing yet")}, nil, false)
	}
	role := theme.Text
	if l.New {
		role = theme.Strong
	}
	return frame.Line(d.theme, w, []frame.Part{frame.P(theme.Faint, label), frame.P(role, l.Name)},
		[]frame.Part{frame.P(theme.Muted, l.Age+" ")}, false)
}

// gates are what the environment asks for, with as many words as there is room for beside the column's state.
func (d *Drawer) gates(col present.Column, w int) []frame.Part {
	if len(col.Gates) == 0 || (len(col.Gates) == 1 && col.Gates[0] == col.Mark.Word) {
		return nil // the column's state says it
	}
	sign := frame.P(theme.Wait, " "+d.theme.Sign(theme.Shut))
	room := w - 8 - text.Width(col.Title) - text.Width(col.Status) - 6
	words := " " + strings.Join(col.Gates, ", ")
	if col.Protected && w >= protectedWord {
		room -= text.Width(" protected")
	}
	if room < text.Width(words) {
		words = text.Cut(words, max(0, room))
	}
	if text.Width(words) < 5 {
		words = ""
	}
	return []frame.Part{sign, frame.P(theme.Muted, words)}
}

// message draws a sentence with its sign.
func (d *Drawer) message(m present.Message, w, limit int) []string {
	var lines []string
	for i, s := range text.Wrap(m.Text, w-4, limit) {
		sign := "   "
		if i == 0 {
			sign = " " + d.theme.Sign(m.Mark.Sign) + " "
		}
		lines = append(lines, frame.Line(d.theme, w, []frame.Part{frame.P(m.Mark.Role, sign+s)}, nil, false))
	}
	return lines
}

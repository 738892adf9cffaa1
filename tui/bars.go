package tui

import (
	"reflect"
	"slices"

	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
)

// bars are the lines above and below the screen's body as they were drawn last, each with all that it was drawn from.
type bars struct {
	texts  map[present.Entry]string // of the tabs
	tabs   drawnTabs
	header drawnHeader
	footer drawnFooter
}

type drawnTabs struct {
	world         *present.World
	entry         present.Entry
	mode, silence string
	w             int
	line          string
}

type drawnHeader struct {
	of      present.Header
	silence string
	tabs    bool // the line above is there
	w       int
	others  []present.Operator
	line    string
}

type drawnFooter struct {
	world  *present.World // of which, and when, the facts were taken
	entry  present.Entry
	cursor board.Cursor
	at     int64

	facts present.Facts
	mode  keys.Screen
	table *keys.Binding // the first one
	w     int
	line  string
}

// tabs is the line of runs and services to switch between.
func (m *model) tabs() string {
	d := &m.bars.tabs
	now := drawnTabs{world: m.world, entry: m.entry, mode: m.onScreen().Header.Mode, silence: m.silence(), w: m.w, line: d.line}
	if now != *d || d.line == "" {
		now.line = m.drawTabs()
		*d = now
	}
	return d.line
}

// header is the line about the run on the board.
func (m *model) header() string {
	d := &m.bars.header
	h, others, silence := m.onScreen().Header, m.world.Others(m.work.actor, m.asOf()), m.silence()
	if d.line == "" || d.of != h || d.silence != silence || d.tabs != (m.h >= withTabs) || d.w != m.w || !slices.Equal(d.others, others) {
		*d = drawnHeader{of: h, silence: silence, tabs: m.h >= withTabs, w: m.w, others: others, line: m.drawHeader(h, others)}
	}
	return d.line
}

// keysLine is the footer when nothing else is to be said there.
func (m *model) keysLine() string {
	d := &m.bars.footer
	mode, at := m.mode(), m.now.Unix()
	drawn := d.line != "" && d.mode == mode && d.w == m.w && d.table == &m.keys[0]
	if drawn && d.world == m.world && d.entry == m.entry && d.cursor == m.cursor && d.at == at {
		return d.line
	}
	facts := m.facts()
	drawn = drawn && reflect.DeepEqual(facts, d.facts)
	line := d.line
	if !drawn {
		line = m.drawKeys(facts)
	}
	*d = drawnFooter{world: m.world, entry: m.entry, cursor: m.cursor, at: at, facts: facts, mode: mode, table: &m.keys[0], w: m.w, line: line}
	return line
}

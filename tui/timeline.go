package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
	"github.com/gantry-cd/gantry/tui/timeline"
)

// gantt is the chart of a run. While the run goes on its events are asked for again whenever there are new ones.
type gantt struct {
	run    promotion.RunID
	from   keys.Screen // where it was opened
	events []promotion.Event
	seq    int64 // the newest one that was known of when they were asked for
	asking bool
	empty  string // what to say while there are none
	view   timeline.View

	drawn   present.Timeline
	drawnAt int64
	drawnOf int // how many events
}

// askTimeline shows the chart of the run that is meant: in the history the chosen one, else that on the board.
func (m *model) askTimeline(id promotion.RunID) tea.Cmd {
	switch m.screen {
	case keys.TimelineScreen:
		m.backFromPast()
		return nil
	case keys.HistoryScreen:
		run, found := m.pastRun()
		if !found {
			return nil
		}
		id = run.ID
	}
	if id == 0 {
		return m.say(theme.Wait, "Not now: nothing has run yet")
	}
	return m.openTimeline(id)
}

func orderTimeline(m *model, t target) tea.Cmd { return m.openTimeline(t.entry.Run) }

func (m *model) openTimeline(id promotion.RunID) tea.Cmd {
	from := m.screen
	if from&(keys.TimelineScreen|keys.Replays) != 0 {
		from = keys.Board
	}
	m.gantt = gantt{run: id, from: from, asking: true, seq: m.world.NewestEvent(id), empty: "Reading the journal…"}
	m.screen = keys.TimelineScreen
	return m.work.timeline(id)
}

// freshTimeline asks for the events once more when there are new ones of a run that goes on.
func (m *model) freshTimeline() tea.Cmd {
	g := &m.gantt
	newest := m.world.NewestEvent(g.run)
	if g.asking || len(g.events) == 0 || newest <= g.seq {
		return nil
	}
	g.asking, g.seq = true, newest
	return m.work.timeline(g.run)
}

// chart takes the events, unless those of another run are wanted by now.
func (m *model) chart(msg timelineMsg) tea.Cmd {
	g := &m.gantt
	if msg.run != g.run {
		return nil
	}
	g.asking = false
	switch {
	case msg.err != nil:
		g.empty = sentence(msg.err)
		return m.say(theme.Bad, sentence(msg.err))
	case len(msg.events) == 0:
		g.empty = "The journal has no events of this run."
	}
	g.events = msg.events
	return nil
}

// timeline is the chart as it stands now. Of a run that has ended it is made once.
func (m *model) timeline() present.Timeline {
	g := &m.gantt
	if g.drawnOf != len(g.events) || g.drawn.Run != g.run || g.drawn.Open && g.drawnAt != m.now.Unix() {
		g.drawn, g.drawnAt, g.drawnOf = present.NewTimeline(g.run, g.events, m.now), m.now.Unix(), len(g.events)
	}
	return g.drawn
}

func (m *model) moveTimeline(a keys.Action) {
	rows := m.timeline().Rows
	n, page := len(rows), max(1, m.h-10)
	by := map[keys.Action]int{keys.Up: -1, keys.Down: 1, keys.PageUp: -page, keys.PageDown: page, keys.Top: -n, keys.Bottom: n}
	if by[a] != 0 {
		m.gantt.view.Move(by[a], rows)
	}
}

// openTimelineRow shows the board with the chosen stage.
func (m *model) openTimelineRow() {
	rows := m.timeline().Rows
	entry, known := m.world.EntryOf(m.gantt.run)
	if m.gantt.view.Cursor >= len(rows) || !known {
		return
	}
	stage := rows[m.gantt.view.Cursor].Stage
	m.screen = keys.Board
	if entry != m.entry {
		m.show(entry)
	}
	m.cursorTo(board.Cursor{Column: stage.Column(), Stage: stage})
}

// drawTimeline draws it in exactly w × h cells.
func (m *model) drawTimeline(w, h int) []string {
	g := &m.gantt
	if len(g.events) == 0 {
		box := frame.Box{Title: []frame.Part{frame.P(theme.Title, "Timeline")}, Border: theme.Faint}
		return box.Draw(m.theme, w, h, []string{frame.Line(m.theme, w-2, []frame.Part{frame.P(theme.Muted, "  "+g.empty)}, nil, false)})
	}
	return g.view.Draw(m.theme, m.timeline(), w, h)
}

package tui

import (
	"fmt"
	"slices"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/history"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/replay"
	"github.com/gantry-cd/gantry/tui/theme"
)

// past is the history of a service, or of all.
type past struct {
	service string // "" every one
	asked   int    // numbers what was asked for, so that an answer that comes too late is left out
	listed  []promotion.Run
	empty   string
	failed  bool
	view    history.View
	rows    pastRows
}

// pastRows are the runs as filtered last. Those listed are many, and are filtered again only for another filter; those
// that the world knows are few, and change with it.
type pastRows struct {
	world  *present.World
	asked  int
	n      int // of the runs listed
	filter string
	listed []promotion.Run
	runs   []promotion.Run
}

// lookBack does what a key asks of what has been.
func (m *model) lookBack(a keys.Action, f present.Facts) tea.Cmd {
	switch a {
	case keys.History:
		if m.screen == keys.HistoryScreen {
			m.screen = keys.Board
			return nil
		}
		service := f.Service
		if names := m.services(); m.screen == keys.FleetScreen && m.fleet.Cursor < len(names) {
			service = names[m.fleet.Cursor]
		}
		return m.openHistory(service)
	case keys.Replay:
		return m.askReplay(f.Run)
	case keys.Compare:
		return m.markPastRun()
	case keys.Play:
		m.replay.view.Toggle(m.replay.film.Length())
	case keys.Faster, keys.Slower:
		m.replay.view.Faster(a == keys.Faster)
	case keys.NextEvent, keys.PrevEvent:
		m.replay.step(a == keys.NextEvent)
	}
	return nil
}

// openHistory shows the runs of a service; "" those of all.
func (m *model) openHistory(service string) tea.Cmd {
	p := &m.past
	m.screen = keys.HistoryScreen
	*p = past{service: service, asked: p.asked + 1, empty: "Reading the journal…"}
	return m.work.runs(p.asked, service)
}

// listPast takes the runs, unless others are wanted by now.
func (m *model) listPast(msg runsMsg) {
	p := &m.past
	if msg.asked != p.asked {
		return
	}
	p.listed, p.empty, p.failed = msg.runs, "Nothing has run yet.", msg.err != nil
	if msg.err != nil {
		p.empty = sentence(msg.err)
	}
	for i, run := range m.pastRuns() { // the run on the board is where one begins to look
		if run.ID == m.entry.Run && p.view.Cursor == 0 {
			p.view.Cursor = i
		}
	}
}

// seek leaves out the runs that do not hold a text.
func (p *past) seek(s string) { p.view.Filter, p.view.Cursor = s, 0 }

// pastRuns are the runs that the history lists.
func (m *model) pastRuns() []promotion.Run {
	p := &m.past
	holds := func(run promotion.Run) bool {
		return p.view.Filter == "" || present.HistoryRowOf(run, m.now).Holds(p.view.Filter)
	}
	r := &p.rows
	if fresh := r.asked == p.asked && r.n == len(p.listed) && r.filter == p.view.Filter; !fresh {
		*r = pastRows{asked: p.asked, n: len(p.listed), filter: p.view.Filter}
		for _, run := range p.listed {
			if holds(run) {
				r.listed = append(r.listed, run)
			}
		}
	}
	if r.world != m.world {
		r.world, r.runs = m.world, m.world.History(r.listed, p.service, holds)
	}
	return r.runs
}

func (m *model) pastRun() (promotion.Run, bool) {
	runs := m.pastRuns()
	if i := m.past.view.Cursor; i < len(runs) {
		return runs[i], true
	}
	return promotion.Run{}, false
}

// openPastRun shows the board of the chosen run, however old it is.
func (m *model) openPastRun() tea.Cmd {
	run, found := m.pastRun()
	if !found {
		return nil
	}
	open := func() tea.Cmd {
		m.screen = keys.Board
		m.show(present.Entry{Service: run.Plan.Service, Run: run.ID})
		return nil
	}
	if _, known := m.world.Run(run.ID); known {
		return open()
	}
	return m.work.visit(run.ID, open)
}

// markPastRun marks a run, or compares the chosen one with the one that is marked.
func (m *model) markPastRun() tea.Cmd {
	run, found := m.pastRun()
	v := &m.past.view
	switch {
	case !found:
		return nil
	case v.Marked == 0:
		v.Marked = run.ID
		return m.say(theme.Text, fmt.Sprintf("Run %d is marked: choose another one and press %s again", run.ID, m.keys.Of(keys.Compare).Key()))
	case v.Marked == run.ID:
		v.Marked = 0
		return nil
	}
	other := v.Marked
	v.Marked = 0
	return m.openCompare(other, run.ID)
}

// movePast moves among the runs; sideways to another service.
func (m *model) movePast(a keys.Action) tea.Cmd {
	n := len(m.pastRuns())
	page := max(1, m.h-6)
	switch a {
	case keys.Left, keys.Right:
		services := append([]string{""}, m.world.ServiceNames()...)
		i := slices.Index(services, m.past.service)
		if a == keys.Left {
			i += len(services) - 1
		} else {
			i++
		}
		return m.openHistory(services[i%len(services)])
	}
	by := map[keys.Action]int{keys.Up: -1, keys.Down: 1, keys.PageUp: -page, keys.PageDown: page, keys.Top: -n, keys.Bottom: n}
	m.past.view.Move(by[a], n)
	return nil
}

// drawHistory draws it in exactly w × h cells.
func (m *model) drawHistory(w, h int) []string {
	p := &m.past
	runs := m.pastRuns()
	page := history.Page{Service: present.Name(p.service), Empty: p.empty, Failed: p.failed}
	if p.view.Filter != "" && len(p.listed) > 0 {
		page.Empty = "No run holds \"" + p.view.Filter + "\"."
	}
	return p.view.Draw(m.theme, page, len(runs), func(i int) present.HistoryRow { return present.HistoryRowOf(runs[i], m.now) }, w, h)
}

// backFromPast leaves a screen of the past for where it was opened from.
func (m *model) backFromPast() {
	p := &m.past
	switch {
	case m.screen == keys.ReplayLog:
		m.screen = keys.ReplayScreen
	case m.screen == keys.ReplayScreen && m.replay != nil:
		m.screen = m.replay.from
		m.replay = nil
	case m.screen == keys.TimelineScreen && m.gantt.from != 0:
		m.screen = m.gantt.from
	case m.screen == keys.CompareScreen && p.asked > 0:
		m.screen = keys.HistoryScreen
	case m.screen == keys.HistoryScreen && p.view.Marked != 0:
		p.view.Marked = 0
	case m.screen == keys.HistoryScreen && p.view.Filter != "":
		p.seek("")
	default:
		m.screen = keys.Board
	}
}

// compared are two runs, the older one first, and those between them.
type compared struct {
	a, b    promotion.Run
	between []promotion.Run
}

func (m *model) openCompare(a, b promotion.RunID) tea.Cmd {
	r := &m.reading
	m.screen, m.notice = keys.CompareScreen, notice{}
	*r = reading{asked: r.asked + 1, at: m.now, window: 1, empty: "Reading the journal…", about: fmt.Sprintf("run %d with run %d", min(a, b), max(a, b))}
	return m.work.compare(r.asked, a, b)
}

func orderHistory(m *model, t target) tea.Cmd { return m.openHistory(t.entry.Service) }

func orderCompare(m *model, t target) tea.Cmd { return m.openCompare(t.runs[0], t.runs[1]) }

func orderReplay(m *model, t target) tea.Cmd {
	speed := ownSpeed
	if t.text != "" {
		typed, err := strconv.Atoi(t.text)
		if err != nil || typed < 1 || typed > replay.Fastest {
			return m.say(theme.Wait, fmt.Sprintf("A replay goes 1 to %d times as fast as the run did", replay.Fastest))
		}
		speed = typed
	}
	return m.work.film(t.entry.Run, speed)
}

package tui

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/inspector"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/replay"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The smallest screen that anything can be read on.
const (
	minWidth  = 36
	minHeight = 10
	withTabs  = 16 // as many lines leave one for the tabs
)

// tall is from how many lines on there is room for both halves.
const tall = 40

// areas is how the screen is divided, in lines.
type areas struct {
	tabs, header, banner, body, board, log int
	film                                   int // what came to pass in a replay
	side                                   int // width of a log beside the inspector; 0 when there is none
}

// layout divides the screen and tells the log its size.
func (m *model) layout() areas {
	a := areas{header: 1, body: m.h - 2}
	if m.h >= withTabs {
		a.tabs = 1
		a.body--
	}
	if m.world != nil && m.rehearses() != "" {
		a.banner = 1
		a.body--
	}
	a.board = a.body
	if m.world != nil && a.body >= 14 {
		a.board = m.board.Height(m.onScreen(), m.w)
		if m.h >= tall {
			a.board = max(a.board, a.body/2) // for what stands at the head and the foot of a column
		}
		a.board = min(a.board, a.body-max(6, a.body/3))
	}
	a.log = a.body - a.board
	if m.replaying() {
		a.board, a.log, a.film = replay.Divide(a.body, m.board.Height(m.onScreen(), m.w))
	}
	switch {
	case m.screen&keys.WholeLog != 0:
		m.log.Resize(m.w, a.body)
	case m.screen == keys.Inspector && m.w >= 140:
		a.side = m.w * 2 / 5
		m.log.Resize(a.side, a.body)
	default:
		m.log.Resize(m.w, a.log)
	}
	return a
}

// View draws the screen: exactly as many lines as it is high, each exactly as wide.
func (m *model) View() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	if m.w < minWidth || m.h < minHeight {
		return strings.Join(m.tooSmall(), "\n")
	}
	if m.world == nil {
		return strings.Join(m.centred("Gantry is starting…"), "\n")
	}
	a := m.layout()
	lines := make([]string, 0, m.h)
	if a.tabs > 0 {
		lines = append(lines, m.tabs())
	}
	lines = append(lines, m.header())
	if a.banner > 0 {
		lines = append(lines, m.banner())
	}
	lines = append(lines, m.body(a)...)
	foot := m.foot()
	lines = append(lines[:m.h-len(foot)], foot...)
	if o := m.top(); o != nil {
		lines = o.draw(m, lines)
	}
	return strings.Join(lines, "\n")
}

func (m *model) body(a areas) []string {
	switch m.screen {
	case keys.Log, keys.ReplayLog:
		return m.log.Draw()
	case keys.DryRunScreen, keys.AuditScreen, keys.NumbersScreen, keys.CompareScreen:
		return m.drawPage(m.w, a.body)
	case keys.HistoryScreen:
		return m.drawHistory(m.w, a.body)
	case keys.TimelineScreen:
		return m.drawTimeline(m.w, a.body)
	case keys.ReplayScreen:
		return m.drawReplay(a)
	case keys.FleetScreen:
		names := m.services()
		row := func(i int) present.FleetRow { return m.world.FleetRow(names[i], m.now) }
		return m.fleet.Draw(m.theme, m.world.Environments(), len(names), row, m.w, a.body)
	case keys.Inspector:
		if content, found := m.content(); found {
			drawn := m.inspector.Draw(m.theme, content, m.w-a.side, a.body)
			if a.side > 0 {
				return frame.Beside(drawn, m.log.Draw())
			}
			return drawn
		}
	}
	lines := m.board.Draw(m.present(), m.cursor, m.w, a.board, m.spin)
	if a.log > 0 && m.entry.Run == 0 {
		return append(lines[:len(lines):len(lines)], m.welcome(m.w, a.log)...)
	}
	if a.log > 0 {
		lines = append(lines[:len(lines):len(lines)], m.log.Draw()...)
	}
	return lines
}

func (m *model) content() (inspector.Content, bool) {
	i, found := m.inspection()
	c := inspector.Content{
		Inspection: i, Evidence: m.details.proof, Changes: m.details.changes, Now: m.now, Table: m.keys, Facts: m.facts(), Resting: m.resting,
		Around: m.details.lines, AroundFrom: m.details.from + 1, Drill: m.present().Header.Banner != "",
	}
	return c, found
}

func (m *model) tooSmall() []string {
	lines := m.centred(fmt.Sprintf("too small: %d×%d", m.w, m.h))
	if below := (m.h-1)/2 + 1; below < len(lines) {
		lines[below] = m.line(fmt.Sprintf("at least %d×%d", minWidth, minHeight))
	}
	return lines
}

func (m *model) centred(s string) []string {
	lines := frame.Blank(m.w, m.h)
	lines[(m.h-1)/2] = m.line(s)
	return lines
}

// line is a sentence in the middle of a line of its own.
func (m *model) line(s string) string {
	return frame.Centred(m.theme, m.w, []frame.Part{frame.P(theme.Muted, s)})
}

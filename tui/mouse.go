package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// notch is how many lines of a text one notch of the wheel moves.
const notch = 3

// toggleMouse takes the mouse from the terminal, which selects text with it, or gives it back.
func (m *model) toggleMouse() tea.Cmd {
	key := m.keys.Of(keys.Mouse).Key()
	if m.mouse = !m.mouse; m.mouse {
		return tea.Batch(tea.EnableMouseCellMotion, m.say(theme.Text, "Click a stage or a key, turn the wheel: "+key+" gives the mouse back to the terminal, to select text with"))
	}
	return tea.Batch(tea.DisableMouse, m.say(theme.Text, "The mouse is the terminal's own again, to select text with"))
}

// mouseAgain takes the mouse once more after the console was suspended.
func (m *model) mouseAgain() tea.Cmd {
	if !m.mouse {
		return nil
	}
	return tea.EnableMouseCellMotion
}

// point takes what the mouse does. A click on a key presses it, with all that stands before a key.
func (m *model) point(e tea.MouseEvent) tea.Cmd {
	if !m.mouse || m.world == nil || m.w < minWidth || m.h < minHeight || e.Action != tea.MouseActionPress {
		return nil
	}
	if e.IsWheel() {
		return m.wheel(e)
	}
	if e.Button != tea.MouseButtonLeft {
		return nil
	}
	if e.Y >= m.h-len(m.foot()) {
		if key := m.footAt(e.X, e.Y); key != "" {
			return m.key(keys.Press(key))
		}
		return nil
	}
	return m.click(e.X, e.Y)
}

// footAt is the key that stands in a cell of the footer; "" when none does.
func (m *model) footAt(x, y int) string {
	if y != m.h-1 {
		return ""
	}
	left, right := m.footKeys(m.facts())
	o := m.top()
	_, typing := o.(*prompt)
	switch {
	case typing:
		return ""
	case m.notice.text != "":
		left, right = nil, m.besideNotice()
	case o != nil:
		left, right = hintKeys(o), nil
	}
	if at := m.w - frame.Width(drawn(right)); x >= at {
		left, x = right, x-at
	}
	for _, k := range left {
		if x -= frame.Width(k.parts); x < 0 {
			return k.key
		}
	}
	return ""
}

// click takes a click on the screen: it chooses a stage, and opens the one that is chosen already.
func (m *model) click(x, y int) tea.Cmd {
	m.haste.press(fmt.Sprintf("click %d,%d", x, y), m.now)
	m.keyBefore, m.lastKey = m.lastKey, m.now
	if m.resting || m.top() != nil || m.screen != keys.Board {
		return nil
	}
	a := m.layout()
	if y -= m.above(a); y < 0 || y >= a.board {
		return nil
	}
	at, found := m.board.At(m.present(), m.cursor, m.w, x, y)
	switch {
	case !found:
		return nil
	case at == m.cursor && at.Stage != "":
		return m.do(m.keys.Of(keys.Inspect))
	}
	m.cursorTo(at)
	return nil
}

// above is how many lines stand above the screen's body.
func (m *model) above(a areas) int { return a.tabs + a.header + a.banner }

// wheel moves what the mouse points at: lines of a text, or the cursor.
func (m *model) wheel(e tea.MouseEvent) tea.Cmd {
	m.haste.press("wheel", m.now)
	to := map[tea.MouseButton]keys.Action{
		tea.MouseButtonWheelUp: keys.Up, tea.MouseButtonWheelDown: keys.Down, tea.MouseButtonWheelLeft: keys.Left, tea.MouseButtonWheelRight: keys.Right,
	}[e.Button]
	switch m.top().(type) {
	case nil:
	case *prompt:
		return nil
	case *asking:
		page := map[keys.Action]string{keys.Up: "pgup", keys.Down: "pgdown"}[to]
		return m.pressOver(page, 1)
	case *typing:
		return m.pressOver(string(to), 1)
	default:
		return m.pressOver(string(to), notch)
	}
	if m.resting {
		return nil
	}
	a := m.layout()
	y := e.Y - m.above(a)
	switch {
	case m.overLog(a, e.X, y):
		m.stopFilm()
		for range notch {
			m.moveLog(to)
		}
		return nil
	case m.screen == keys.Board && m.w >= board.SideBySide && (to == keys.Up || to == keys.Down):
		return m.wheelOver(e.X, y, to)
	case m.screen&(keys.Inspector|keys.Pages) != 0 && (to == keys.Up || to == keys.Down):
		var cmd tea.Cmd
		for range notch {
			cmd = tea.Batch(cmd, m.move(to))
		}
		return cmd
	}
	return m.move(to)
}

// overLog tells whether the mouse points at a log.
func (m *model) overLog(a areas, x, y int) bool {
	switch m.screen {
	case keys.Log, keys.ReplayLog:
		return true
	case keys.Board:
		return y >= a.board
	case keys.ReplayScreen:
		return y >= a.board && y < a.board+a.log
	case keys.Inspector:
		return a.side > 0 && x >= m.w-a.side
	}
	return false
}

// wheelOver moves the cursor in the column that the mouse points at.
func (m *model) wheelOver(x, y int, to keys.Action) tea.Cmd {
	at, found := m.board.At(m.present(), m.cursor, m.w, x, y)
	if found && at.Column != m.cursor.Column {
		m.cursorTo(at)
		return nil
	}
	return m.move(to)
}

// pressOver presses a key of what lies over the screen as often as the wheel asks for.
func (m *model) pressOver(key string, times int) tea.Cmd {
	var cmd tea.Cmd
	for range times {
		if o := m.top(); o != nil && key != "" {
			cmd = tea.Batch(cmd, o.key(m, keys.Press(key), key))
		}
	}
	return cmd
}

package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// clickOn clicks where a text stands on the screen, the n-th time from 1.
func (c *console) clickOn(s string, n int) {
	c.t.Helper()
	for y, line := range strings.Split(c.screen(), "\n") {
		for from := 0; ; n-- {
			at := strings.Index(line[from:], s)
			if at < 0 {
				break
			}
			if n == 1 {
				c.mouse(ansi.StringWidth(line[:from+at]), y, tea.MouseButtonLeft)
				return
			}
			from += at + len(s)
		}
	}
	c.t.Fatalf("nothing on the screen says %q:\n%s", s, c.screen())
}

func (c *console) mouse(x, y int, button tea.MouseButton) {
	c.now = c.now.Add(time.Second)
	c.send(tea.MouseMsg{X: x, Y: y, Button: button, Action: tea.MouseActionPress})
	c.refresh()
}

func TestTheMouseIsTheTerminalsOwnUntilItsKeyIsPressed(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	before := c.m.cursor
	c.clickOn("migrate", 1)
	if c.m.cursor != before {
		t.Errorf("a click has moved the cursor to %v", c.m.cursor)
	}
	c.press("m")
	c.sees("m gives the mouse back")
	c.clickOn("migrate", 1)
	if c.m.cursor.Stage != "dev/migrate" {
		t.Errorf("the cursor is at %v", c.m.cursor)
	}
	c.press("m")
	c.clickOn("push", 1)
	if c.m.cursor.Stage != "dev/migrate" {
		t.Errorf("the cursor is at %v although the mouse was given back", c.m.cursor)
	}
}

func TestAClickChoosesAStageAndAnotherOneOpensIt(t *testing.T) {
	for _, w := range []int{160, 100, 80} {
		c := open(t, situation.QARunning(), w, 40)
		c.press("m")
		if w < 100 {
			c.clickOn("✓ Dev", 1) // in the strip
		}
		c.clickOn("✓ deploy", 1)
		if c.m.cursor.Stage != "dev/deploy" {
			t.Errorf("%d wide: the cursor is at %v:\n%s", w, c.m.cursor, c.screen())
		}
		c.clickOn("✓ deploy", 1)
		if c.m.screen != keys.Inspector {
			t.Errorf("%d wide: the stage is not open:\n%s", w, c.screen())
		}
	}
}

// Whatever scrolls or is open: a click on a line that begins with a stage's name chooses that stage.
func TestAClickChoosesTheStageThatStandsThere(t *testing.T) {
	all := situation.All()
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(all).Draw(r, "situation")
		w, h := rapid.IntRange(100, 200).Draw(r, "width"), rapid.IntRange(12, 50).Draw(r, "height")
		c := openOn(t, s, w, h, "NO_COLOR=1")
		c.press("m")
		c.m.notice, c.m.resting = notice{}, false
		if c.m.screen != keys.Board {
			c.press("esc")
		}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"up", "down", "left", "right"}), 0, 12).Draw(r, "keys") {
			c.press(k)
		}
		board := c.m.present()
		if len(board.Columns) == 0 {
			return
		}
		col := rapid.SampledFrom(board.Columns).Draw(r, "column")
		if len(col.Cards) == 0 {
			return
		}
		card := rapid.SampledFrom(col.Cards).Draw(r, "card")
		a := c.m.layout()
		for y, line := range strings.Split(c.screen(), "\n") {
			if y < c.m.above(a) || y >= c.m.above(a)+a.board {
				continue
			}
			for x := range w {
				at, found := c.m.board.At(board, c.m.cursor, w, x, y-c.m.above(a))
				if !found || at.Column != col.Name {
					continue
				}
				cells := ansi.Cut(line, x, min(w, x+len(card.Name)+1))
				if cells == card.Name+" " && strings.ContainsAny(ansi.Cut(line, x-2, x-1), "○●✓✗!◔⊘–‖↺»⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") && ansi.Cut(line, x-4, x-3) != " " && at.Stage != card.ID {
					r.Fatalf("%s stands at %d,%d and a click there chooses %s:\n%s", card.ID, x, y, at.Stage, c.screen())
				}
			}
		}
	})
}

func TestAClickOnAKeyOfTheFooterPressesIt(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("m", "esc")
	c.m.notice = notice{}
	c.clickOn("help", 1)
	c.sees("Keys", "type to search")
	c.clickOn("esc back", 1)
	c.clickOn("pause", 1)
	if got := c.asked(); len(got) != 1 || got[0] != promotion.VerbPause {
		t.Errorf("the engine was asked for %v", got)
	}
	c.sees("Paused run 42") // a notice covers the keys, but for the help
	c.clickOn("? help", 1)
	c.sees("type to search")
	c.press("esc")
	c.m.notice = notice{}
	c.clickOn("roll back", 1)
	c.clickOn("esc cancel", 1)
	if c.m.top() != nil {
		t.Errorf("the question is still open:\n%s", c.screen())
	}
	c.clickOn("quit", 1)
	if !c.quit {
		t.Error("a click on quit does not leave")
	}
}

// A click is no faster than a key: what pours in starts nothing.
func TestANoticeLeavesADialogItsKeys(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press("m", "r")
	c.m.say(theme.Text, "the engine is another build")
	c.sees("the engine is another build", "Run orders?", "tab next", "enter take it", "esc cancel")
	c.seesNot("? help")
	c.clickOn("esc cancel", 1)
	c.seesNot("Run orders?")
	c.m.say(theme.Text, "the engine is another build")
	c.sees("the engine is another build", "? help")
	c = open(t, situation.QARunning(), 60, 20)
	c.press("r")
	c.m.say(theme.Text, "the engine is another build than this one is")
	c.sees("the engine is another build than this one", "esc cancel")
}

func TestClicksThatPourInStartNothing(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("m")
	c.m.notice = notice{}
	for x := range 160 {
		c.send(tea.MouseMsg{X: x, Y: 47, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	}
	if got := c.asked(); len(got) != 0 || c.engine.Started.Service != "" || c.quit {
		t.Errorf("noise has asked for %v, started %q, left %v", got, c.engine.Started.Service, c.quit)
	}
}

func TestTheWheelTurnsWhatItPointsAt(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 30)
	c.press("m")
	c.mouse(60, 10, tea.MouseButtonWheelDown)
	if c.m.cursor.Column != "dev" {
		t.Errorf("over another column the cursor is at %v", c.m.cursor)
	}
	at := c.m.cursor
	c.mouse(60, 10, tea.MouseButtonWheelDown)
	if c.m.cursor == at {
		t.Error("the wheel does not move the cursor")
	}
	c.press("esc", "z")
	top := c.m.log.Top()
	c.mouse(60, 10, tea.MouseButtonWheelUp)
	if c.m.log.Lines() > c.m.h && c.m.log.Top() >= top {
		t.Error("the wheel does not move the log")
	}
	c.press("esc", "?")
	before := c.screen()
	c.mouse(60, 10, tea.MouseButtonWheelDown)
	if c.screen() == before {
		t.Error("the wheel does not move the help")
	}
}

func TestAfterTheShellTheMouseIsTheConsolesAgain(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	if cmd := c.m.mouseAgain(); cmd != nil {
		t.Error("the mouse is taken although nobody asked for it")
	}
	c.press("m")
	if cmd := c.m.mouseAgain(); cmd == nil || fmt.Sprintf("%T", cmd()) != fmt.Sprintf("%T", tea.EnableMouseCellMotion()) {
		t.Error("the mouse is not taken again")
	}
}

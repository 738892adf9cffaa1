package tui

import (
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

const (
	causeLine = "▌12:02:14      discount_test.go:41: total is 80.00"
	lastLine  = "line 400 of what came after it"
)

// failsEarly lets the E2E tests of run 42 fail long before their log ends.
func failsEarly(s *situation.Story) {
	s.Writes(42, "=== RUN   TestDiscountIsSubtractedOnce", "    discount_test.go:41: total is 80.00, want 90.00")
	for i := range 400 {
		s.Writes(42, fmt.Sprintf("line %d of what came after it", i+1))
	}
	s.Shows(42, promotion.Tests{Passed: 16, Failed: 1, Total: 31})
	s.Fails(42, promotion.Result{Cause: "total is 80.00, want 90.00", CauseLine: 36})
}

func failedEarly() *situation.Story {
	s := situation.QARunning()
	failsEarly(s)
	return s
}

func TestTheLogOfAFailedStageShowsItsCauseAndNotItsEnd(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {100, 30}, {160, 48}} {
		c := open(t, failedEarly(), size[0], size[1])
		c.sees(causeLine, "the cause, line 36", "=== RUN   TestDiscountIsSubtractedOnce")
		c.seesNot(lastLine)
		c.press("z")
		c.sees(causeLine)
		c.press("G", "esc")
		c.sees(lastLine)
		c.seesNot("the cause, line 36")
	}
}

func TestTheCauseStandsAmidTheLogAlsoWhereTheSizeOfTheScreenComesLate(t *testing.T) {
	c := open(t, failedEarly(), 0, 0)
	c.send(tea.WindowSizeMsg{Width: 100, Height: 30})
	c.refresh()
	c.sees(causeLine, "=== RUN   TestDiscountIsSubtractedOnce")
}

func TestALogThatIsFollowedTurnsToTheCauseWhenItsStageFails(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.sees("following")
	c.tell(failsEarly)
	c.sees("qa/e2e failed", causeLine) // beside the inspector
	c.m.resting = false
	c.press("esc")
	c.sees(causeLine)
}

func TestWhoReadsTheLogIsNotTakenToTheCause(t *testing.T) {
	for what, pressed := range map[string][]string{
		"scrolled": {"home"}, "searched": {"/", "c", "h", "e", "c", "k", "o", "u", "t", "0", "1", "enter"},
		"filtered": {"&", "c", "h", "e", "c", "k", "o", "u", "t", "0", "1", "enter"}, "selected": {"z", "v", "z"},
	} {
		c := open(t, situation.QARunning(), 100, 30)
		c.press(pressed...)
		top, line, filter := c.m.log.Top(), c.m.log.Searching(), c.m.log.Filtering()
		c.tell(failsEarly)
		c.m.screen = keys.Board
		c.refresh()
		c.seesNot("the cause, line 36")
		if c.m.log.Top() != top || c.m.log.Searching() != line || c.m.log.Filtering() != filter {
			t.Errorf("%s: the log went elsewhere:\n%s", what, c.screen())
		}
	}
}

func TestWhoFollowsTheWholeLogStaysThereAndFindsTheCauseOnTheBoard(t *testing.T) {
	c := open(t, situation.QARunning(), 100, 30)
	c.press("z")
	c.tell(failsEarly)
	c.sees(lastLine)
	c.press("z")
	c.sees(causeLine)
}

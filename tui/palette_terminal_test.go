package tui

import (
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// The whole program on a pseudo-terminal: what is typed reaches the palette letter by letter, and the engine once.
func TestTheWholeProgramTakesACommandAndLooksBack(t *testing.T) {
	e := situation.NewEngine(situation.QARunning())
	s := begin(t, e)
	s.until("qa/e2e")
	s.press(":")
	s.until("what shall be done")
	s.press("timel\t31")
	s.until(": timeline 31")
	s.press("\r") // a second later: nobody types so fast
	s.until("Timeline  run 31")
	s.press("h")
	s.until("Round half up")
	s.press("\x1b")
	s.until("following")
	s.press(":pause")
	s.until(": pause")
	s.press("\r")
	s.until("Paused run 42 of orders")
	s.press("?")
	s.until("type to search")
	s.press("veto")
	s.until("/ veto")
	s.press("\r")
	s.until("following")
	s.press(":replay 31 1")
	s.until(": replay 31 1")
	s.press("\r")
	s.until("REPLAY of run 31 at 1×")
	s.press("rxbt")
	s.press("G")
	s.until("at its end")
	s.press("q")
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	if got := e.Commands(); len(got) != 1 || got[0].Verb != promotion.VerbPause {
		t.Errorf("the engine was asked for %+v", got)
	}
}

package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestTheOthersAndWhatTheyAskForAreOnTheScreen(t *testing.T) {
	s := situation.QARunning()
	s.Base.Present = []engine.Presence{{Operator: "ada", Programs: []string{"gantry"}}, {Operator: "grace", Programs: []string{"gantry watch"}}}
	c := open(t, s, 160, 48)
	c.m.work.actor = "ada"
	c.press("left")
	c.sees("grace is here", "continuous deployment")
	c.tell(func(s *situation.Story) {
		s.Base.Present = append(s.Base.Present, engine.Presence{Operator: "li\x1b[2J", Asked: "pause run 42", At: s.Now.Add(time.Second)})
	})
	c.sees("li: pause run 42", "grace is here")
}

func TestWhereNamesHaveNoRoomTheOthersAreCounted(t *testing.T) {
	s := situation.QARunning()
	s.Base.Present = []engine.Presence{{Operator: "grace", Asked: "pause run 42 because of the payment provider", At: s.Now}, {Operator: "li", Programs: []string{"gantry"}}}
	for w, want := range map[int]string{108: " 2 others ", 96: " +2 "} {
		c := open(t, s, w, 30)
		if got := c.screen(); !strings.Contains(got, want) || strings.Contains(got, "grace") {
			t.Errorf("%d wide nothing says %q:\n%s", w, want, got)
		}
	}
}

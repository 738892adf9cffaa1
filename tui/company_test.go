package tui

import (
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

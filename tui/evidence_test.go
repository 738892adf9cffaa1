package tui

import (
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

func TestEvidenceIsReadLikeALog(t *testing.T) {
	c := open(t, situation.RollbackFailed(), 120, 40)
	c.engine.Proves(engine.Evidence{
		Taken: situation.Start, Live: "1.9.0 ran on port 40123", Events: []string{"12:00 it was killed"},
		Logs: []engine.EvidenceFile{{Name: "before.log", Text: "\n"}, {Name: "orders.log", Text: "starting\nlistening\npanic: no such table: orders\n"}},
	})
	c.press("enter")
	c.sees("Evidence", "before anything was rolled back; V opens all of it", "before.log  is empty")
	c.press("V")
	c.sees("evidence", "1.9.0 ran on port 40123", "12:00 it was killed", "panic: no such table: orders", "orders.log")
	c.press("/")
	c.types("table")
	c.press("enter")
	c.sees("/table  1/1")
	c.press("esc", "esc")
	c.sees("Evidence")
	c.press("enter")
	c.seesNot("12:00 it was killed")
}

func TestWithoutEvidenceTheKeySaysWhyNot(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press("enter", "V")
	c.sees("it is captured before a rollback")
}

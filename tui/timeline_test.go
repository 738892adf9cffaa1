package tui

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

func TestTheTimelineIsOpenedFromTheBoardAndTheHistory(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, 160, 48)
	c.press("g")
	c.sees("Timeline  run 42", "build", "integration", "critical path", "waiting", "Rollback of QA", "took 3m32s")
	c.press("g")
	c.seesNot("Timeline")
	c.press("h", "G", "g")
	c.sees("Timeline  run 31", "took 3m39s")
	c.press("esc")
	c.sees("History")
}

func TestTheTimelineGoesOnWithTheRun(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("g")
	c.sees("has taken 2m1")
	c.seesNot("publish")
	c.tell(func(s *situation.Story) { s.Until(42, "prod/copy") })
	c.sees("publish")
	c.tell(func(s *situation.Story) {
		s.Do(promotion.Command{Run: 42, Verb: promotion.VerbPause, Actor: "ada"})
		s.After(time.Hour)
	})
	c.press("G")
	c.sees("prod/copy waited 1h00m: paused by ada")
}

func TestARowOfTheTimelineOpensItsStage(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("g", "G", "enter")
	if c.m.screen != keys.Board || c.m.cursor.Stage != "qa/e2e" {
		t.Errorf("screen %s, stage %s", c.m.screen.On(), c.m.cursor.Stage)
	}
	c.command("timeline 31")
	c.sees("Timeline  run 31")
	if len(c.asked()) != 0 {
		t.Errorf("the engine was asked for %v", c.asked())
	}
}

func TestWhatTheTimeWentIntoAndWhatWasWaitedForGoOnWhereThereIsRoom(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, 80, 24)
	c.press("g")
	c.sees("it went into qa/e2e 1m52s", "qa/acceptance 8s  ")
	c = open(t, situation.WaitsForApproval(), 60, 50)
	c.press("g", "G")
	c.sees("dev/acceptance 8s  ", "│  for prod, as 2f51b8f  ")
}

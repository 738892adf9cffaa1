package present_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

// card is a stage of run 42 as the board shows it.
func card(s *situation.Story, id promotion.StageID) present.Card {
	for _, column := range present.NewWorld(s.Snapshot()).Board(present.Entry{Service: "orders", Run: 42}, s.Now).Columns {
		for _, c := range column.Cards {
			if c.ID == id {
				return c
			}
		}
	}
	return present.Card{}
}

func TestAStageIsSlowOnlyPastWhatItUsuallyTakes(t *testing.T) {
	s := situation.QARunning() // for 41s; usually 50s, at most 60s
	if c := card(s, "qa/e2e"); c.Slow != "" || !strings.Contains(c.Note, "usually 50s") {
		t.Errorf("after 41s it is %q, %q", c.Slow, c.Note)
	}
	if c := card(s.After(19900*time.Millisecond), "qa/e2e"); c.Slow != "" {
		t.Errorf("within a second of what it usually takes it is %q", c.Slow)
	}
	if c := card(s.After(100*time.Millisecond), "qa/e2e"); c.Slow != "slower than usual (p95 1m00s)" {
		t.Errorf("after 1m01s it is %q", c.Slow)
	}
	s.Succeeds(42)
	if c := card(s, "qa/e2e"); c.Slow != "" {
		t.Errorf("a stage that has ended is %q", c.Slow)
	}
}

func TestTheTestsOfEveryStepAreCountedWhileTheyRun(t *testing.T) {
	s := situation.Building() // unit has ended with 214 tests, integration runs
	s.Shows(42, promotion.Tests{Passed: 3, Failed: 1})
	// The run before had 250 tests here: nobody knows how many there are this time.
	if c := card(s, "build/build"); !strings.Contains(c.Note, "218/~250 · 1 failed") || c.Total != 250 {
		t.Errorf("the note is %q, want 218 tests with a failed one", c.Note)
	}
}

func TestEveryColumnThatWaitsSaysWhy(t *testing.T) {
	for _, situation := range situation.All() {
		s := situation.Story()
		w := present.NewWorld(s.Snapshot())
		for _, run := range s.Snapshot().Runs {
			if run.Done() || run.RollingBack() || run.Plan.Kind != promotion.Promotion {
				continue
			}
			current, stage, _ := run.Current()
			reached := true
			for _, c := range w.Board(present.Entry{Service: run.Plan.Service, Run: run.ID}, s.Now).Columns {
				reached = reached && c.Name != current.Name
				waits := !reached && (c.Name != current.Name || stage.State == promotion.StateWaiting)
				if waits && len(c.Foot) == 0 && c.Mark.Word != "next" {
					t.Errorf("%s: %s of run %d waits and does not say why", situation.Name, c.Name, run.ID)
				}
			}
		}
	}
}

func TestHowSoonTheScreenMovesByItself(t *testing.T) {
	for name, want := range map[string]present.Pace{"qa-e2e-running": present.Moving, "paused-before-prod": present.Waiting, "everything-is-live": present.Still} {
		for _, s := range situation.All() {
			if s.Name == name {
				if got := present.NewWorld(s.Story().Snapshot()).Pace(); got != want {
					t.Errorf("%s moves at %d, want %d", name, got, want)
				}
			}
		}
	}
	now := situation.Start
	at := func(age time.Duration) time.Duration {
		return present.NewWorld(engine.Snapshot{Slots: []engine.SlotInfo{{Live: &promotion.Deployment{Since: now.Add(-age)}}}}).NextAge(now)
	}
	for age, want := range map[time.Duration]time.Duration{10 * time.Second: 50 * time.Second, 61 * time.Second: 59 * time.Second, 90 * time.Minute: 30 * time.Minute} {
		if got := at(age); got != want {
			t.Errorf("an age of %s is another one in %s, want %s", age, got, want)
		}
	}
}

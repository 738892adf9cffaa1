package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/replay"
)

// spoken is a story in which the acceptance tests of dev wrote a line a second.
func spoken() *situation.Story {
	s := situation.QAFailed()
	state, _ := s.Run(42).Stage("dev/acceptance")
	log := &situation.Lines{}
	for i := range 4 {
		log.Add(state.Last().Started.Add(time.Duration(i)*time.Second+time.Millisecond), "suite", fmt.Sprint("said after ", i))
	}
	s.Log[engine.AttemptKey{Run: 42, Stage: "dev/acceptance", Attempt: 1}] = log
	return s
}

// seek takes the replay to so long after a stage started.
func (c *console) seek(stage promotion.StageID, after time.Duration) {
	c.t.Helper()
	state, _ := c.story.Run(42).Stage(stage)
	film := c.m.replay.film
	for _, s := range film.Scenes {
		if s.Event.Type == promotion.StageStarted && s.Event.At.Equal(state.Last().Started) {
			c.m.replay.view.Seek(s.From+after, film.Length())
			c.send(tickMsg{c.m.ticks})
			return
		}
	}
	c.t.Fatalf("%s never started in the film", stage)
}

func TestAReplayShowsWhatTheLogHeldThen(t *testing.T) {
	c := openOn(t, situation.Situation{Story: spoken, Show: 42}, 120, 48)
	c.press("p")
	c.seek("dev/acceptance", 0)
	c.sees("dev/acceptance attempt 1 · following", "no line yet")
	c.seesNot("said after")
	c.seek("dev/acceptance", 1500*time.Millisecond)
	c.sees("said after 0", "said after 1", "2 lines")
	c.seesNot("said after 2")
	c.seek("dev/acceptance", 500*time.Millisecond)
	c.sees("said after 0", "1 line ")
	c.seesNot("said after 1")
	c.press("+") // it plays on
	c.m.replay.view.Playing = true
	c.now = c.now.Add(time.Second / 4)
	c.send(tickMsg{c.m.ticks})
	c.sees("said after 2")
	c.press("G")
	c.sees("qa/e2e attempt 1")
	c.press("left")
	c.sees("said after 3", "4 lines")
	c.press("esc")
	c.m.cursorTo(c.m.cursor)
	c.sees("qa/e2e attempt 1")
}

func TestTheBoardsLogIsWholeAgainAfterAReplay(t *testing.T) {
	c := openOn(t, situation.Situation{Story: spoken, Show: 42}, 120, 48)
	for c.m.cursor.Stage != "dev/acceptance" {
		c.press("left")
		if c.m.cursor.Column == "build" {
			t.Fatalf("the cursor is at %v", c.m.cursor)
		}
		for range 10 {
			c.press("down")
		}
	}
	c.sees("said after 3", "4 lines")
	c.press("p")
	c.seek("dev/acceptance", 500*time.Millisecond)
	c.sees("1 line ")
	c.press("esc")
	c.sees("said after 3", "4 lines")
}

func TestAReplayWithoutLogsSaysThatTheyAreGone(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed, Show: 42}, 120, 48)
	c.engine.Gone = "the logs of run 42 are gone: it ended on 2026-03-14, and [keep] in the configuration says for how long they are kept"
	c.press("p")
	c.seek("dev/deploy", 0)
	c.sees("dev/deploy attempt 1", "the logs of run 42 are gone")
	c.press("g")
	c.sees("build/build")
}

func TestTheLogOfAReplayIsReadLikeAnyOther(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed, Show: 42}, 100, 30)
	c.m.work.ring = func(string) {}
	c.press("p")
	c.seek("qa/e2e", time.Hour)
	c.m.replay.view.Playing = true
	c.press("z")
	c.sees("REPLAY of run 42", "exit status 1", "/ search", "39 lines")
	c.press("g", "down", "down")
	c.sees("=== RUN   TestCheckout01", "3 of 39 lines")
	c.press("pgdown")
	c.seesNot("TestCheckout01")
	c.press("/")
	c.types("discount")
	c.press("enter")
	c.sees("▌12:02:14  --- FAIL: TestDiscountIsSubtractedOnce", "/discount  3/3")
	c.press("v", "down", "y")
	c.sees("Copied 2 lines")
	c.press("esc", "esc")
	c.sees("Replay of run 42", "at its end", "REPLAY of run 42")
	c.press("esc")
	c.seesNot("REPLAY")
	if c.m.screen != keys.Board || len(c.asked()) != 0 {
		t.Errorf("it ends on %s, and the engine was asked for %v", c.m.screen.On(), c.asked())
	}
}

func TestTheLogBelowAReplayIsSearchedWhereItIs(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed, Show: 42}, 120, 48)
	c.press("p")
	c.seek("qa/e2e", time.Hour)
	for _, pressed := range [][]string{{"/", "0", "3", "enter"}, {"&", "0", "3", "enter"}, {"e"}} {
		c.m.replay.view.Playing = true
		c.press(pressed...)
		if c.m.replay == nil || c.m.replay.view.Playing {
			t.Fatalf("after %v the film goes on", pressed)
		}
		c.sees("Replay of run 42", "▌")
	}
}

func TestWhatWasWrittenLaterIsNotTakenAwayFromAReplay(t *testing.T) {
	c := openOn(t, situation.Situation{Story: spoken, Show: 42}, 120, 48)
	c.press("p")
	c.seek("dev/acceptance", 1500*time.Millisecond)
	c.press("S", "enter")
	if said := c.saved["orders-run42-dev-acceptance-1.log"]; !strings.Contains(said, "said after 1") || strings.Contains(said, "said after 2") {
		t.Errorf("saved %q", c.saved)
	}
	c.press("/")
	c.types("said")
	c.press("enter")
	c.sees("/said  2/2")
	c.seek("dev/acceptance", 500*time.Millisecond)
	c.sees("1 match")
	c.seek("dev/acceptance", 2500*time.Millisecond)
	c.sees("/said  2/3")
}

func TestAScreenIsDividedWhateverItsHeight(t *testing.T) {
	for h := 4; h <= 80; h++ {
		for wanted := 0; wanted <= 80; wanted += 5 {
			board, log, film := replay.Divide(h, wanted)
			if board+log+film != h || board < 1 || film < 3 || log < 0 || h >= 20 && log < 5 {
				t.Fatalf("%d lines, of which the board wants %d: %d, %d and %d", h, wanted, board, log, film)
			}
		}
	}
}

func TestTheWheelTurnsTheLogBelowAReplay(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed, Show: 42}, 120, 48)
	c.press("m", "p")
	c.seek("qa/e2e", time.Hour)
	at := c.m.replay.view.At
	a := c.m.layout()
	c.mouse(60, c.m.above(a)+a.board+2, tea.MouseButtonWheelUp)
	if c.m.log.Following() || c.m.replay.view.At != at {
		t.Errorf("the log follows: %v; the film is at %s, not at %s", c.m.log.Following(), c.m.replay.view.At, at)
	}
}

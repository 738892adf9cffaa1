package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
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

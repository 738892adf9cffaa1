package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/replay"
)

func TestTheHistoryListsTheRunsOfAServiceAndOpensAny(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	c.engine.Forget(31)
	c.refresh()
	c.press("h")
	c.sees("History", "1.8.0 f60728e", "Bulk discount", "1.7.4 d7fb941", "Round half up", "succeeded", "2 runs")
	c.seesNot("Invoices as PDF")
	c.press("down", "enter")
	c.sees("run 31", "Round half up", "3m39s")
	c.press("h", "right", "right")
	c.sees("History  billing", "Invoices as PDF")
	c.press("left", "left", "left")
	c.sees("every service", "Invoices as PDF", "Round half up", "4 runs")
	c.press("/")
	c.types("pdf")
	c.press("enter")
	c.sees("/pdf", "1 run ")
	c.press("esc")
	c.sees("4 runs")
	c.press("esc")
	c.seesNot("History")
}

func TestARunThatBeginsMeanwhileIsInTheHistory(t *testing.T) {
	c := open(t, situation.Everything(), 120, 40)
	c.press("h")
	c.tell(func(s *situation.Story) { s.Promote(c.m.past.service, "3.0.0", "Out of the blue") })
	c.sees("Out of the blue", "going on at build/build")
}

func TestTwoRunsOfTheHistoryAreCompared(t *testing.T) {
	c := open(t, situation.QAFailed(), 160, 60)
	c.press("h", "G", "c")
	c.sees("Run 31 is marked", "run 31 is compared with the next one")
	c.press("home", "down", "c")
	c.sees("Compare  run 31 with run 42", "What they carried", "1.7.4 d7fb941", "1.8.0 f60728e", "How long the stages took", "qa/e2e", "-9s", "Tests of the newest attempts",
		"2 failed", "TestDiscountIsSubtractedOnce")
	c.press("esc")
	c.sees("History")
	c.command("compare 31 999")
	c.sees("there is no run 999")
}

func TestAReplayShowsTheRunOnceMore(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed, Show: 42}, 160, 48)
	c.press("p")
	c.sees("REPLAY of run 42 at 8×", "no key changes anything", "Replay of run 42", "plays", "event 7 of", "┊")
	c.seesNot("FAIL: TestDiscount")
	c.now = c.now.Add(6 * time.Second)
	c.send(tickMsg{c.m.ticks})
	c.sees("build/build succeeded", "compile")
	c.press("G")
	c.sees("at its end", "qa/e2e failed", "rolling back")
	c.press("g", " ", "+", "+", "+", "+")
	c.sees("REPLAY of run 42 at 64×", "plays")
	c.press("-", "-", "-", "-", "-", "-", "-", "-")
	c.sees("at 1×")
	c.press("g", "]")
	c.sees("stopped")
	c.press("esc")
	c.seesNot("REPLAY")
	if c.m.screen != keys.Board || len(c.asked()) != 0 {
		t.Errorf("screen %s, asked %v", c.m.screen.On(), c.asked())
	}
}

func TestAReplayEndsByItselfAndTheClockRestsThen(t *testing.T) {
	c := open(t, situation.Everything(), 120, 40)
	c.command("replay 42 64")
	c.sees("REPLAY of run 42 at 64×", "plays")
	c.now = c.now.Add(time.Hour)
	c.send(tickMsg{c.m.ticks})
	c.sees("at its end")
	if c.m.plays() {
		t.Error("it still moves")
	}
}

// Whatever is pressed in a replay: the engine is asked for nothing that changes anything.
func TestNoKeyOfAReplayChangesAnything(t *testing.T) {
	for _, b := range keys.Default() {
		if (b.Group == "Drive" || b.Group == "Decide") && b.Where&keys.Replays != 0 {
			t.Errorf("%s works in a replay", b.Action)
		}
	}
	var all []string
	for _, b := range keys.Default() {
		if b.Where&keys.Replays != 0 && b.Action != keys.Back && b.Action != keys.Replay && b.Action != keys.Quit {
			all = append(all, b.Keys...)
		}
	}
	all = append(all, "r", "t", "x", "X", "s", "b", "a", "A", "O", "H", "v", "R", "P", "F", "d", "enter")
	rapid.Check(t, func(r *rapid.T) {
		c := openOn(t, rapid.SampledFrom(situation.All()).Draw(r, "situation"), 120, 40)
		runs := len(c.story.Snapshot().Runs)
		c.press("p")
		if c.m.screen != keys.ReplayScreen {
			return // nothing has run yet
		}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 12).Draw(r, "keys") {
			if c.m.replay == nil {
				break // the palette has left it
			}
			c.press(k)
			fits(r, c)
		}
		if len(c.asked()) != 0 || len(c.story.Snapshot().Runs) != runs {
			r.Fatalf("the engine was asked for %v", c.asked())
		}
	})
	c := openOn(t, situation.Situation{Story: situation.QARunning}, 160, 48)
	c.press("p")
	c.command("pause 42")
	c.sees("Not now: this is a replay, and changes nothing")
	if len(c.asked()) != 0 {
		t.Errorf("the engine was asked for %v", c.asked())
	}
}

func TestALiveRunGoesOnWhileAnotherIsReplayed(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	cursor := c.m.cursor
	c.command("replay 31 1")
	c.tell(func(s *situation.Story) { s.After(time.Second) })
	c.sees("REPLAY of run 31", "Round half up")
	c.press("esc")
	c.sees("Bulk discount")
	if c.m.cursor != cursor {
		t.Errorf("the cursor has moved to %v", c.m.cursor)
	}
}

func TestTheSpeedOfAReplayHasBounds(t *testing.T) {
	v := replay.New(time.Time{}, 1)
	for range 20 {
		v.Faster(true)
	}
	if v.Speed != replay.Fastest {
		t.Errorf("it goes %d times as fast", v.Speed)
	}
	v.Advance(time.Time{}.Add(time.Second), time.Hour)
	if v.At != 64*time.Second {
		t.Errorf("after a second it is at %s", v.At)
	}
}

func BenchmarkFrameOfAHistoryOfTenThousandRuns(b *testing.B) {
	c := open(b, situation.Everything(), 160, 48)
	c.press("h")
	runs := make([]promotion.Run, 10_000)
	for i := range runs {
		runs[i] = promotion.Run{ID: promotion.RunID(10_000 - i), Plan: promotion.Plan{Kind: promotion.Promotion, Service: "orders"}, Outcome: promotion.Succeeded,
			Release: promotion.Release{Version: fmt.Sprint(i), Commit: strings.Repeat("a", 40)}, Started: c.now, Finished: c.now.Add(time.Minute)}
	}
	c.send(runsMsg{asked: c.m.past.asked, runs: runs})
	b.ReportAllocs()
	for b.Loop() {
		c.send(keyMsg("down"))
		c.m.View()
	}
}

package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

func TestRunStartsOneAndShowsIt(t *testing.T) {
	c := open(t, situation.New(), 120, 40)
	c.sees("Nothing of orders has run yet.", "start a run of orders")
	c.press("r")
	c.sees("Run orders?", "all the way", "step by step", "until qa")
	c.press("esc")
	c.sees("Nothing of orders has run yet.")
	c.press("r", "r")
	c.sees("run 1", "Started run 1 of orders", "build/build")
	c.seesNot("Nothing of orders")
}

func TestTheCursorGoesAlongUntilSomebodyMovesIt(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	if c.m.cursor.Stage != "qa/e2e" {
		t.Fatalf("the cursor is on %s", c.m.cursor.Stage)
	}
	c.press("up")
	c.tell(func(s *situation.Story) { s.Succeeds(42); s.Starts(42) })
	if c.m.cursor.Stage != "qa/acceptance" {
		t.Errorf("the cursor went to %s by itself", c.m.cursor.Stage)
	}
	c.press("esc")
	if c.m.cursor.Stage != "qa/stub" {
		t.Errorf("after esc the cursor is on %s, not on what runs", c.m.cursor.Stage)
	}
}

func TestPauseResumeAndStepAskTheEngine(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.sees("space pause")
	c.press("space")
	c.sees("Paused run 42 of orders")
	c.send(noticeOver{c.m.notices})
	c.sees("space resume")
	c.press("s", "space")
	c.sees("Resume run 42 of orders?", "resume: a run that was paused", "[ Cancel ]")
	c.press("space")
	if want := []promotion.Verb{promotion.VerbPause, promotion.VerbStep, promotion.VerbResume}; !slices.Equal(c.asked(), want) {
		t.Errorf("the engine was asked for %v, want %v", c.asked(), want)
	}
	c.sees("Resumed run 42")
}

func TestADisabledKeySaysWhyAndAsksNothing(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("t")
	c.sees("Not now: qa/e2e is running")
	c.press("?")
	c.sees("not now: qa/e2e is running")
	if len(c.asked()) != 0 {
		t.Errorf("the engine was asked for %v", c.asked())
	}
}

func TestAbortAsksFirstAndCancelHasTheFocus(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("x")
	c.sees("Abort run 42 of orders?", "[ Cancel ]")
	c.press("enter")
	c.seesNot("Abort run 42 of orders?")
	if len(c.asked()) != 0 {
		t.Fatalf("the engine was asked for %v", c.asked())
	}
	c.press("x", "tab", "enter")
	if !slices.Equal(c.asked(), []promotion.Verb{promotion.VerbAbort}) {
		t.Fatalf("the engine was asked for %v", c.asked())
	}
	c.sees("aborted")
}

func TestAProtectedEnvironmentWantsItsNameTyped(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	c.press("b")
	c.sees("Roll orders back in Prod?", "Type prod to go on")
	c.press("tab", "enter")
	c.sees("Roll orders back in Prod?")
	c.types("prad")
	c.press("enter")
	c.sees("Roll orders back in Prod?")
	c.press("backspace", "backspace")
	c.types("od")
	c.press("enter")
	c.seesNot("Roll orders back in Prod?")
	if run := c.story.Run(45); run.Plan.Kind != promotion.Rollback {
		t.Errorf("run 45 is %q, want a rollback", run.Plan.Kind)
	}
}

func TestAFailedRunOnHoldRollsBackWhatItsPolicySays(t *testing.T) {
	c := open(t, situation.OnHold(), 160, 48)
	c.sees("on hold: rolls back in 8m12s")
	c.press("b")
	c.sees("Roll back run 42 of orders now?", "1.7.4", "→")
	c.types("prod")
	c.press("enter")
	if !slices.Equal(c.asked(), []promotion.Verb{promotion.VerbRollBack}) {
		t.Fatalf("the engine was asked for %v", c.asked())
	}
	c.sees("rolling back")
}

func TestTheInspectorOpensByItselfAndTakesNoKeyUntilItIsQuiet(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.tell(func(s *situation.Story) { s.FailsE2E() })
	c.sees("qa/e2e failed", "Cause", "Environments now", "keys work when you pause")
	// Somebody was just about to press r and space on the board.
	for range 3 {
		c.now = c.now.Add(100 * time.Millisecond)
		c.send(keyMsg("space"))
	}
	c.now = c.now.Add(399 * time.Millisecond)
	c.send(keyMsg("esc"))
	c.sees("keys work when you pause")
	if len(c.asked()) != 0 {
		t.Fatalf("the engine was asked for %v", c.asked())
	}
	c.now = c.now.Add(400 * time.Millisecond)
	c.send(quietMsg{})
	c.seesNot("keys work when you pause")
	c.send(keyMsg("esc"))
	c.seesNot("Environments now")
}

func TestTheInspectorShowsTheCauseInTheLog(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.QAFailed}, 80, 24)
	c.press("enter")
	c.sees("qa/e2e failed", "line 36 of the log", "discount_test.go:41", "Environments now", "1.7.4", "Failing tests")
	c.press("enter")
	c.sees("discount_test.go:41: total is 80.00")
	if c.m.screen != keys.Log || c.m.log.Following() {
		t.Error("enter did not go to the line in the log")
	}
	for _, screen := range []keys.Screen{keys.Inspector, keys.Board} {
		c.press("esc")
		if c.m.screen != screen {
			t.Error("esc did not go one back")
		}
	}
}

func TestLeavingAsksNothingAndSaysWhereItGoesOn(t *testing.T) {
	s := situation.QARunning()
	s.Base.Elsewhere = "gantry engine (pid 12)"
	c := open(t, s, 120, 40)
	c.press("q")
	if !c.quit {
		t.Fatal("q did not leave")
	}
	var out strings.Builder
	if err := c.m.leave(&out); err != nil || !strings.Contains(out.String(), "1 under way: goes on in gantry engine (pid 12).") {
		t.Errorf("it leaves with %q, %v", out.String(), err)
	}
}

func TestSwitchingBetweenRunsAndServices(t *testing.T) {
	c := open(t, situation.Waits(), 160, 48)
	c.sees("orders 42", "orders 43", "· inventory")
	c.press("tab")
	c.sees("waits: run 42 is in qa")
	c.press("]")
	c.sees("Nothing of inventory has run yet.")
	c.press("shift+tab", "[")
	c.sees("qa/e2e attempt 1")
}

func TestTheFleetOpensTheServiceOfItsRow(t *testing.T) {
	c := open(t, situation.Everything(), 120, 40)
	c.press("f", "down")
	c.sees("Fleet", "inventory", "2.3.1")
	c.press("enter")
	c.sees("run 43", "Reserve in one transaction")
	c.press("f", "/")
	c.types("bill")
	c.press("enter")
	c.sees("1 service by name", "billing")
	c.seesNot("Reserve in one transaction\"\n")
}

func TestSearchingALiveLog(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("home", "/")
	c.types("checkout03")
	c.press("enter")
	c.sees("1/2", "/checkout03")
	c.press("n")
	c.sees("2/2")
	c.press("n")
	c.sees("1/2")
	c.tell(func(s *situation.Story) {
		s.Writes(42, "again TestCheckout03")
		s.Shows(42, promotion.Tests{Passed: 18, Total: 31})
	})
	c.sees("1/3")
	c.press("esc", "G")
	c.sees("following", "again TestCheckout03")
}

func TestCtrlZGoesBackToTheShell(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.press("x", "ctrl+z")
	if !c.asleep {
		t.Error("ctrl+z did nothing")
	}
}

func TestAPastedTextPressesNoKeys(t *testing.T) {
	c := open(t, situation.New(), 120, 40)
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("r"), Paste: true})
	c.refresh()
	c.sees("Nothing of orders has run yet.")
}

func TestResizingNeverLosesTheCursor(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	for _, size := range [][2]int{{80, 24}, {20, 5}, {40, 12}, {1, 1}, {101, 17}} {
		c.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		if size[0] == 20 {
			c.sees("too small: 20×5", "at least 36×10")
		}
		if size[0] >= 40 {
			c.sees("▌⠋ e2e")
		}
	}
}

func TestAnIdleConsoleTicksWhenAnAgeBecomesAnotherAndABusyOneAlways(t *testing.T) {
	c := open(t, situation.Everything(), 120, 40)
	before := c.m.View()
	pace := c.m.due.Sub(c.now)
	if pace < 10*time.Minute || len(c.timers) != 1 { // everything is hours old
		t.Fatalf("%d timers at %s while nothing runs", len(c.timers), pace)
	}
	c.now = c.now.Add(pace - time.Second)
	c.send(c.timers[0])
	if c.m.View() != before {
		t.Error("an idle console drew another frame")
	}
	c.press("r", "r")
	if pace := c.m.due.Sub(c.now); pace > tickEvery {
		t.Errorf("the clocks tick every %s while something runs", pace)
	}
}

func TestTheEnginesEndIsSaid(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.engine.Tell(func(s *situation.Story) {
		s.Base.Notices = append(s.Base.Notices, engine.Notice{At: s.Now, Text: "the engine did not start: config.toml:120: no such key", Error: true})
	})
	c.refresh()
	c.send(engineGone{})
	c.sees("the engine did not start: config.toml:120: no such key", "how things stood then", "leave with q", "open the console again")
	c.sees("the engine has stopped")
	c.send(engineGone{sought: true})
	c.sees("how things stood then: an engine", "looked for again and again")
	c.refresh()
	c.sees("the engine is back")
	c.seesNot("the engine has stopped")
	c.send(engineGone{})
	c.press("q")
	if !c.quit {
		t.Error("q did not leave a console without an engine")
	}
}

// Whatever is pressed, and whatever happens meanwhile: no panic, and every frame fits.
func TestRandomKeysAndEvents(t *testing.T) {
	tries(t)
	all, names := situation.All(), append(anyKeys(), "q")
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(all).Draw(r, "situation")
		c := openOn(t, s, rapid.IntRange(20, 200).Draw(r, "width"), rapid.IntRange(5, 60).Draw(r, "height"))
		for i := range rapid.IntRange(1, 40).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, fmt.Sprint("what ", i)) {
			case 0:
				c.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 220).Draw(r, "w"), Height: rapid.IntRange(1, 70).Draw(r, "h")})
			case 1:
				c.tell(func(s *situation.Story) { happens(s, rapid.Bool().Draw(r, "fails")) })
			case 2:
				c.send(tickMsg{c.m.ticks})
			case 3:
				c.send(quietMsg{})
			default:
				c.press(rapid.SampledFrom(names).Draw(r, "key"))
			}
			fits(r, c)
		}
	})
}

// happens lets the next thing happen to the oldest run that can go on.
func happens(s *situation.Story, fails bool) {
	s.After(700 * time.Millisecond)
	runs := s.Snapshot().Runs
	for i := len(runs) - 1; i >= 0; i-- {
		_, stage, ok := runs[i].Current()
		switch {
		case runs[i].Done() || runs[i].Aside() || runs[i].RollingBack() || !ok || (stage.Bad() && !stage.Retry) || (runs[i].Paused && runs[i].Granted == 0):
			continue
		case stage.State != promotion.StateRunning:
			s.Starts(runs[i].ID)
		case fails:
			s.Writes(runs[i].ID, "it broke")
			s.Fails(runs[i].ID, promotion.Result{Cause: "it broke", CauseLine: 1})
		default:
			s.Writes(runs[i].ID, "it went well")
			s.Succeeds(runs[i].ID)
		}
		return
	}
}

func TestNoKeyOfAPromptBreaksTheConsole(t *testing.T) {
	for _, k := range []tea.KeyMsg{
		{Type: tea.KeyRunes, Runes: []rune("d"), Alt: true}, {Type: tea.KeyDelete, Alt: true}, {Type: tea.KeyRunes, Runes: []rune("b"), Alt: true},
		{Type: tea.KeyRunes, Runes: []rune("f"), Alt: true}, {Type: tea.KeyBackspace, Alt: true}, {Type: tea.KeyCtrlW}, {Type: tea.KeyCtrlK}, {Type: tea.KeyCtrlU},
		{Type: tea.KeyCtrlD}, {Type: tea.KeyCtrlV}, {Type: tea.KeyCtrlN}, {Type: tea.KeyCtrlP}, {Type: tea.KeyTab},
	} {
		for _, typed := range []string{"", " ", "   ", "ab", "ab  ", "  ab", "ab cd  "} {
			for back := range len(typed) + 1 {
				c := open(t, situation.QARunning(), 120, 40)
				c.press("/")
				c.types(typed)
				for range back {
					c.press("left")
				}
				c.send(k)
				c.press("enter")
			}
		}
	}
}

func TestWhatTheNextKeysDoIsReadToItsEndAtAnyWidth(t *testing.T) {
	for _, w := range []int{40, 80, 120} {
		c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, w, 70)
		c.press("enter", "G")
		said := strings.Join(strings.Fields(strings.ReplaceAll(c.screen(), "│", " ")), " ")
		if want := "put the run's release aside in Dev to investigate it, or take it away again; it never counts as live"; !strings.Contains(said, want) {
			t.Errorf("at %d cells nothing says %q:\n%s", w, want, c.screen())
		}
	}
}

func TestWhatStandsAtTheHeadOfAColumnIsSaidToItsEndWhereItLeavesTheCardsTheirRoom(t *testing.T) {
	s := situation.SlowAndDrifted()
	s.Drift = map[promotion.Slot]string{{Environment: "prod", Service: "orders"}: "somebody has put 9ab01fe there by hand, though it is 3f9c1e2 that should be live, as the audit says"}
	open(t, s, 160, 48).sees("audit says")
	low := open(t, s, 160, 20)
	low.sees("≠ drift", "…")
	low.seesNot("audit says")
}

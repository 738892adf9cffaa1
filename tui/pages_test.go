package tui

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// rehearse opens the console in a situation in which a dry run says something.
func rehearse(t *testing.T, w, h int, env ...string) *console {
	s := situation.HeldByAPerson()
	c := open(t, s, w, h, env...)
	c.engine.Plan = situation.Rehearsed(s)
	return c
}

func TestADryRunCannotBeMistakenForTheRealThing(t *testing.T) {
	c := rehearse(t, 120, 40)
	c.press("d")
	c.sees("/ DRY RUN of orders: nothing is changed /", "Dry run", "go build -trimpath", "application image", "qa/orders → prod/orders",
		"hold: bo holds prod: the payment provider is down", "who can open it: an operator: release it", "rolls back prod → 1.7.4", "┊")
	before := len(c.story.Snapshot().Runs)
	c.press("esc")
	c.seesNot("DRY RUN")
	if after := len(c.story.Snapshot().Runs); after != before || len(c.asked()) != 0 {
		t.Error("a dry run has changed something")
	}
}

func TestWhatWasReviewedIsRunAndNothingElse(t *testing.T) {
	c := rehearse(t, 120, 40)
	c.press("d", "enter")
	c.sees("Run this plan?", "orders 1.9.0 663fd88", "5d41402abc4b2a76", "[ Cancel ]")
	c.press("enter")
	c.sees("Dry run")
	c.press("enter", "tab", "enter")
	c.sees("Started run 43 of orders")
	if got := c.engine.Started; got.Plan != "5d41402abc4b2a76" || got.Service != "orders" || got.Actor != "ada" {
		t.Errorf("the engine was asked for %+v", got)
	}
}

func TestAPlanWithSomethingWrongIsNotRun(t *testing.T) {
	c := rehearse(t, 120, 40)
	c.engine.Plan.Checks[0].State = engine.CheckWrong
	c.press("d", "enter")
	c.sees("Not now: 1 of its checks found something wrong")
}

func TestTheAuditShowsWhoDidWhatAndTheNewestFirst(t *testing.T) {
	c := open(t, situation.Frozen(), 160, 48)
	c.press("O")
	c.types("prod")
	c.press("tab")
	c.types("see INC-7")
	c.press("enter", "u")
	c.sees("Audit", "ada", "override prod", "because: see INC-7", "start", "run 42 · orders 1.8.0")
	c.press("/")
	c.types("inc-7")
	c.press("enter")
	c.sees("/inc-7", "override prod")
	c.seesNot("start ")
	c.press("esc")
	c.sees("start ")
	c.press("u")
	c.seesNot("Audit")
}

func TestTheNumbersSayWhatTheyMeanAndLookFurtherBack(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	c.press("n")
	c.sees("Numbers", "the last 30 days", "All services", "n = ")
	c.press("right")
	c.sees("the last 90 days")
	c.press("right", "left", "left")
	c.sees("the last 7 days")
	c.press("home")
	c.sees("Day by day", "4 in all, at most 3 a day", "went wrong", "promotions that passed all their environments")
	c.press("G")
	c.sees("How long the stages take", "what 95 of 100 stay below", "Day by day, from")
}

func TestAnAnswerForAnotherPageIsLeftOut(t *testing.T) {
	c := open(t, situation.Everything(), 120, 40)
	c.press("n", "u")
	c.send(pageMsg{asked: c.m.reading.asked - 1, err: errors.New("too late")})
	c.seesNot("too late")
	c.send(pageMsg{asked: c.m.reading.asked, err: errors.New("the journal cannot be read")})
	c.sees("the journal cannot be read")
}

// Only the rows on the screen are drawn, however long the audit is.
func BenchmarkFrameOfAnAuditOfAHundredThousandEntries(b *testing.B) {
	c := open(b, situation.Everything(), 160, 48)
	c.press("u")
	entries := make([]engine.AuditEntry, 100_000)
	for i := range entries {
		entries[i] = engine.AuditEntry{At: c.now.Add(time.Duration(i) * time.Second), Who: "ada", What: promotion.VerbRetry, Run: promotion.RunID(i), Service: "orders", Result: fmt.Sprint("done ", i)}
	}
	c.send(pageMsg{asked: c.m.reading.asked, audit: entries})
	if c.m.screen != keys.AuditScreen {
		b.Fatal("the audit is not open")
	}
	b.ReportAllocs()
	for b.Loop() {
		c.send(keyMsg("down"))
		c.m.View()
	}
}

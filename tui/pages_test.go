package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
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

// due lets the time come that the console waits for to ask for its page anew.
func (c *console) due() {
	c.t.Helper()
	waiting := c.timers
	c.timers = nil
	found := 0
	for _, msg := range waiting {
		if _, isDue := msg.(pageDue); isDue {
			found++
			c.send(msg)
		}
	}
	if found != 1 {
		c.t.Errorf("%d questions wait for their time, want one", found)
	}
}

func TestTheAuditGoesAlongWithWhatHappens(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 24)
	c.press("u")
	c.sees("Audit", "start")
	c.seesNot("pause")
	pause := promotion.Command{Run: 42, Verb: promotion.VerbPause, Actor: "bo", Reason: "lunch"}
	c.tell(func(s *situation.Story) { s.Do(pause) })
	c.tell(func(s *situation.Story) {
		s.Do(promotion.Command{Run: 42, Verb: promotion.VerbResume, Actor: "bo", Reason: "back again"})
	})
	c.seesNot("pause") // not at once: more may come
	c.due()
	c.sees("pause", "because: lunch", "because: back again")
	c.refresh() // nothing has happened
	if c.m.reading.waits {
		t.Error("it is asked for again though nothing has happened")
	}
	c.tell(func(s *situation.Story) { s.Do(pause) })
	c.press("u", "n") // another page is open when the time comes
	for _, msg := range c.timers {
		c.send(msg)
	}
	c.sees("Numbers")
	if c.m.reading.audit != nil {
		t.Error("the numbers have got an audit")
	}
}

func TestWhoeverReadsFurtherDownInTheAuditStaysThere(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 24)
	c.press("u")
	entries := make([]engine.AuditEntry, 60)
	for i := range entries {
		entries[i] = engine.AuditEntry{At: c.now, Who: "ada", What: promotion.VerbRetry, Service: "orders", Result: fmt.Sprintf("result %03d", i)}
	}
	c.send(pageMsg{asked: c.m.reading.asked, audit: entries[:50]})
	c.sees("result 049")
	c.press("pgdown")
	before := c.m.reading.sheet
	c.seesNot("result 049")
	first := strings.Split(c.screen(), "\n")[3]
	c.m.reading.waits = true
	c.send(pageMsg{asked: c.m.reading.asked, audit: entries})
	if after := strings.Split(c.screen(), "\n")[3]; after != first {
		t.Errorf("the first line was %q and is %q (%+v)", first, after, before)
	}
	c.press("home")
	c.sees("result 059")
	c.send(pageMsg{asked: c.m.reading.asked, audit: append(entries, engine.AuditEntry{At: c.now, Who: "bo", What: promotion.VerbPause, Result: "the newest"})})
	c.sees("the newest")
}

func TestTheNumbersGoAlongWithWhatHappens(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("n")
	c.sees("the last 30 days")
	c.press("left")
	asked := c.m.reading.asked
	c.tell(func(s *situation.Story) { s.Completes(42) })
	c.due()
	if c.m.reading.asked != asked+1 || c.m.reading.seq != c.m.world.Snapshot.Seq {
		t.Errorf("question %d of event %d, after %d and now at event %d", c.m.reading.asked, c.m.reading.seq, asked, c.m.world.Snapshot.Seq)
	}
	c.sees("the last 7 days", "as of "+c.now.Format("15:04:05"))
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

func TestTheTabOfADrillLooksLikeOne(t *testing.T) {
	c := open(t, situation.Drill(), 160, 48)
	drills := 0
	for _, e := range c.m.world.Entries(0) {
		parts := c.m.tab(nil, e, false)
		name := parts[len(parts)-2]
		drill := strings.HasSuffix(name.Text, " drill")
		if drill {
			drills++
		}
		if (name.Role == theme.Drill) != drill {
			t.Errorf("%q is drawn as %s", name.Text, name.Role)
		}
	}
	if drills == 0 {
		t.Error("there is no drill among the tabs")
	}
}

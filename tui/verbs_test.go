package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// asks presses keys in a situation and gives the one command that the engine got.
func asks(t *testing.T, s *situation.Story, press func(*console)) promotion.Command {
	t.Helper()
	c := open(t, s, 160, 48)
	press(c)
	commands := c.engine.Commands()
	if len(commands) != 1 {
		t.Fatalf("the engine was asked for %v, want one command:\n%s", c.asked(), c.screen())
	}
	if commands[0].ID == "" || commands[0].Actor != "ada" {
		t.Errorf("the command has the id %q and the actor %q", commands[0].ID, commands[0].Actor)
	}
	return commands[0]
}

// failedOnHold is a failure in QA that waits for a person without an end.
func failedOnHold() *situation.Story {
	s := situation.New()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	plan.Columns[2].OnFailure = "hold"
	id := s.Begin(plan, "bo")
	s.Until(id, "qa/e2e")
	s.Starts(id)
	return s.After(40*time.Second).Fails(id, promotion.Result{Cause: "the test's certificate has expired"})
}

func TestRetryExplainsItselfBeforeItActs(t *testing.T) {
	got := asks(t, failedOnHold(), func(c *console) {
		c.press("t")
		c.sees("Retry qa/e2e?", "retry: the stage that went wrong once more", "[ Cancel ]")
		c.press("enter")
		if len(c.asked()) != 0 {
			t.Fatal("Cancel had not the focus")
		}
		c.press("t", "t")
	})
	if got.Verb != promotion.VerbRetry || got.Stage != "qa/e2e" {
		t.Errorf("asked for %+v", got)
	}
}

func TestRetryFromGoesBackToTheChosenStage(t *testing.T) {
	got := asks(t, failedOnHold(), func(c *console) {
		c.press("F")
		c.sees("Not now: the run stands at qa/e2e: press t, or choose an earlier stage")
		c.press("up", "up", "F")
		c.sees("Retry from qa/deploy?", "retry from: this stage and all after it")
		c.press("tab", "enter")
	})
	if got.Verb != promotion.VerbRetryFrom || got.Stage != "qa/deploy" {
		t.Errorf("asked for %+v", got)
	}
}

func TestRetryFromAnotherEnvironmentSaysWhatWouldWork(t *testing.T) {
	c := open(t, failedOnHold(), 160, 48)
	c.press("left", "F")
	c.sees("Not now: the run stands in qa, and dev/acceptance is another environment's: rerun it from there once it has ended")
}

func TestRerunLetsChooseWhereItBegins(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, 160, 48)
	c.press("R")
	c.sees("Rerun 1.8.0", "rerun: a new run of the same release", "Build", "Dev", "QA", "not possible: run 42 has not passed qa", "▌ QA")
	c.press("down", "enter")
	c.sees("Rerun 1.8.0") // Prod cannot be chosen
	c.press("up", "up", "enter")
	c.sees("Run 42 goes once more as run 46 of orders")
	run := c.story.Run(46)
	if run.Plan.Rerun != 42 || run.Columns[0].Name != "dev" || run.Release.Image != c.story.Run(42).Release.Image {
		t.Errorf("run 46 begins in %s with %s, of run %d", run.Columns[0].Name, run.Release.Name(), run.Plan.Rerun)
	}
}

func TestARerunIsReviewedBeforeItIsStarted(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, 160, 48)
	c.engine.Plan = situation.Rehearsed(c.story)
	c.press("R", "up", "tab")
	c.sees("[ Dry run ]")
	c.press("enter")
	c.sees("DRY RUN of orders", "Dry run of run 42 of orders once more, from dev")
	if runs := len(c.story.Snapshot().Runs); c.m.screen != keys.DryRunScreen || c.story.Run(46).ID != 0 {
		t.Fatalf("on the screen %s there are %d runs", c.m.screen.On(), runs)
	}
	c.press("enter")
	c.sees("Run this plan?", c.engine.Plan.Hash)
	c.press("tab", "enter")
	c.sees("Run 42 goes once more as run 46 of orders")
	if asked := c.engine.Reran; asked.Run != 42 || asked.From != "dev" || asked.Plan != c.engine.Plan.Hash {
		t.Errorf("asked for %+v", asked)
	}
}

func TestARunIsReviewedAsFarAsItShallGo(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.HeldByAPerson}, 120, 40)
	c.engine.Plan = situation.Rehearsed(c.story)
	c.press("r", "down", "down", "tab", "enter")
	c.sees("DRY RUN of")
	if until := c.m.reading.dryRun.Until; until != "dev" {
		t.Errorf("the dry run is of a run until %q", until)
	}
	if asked := c.asked(); len(asked) > 0 {
		t.Errorf("the engine was asked for %v", asked)
	}
}

func TestARunThatGoesOnIsNotRerun(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("R")
	c.sees("Not now: run 42 has not ended: retry it, or abort it first")
}

func TestAnApprovalNamesWhatItApproves(t *testing.T) {
	story := situation.WaitsForApproval()
	release := story.Run(42).Release
	got := asks(t, story, func(c *console) {
		c.sees("a approve", "A reject", "⊠ approval", "waits for an approval: 1.8.0", "continuous delivery: the auditors sign every release")
		c.press("a")
		c.sees("Approve 1.8.0", "for Prod?", release.Commit, string(release.Image[:40]), "Grace <grace@example.org>", "1.7.4", "four eyes", "[ Cancel ]")
		c.types("prod")
		c.press("tab")
		c.types("seen in QA")
		c.press("enter")
		c.sees("Approved 1.8.0")
	})
	if got.Verb != promotion.VerbApprove || got.Environment != "prod" || got.Digest != release.Image || got.Reason != "seen in QA" {
		t.Errorf("asked for %+v", got)
	}
	c := open(t, story, 160, 48)
	c.sees("approved by ada")
	c.press("a")
	c.sees("Not now: ada has approved it already")
}

func TestARejectionWantsAReasonAndEndsTheRun(t *testing.T) {
	got := asks(t, situation.WaitsForApproval(), func(c *console) {
		c.press("A", "tab", "enter")
		c.sees("Reject 1.8.0")
		c.types("prices are wrong")
		c.press("enter")
		c.sees("⊘ rejected")
	})
	if got.Verb != promotion.VerbReject || got.Reason != "prices are wrong" {
		t.Errorf("asked for %+v", got)
	}
}

func TestNobodyApprovesTheirOwnWorkWithFourEyes(t *testing.T) {
	c := open(t, situation.WaitsForApproval(), 160, 48)
	c.m.work.actor = "grace"
	c.press("a")
	c.sees("Not now: grace wrote or started it, and prod wants four eyes: ask somebody else")
}

func TestAFrozenGateIsOverriddenWithAReason(t *testing.T) {
	got := asks(t, situation.Frozen(), func(c *console) {
		c.sees("⊠ frozen 1d19h", "until Mon 16 Mar 08:00 (1d19h)", "time, or an operator may override", "O override")
		c.press("O")
		c.sees("Override the freeze gate of prod?", "nobody is there to look")
		c.types("prod")
		c.press("tab", "enter")
		c.sees("Override the freeze gate of prod?") // the reason is missing
		c.types("INC-7")
		c.press("enter")
	})
	if got.Verb != promotion.VerbOverride || got.Environment != "prod" || got.Stage != "" || got.Reason != "INC-7" {
		t.Errorf("asked for %+v", got)
	}
}

func TestAFailedVerificationIsOverriddenAndShownAsThat(t *testing.T) {
	got := asks(t, failedOnHold(), func(c *console) {
		c.press("O")
		c.sees("Override qa/e2e?", "the test's certificate has expired", "never as passed")
		c.types("see INC-7")
		c.press("enter")
		c.sees("» e2e", "overridden: see INC-7")
	})
	if got.Verb != promotion.VerbOverride || got.Stage != "qa/e2e" || got.Environment != "" {
		t.Errorf("asked for %+v", got)
	}
}

func TestWhatChangesAnEnvironmentIsNotOverridden(t *testing.T) {
	s := situation.New()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "dev/deploy")
	s.Starts(id)
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportError, Stage: "dev/deploy", Attempt: 1, Result: &promotion.Result{Cause: "no answer"}})
	c := open(t, s, 160, 48)
	c.press("O")
	c.sees("Not now: dev/deploy changes what later stages rely on, and cannot be waved through: retry it, or abort")
}

func TestHoldingAndReleasingTheChosenEnvironment(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("right", "H")
	c.sees("Hold Prod for orders?")
	c.types("the payment provider is down")
	c.press("enter")
	c.sees("prod is on hold", "on hold by ada since 12:", "payment provider is down")
	c.send(noticeOver{c.m.notices})
	c.sees("H release prod")
	c.press("H")
	c.sees("Release Prod for orders?", "ada holds it since")
	c.press("tab", "tab", "enter")
	c.sees("prod is not on hold any more")
	c.seesNot("on hold by ada")
}

func TestTheFleetShowsWhatIsOnHold(t *testing.T) {
	c := open(t, situation.HeldByAPerson(), 160, 48)
	c.press("f")
	c.sees("⊠ held")
}

func TestAReleaseIsVetoedAndAllowedAgain(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("right", "v")
	c.sees("Veto 1.8.0", "▌ Prod", "in every environment")
	c.types("its prices are wrong")
	c.press("enter")
	veto := c.engine.Commands()[0]
	if veto.Verb != promotion.VerbVeto || veto.Slot.Environment != "prod" || veto.Digest != c.story.Run(42).Release.Image {
		t.Fatalf("asked for %+v", veto)
	}
	c.sees("⊠ vetoed: this release may not enter")
	c.press("v")
	c.sees("Allow 1.8.0")
	c.press("tab", "enter")
	c.seesNot("vetoed: this release")
}

func TestTheCountdownOfARunOnHoldIsExtendedAndStopped(t *testing.T) {
	story := situation.OnHold()
	until := *story.Run(42).Held.Until
	got := asks(t, story, func(c *console) {
		c.sees("on hold: rolls back in 8m12s", "+ 10 min more", "space stop countdown")
		c.press("+")
		c.sees("stays on hold until 12:22:47", "rolls back in 18m11s")
	})
	if got.Verb != promotion.VerbExtend || !got.Until.Equal(until.Add(10*time.Minute)) {
		t.Errorf("asked for %+v", got)
	}
	got = asks(t, situation.OnHold(), func(c *console) {
		c.press("space")
		c.sees("on hold until somebody acts", "The countdown is stopped")
		c.press("+")
		c.sees("Not now: no countdown runs")
	})
	if got.Verb != promotion.VerbPause {
		t.Errorf("asked for %+v", got)
	}
}

func TestAbortWithRollbackShowsWhatItReverts(t *testing.T) {
	got := asks(t, situation.QARunning(), func(c *console) {
		c.press("X")
		c.sees("Abort run 42 of orders and roll back?", "QA", "Dev", "→", "no migration is undone", "[ Cancel ]")
		c.types("wrong prices")
		c.press("enter")
		c.sees("rolling back")
	})
	if got.Verb != promotion.VerbRollBack || got.Reason != "wrong prices" {
		t.Errorf("asked for %+v", got)
	}
}

func TestABackoffCanBeCutShort(t *testing.T) {
	got := asks(t, situation.BacksOff(), func(c *console) {
		c.sees("errored, again in 22s:", "⊠ backs off 22s")
		c.press("t", "t")
	})
	if got.Verb != promotion.VerbRetry || got.Stage != "qa/deploy" {
		t.Errorf("asked for %+v", got)
	}
}

func TestWhileTheLogIsSearchedTheKeysForThatComeFirst(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	if _, found := c.m.find("N"); found {
		t.Error("N means something while nothing is searched")
	}
	c.press("/")
	c.types("Checkout")
	c.press("enter")
	c.sees("n next match", "N match before")
	if b, _ := c.m.find("n"); b.Action != "search-next" {
		t.Errorf("n means %s", b.Action)
	}
}

func TestAnotherReleaseIsRolledBackToOnlyAfterItWasShown(t *testing.T) {
	c := open(t, situation.Everything(), 160, 48)
	live, good := c.story.Run(42).Column, c.story.Run(31)
	prod, _ := live("prod")
	older := promotion.Deployment{Release: good.Release, Since: situation.Start.Add(-200 * time.Hour), Cause: "promoted", Run: 31}
	c.engine.Preview = engine.RollbackPreview{
		Slot: promotion.Slot{Environment: "prod", Service: "orders"}, Protected: true, From: prod.Deployed, To: prod.LastGood, Available: false,
		Refused: "the image is not in prod any more: copy it there again", Others: []promotion.Deployment{older},
		Warnings: []string{"1.8.0 has taken something away with its migration 0007"}, FromBy: "ada, run 42",
	}
	c.press("b")
	c.sees("Roll orders back in Prod?", "NOT in the repository any more", "ada, run 42", "0007", "not possible: refused, see above", "another", "shows first what")
	c.press("down", "enter")
	if len(c.asked()) != 0 || c.m.top() == nil || c.engine.Previewed.To != string(good.Release.Image) {
		t.Errorf("a preview of %+v was asked for, and %v", c.engine.Previewed, c.asked())
	}
}

func TestAFailedReleaseIsPutAsideAndRemovedAgain(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.DevMovedOn, Show: 42}, 160, 48)
	c.press("P")
	c.sees("Put 1.8.0", "never counts as live", "[ Cancel ]")
	c.types("what breaks?")
	c.press("enter")
	c.sees("The release of run 42 is put aside by run 46 of orders", "aside: 1.8.0", "orders 46 aside")
	c.tell(func(s *situation.Story) { s.Until(46, "dev/remove") })
	c.send(noticeOver{c.m.notices})
	c.sees("put aside", "P remove", "+ 1 hour more", "stays 7h59m")
	c.press("x")
	c.sees("Not now: it would stay for ever: remove it with P")
	c.press("+")
	c.sees("stays 8h59m")
	c.press("P", "tab", "tab", "enter")
	if got := c.asked(); len(got) != 2 || got[0] != promotion.VerbExtend || got[1] != promotion.VerbRemove {
		t.Errorf("the engine was asked for %v", got)
	}
}

func TestWhatIsPutAsideIsListedBesideWhatIsLive(t *testing.T) {
	c := open(t, situation.Aside(), 160, 48)
	c.press("shift+tab")
	c.sees("‖ aside: 1.8.0", "by ada, run", "7h47m", "http://127.0.0.1:412")
}

func TestTheConsoleOpensWithTheNewestPromotionAndNotWithWhatWasPutAsideBeforeIt(t *testing.T) {
	s := situation.Aside()
	id := s.Promote("orders", "1.9.0", "Gift cards")
	c := open(t, s.Completes(id), 160, 48)
	c.sees(fmt.Sprintf("run %d  1.9.0", id), "Gift cards")
}

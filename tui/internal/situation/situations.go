package situation

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Situation is a moment that somebody looks at the console.
type Situation struct {
	Name  string
	Story func() *Story
	Show  promotion.RunID // the run on the screen; 0: what the console shows by itself
}

// All are the situations that the console is drawn in by the tests.
func All() []Situation {
	return append([]Situation{
		{Name: "nothing-has-run-yet", Story: New},
		{Name: "building", Story: Building},
		{Name: "qa-e2e-running", Story: QARunning},
		{Name: "qa-e2e-slower-than-usual-prod-drifted", Story: SlowAndDrifted},
		{Name: "qa-e2e-failed-rolling-back", Story: QAFailed},
		{Name: "qa-e2e-failed-dev-moved-on", Story: DevMovedOn, Show: 42},
		{Name: "prod-acceptance-failed-on-hold", Story: OnHold},
		{Name: "prod-rollback-failed", Story: RollbackFailed},
		{Name: "paused-before-prod", Story: Paused},
		{Name: "waits-for-run-42-in-qa", Story: Waits},
		{Name: "everything-is-live", Story: Everything},
		{Name: "compile-broke", Story: CompileBroke},
		{Name: "drill-of-a-failing-deploy", Story: Drill},
		{Name: "hostile-names", Story: Hostile, Show: 1},
	}, gated()...)
}

// history gives orders a release that is good everywhere.
func history() *Story {
	s := New().Timed("orders").SkipTo(31)
	s.Now = Start.Add(-6 * 24 * time.Hour)
	s.Completes(s.Promote("orders", "1.7.4", "Round half up"))
	s.Now = Start
	return s.SkipTo(42)
}

// Building is the first minute of a run.
func Building() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	stage := s.Starts(id)
	for i, name := range []string{"compile", "unit", "integration"} {
		step := promotion.Step{Name: name, State: promotion.StateSucceeded, Elapsed: promotion.Duration(9 * time.Second), Started: s.Now}
		if i == 1 {
			step.Tests = &promotion.Tests{Passed: 214}
		}
		if i == 2 {
			step.State, step.Elapsed = promotion.StateRunning, 0
		}
		s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportStep, Stage: stage, Attempt: 1, Step: &step})
		s.After(7 * time.Second)
	}
	s.Writes(id, "=== RUN   TestReserve", "--- PASS: TestReserve (0.02s)")
	return s.Shows(id, promotion.Tests{})
}

// QARunning is a run whose end-to-end tests are half done.
func QARunning() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "qa/e2e")
	s.Starts(id)
	s.After(41 * time.Second)
	for i := range 17 {
		s.Writes(id, fmt.Sprintf("=== RUN   TestCheckout%02d", i), fmt.Sprintf("--- PASS: TestCheckout%02d (1.%02ds)", i, i))
	}
	return s.Shows(id, promotion.Tests{Passed: 17, Total: 31})
}

// SlowAndDrifted is a run whose end-to-end tests take longer than ever, while somebody has deployed to Prod by hand, and
// others look on.
func SlowAndDrifted() *Story {
	s := QARunning().After(30 * time.Second)
	s.Drift = map[promotion.Slot]string{{Environment: "prod", Service: "orders"}: "9ab01fe runs, but 3f9c1e2 should"}
	s.Base.Present = []engine.Presence{
		{Operator: "ada", Programs: []string{"gantry"}, Asked: "run orders", At: s.Now},
		{Operator: "bob", Programs: []string{"gantry"}},
		{Operator: "grace", Asked: "approve prod of run 41", At: s.Now.Add(-4 * time.Minute)},
		{Operator: "linus", Asked: "pause run 12", At: s.Now.Add(-3 * time.Hour)},
	}
	return s
}

// QAFailed is the moment after the end-to-end tests failed in QA, while QA is being rolled back.
func QAFailed() *Story {
	s := QARunning().FailsE2E()
	s.RollsBack(42, "qa")
	return s.After(2 * time.Second)
}

// FailsE2E lets the end-to-end tests of run 42 fail.
func (s *Story) FailsE2E() *Story {
	s.Writes(42, "=== RUN   TestDiscountIsSubtractedOnce", "    discount_test.go:41: total is 80.00, want 90.00: the discount was subtracted twice",
		"--- FAIL: TestDiscountIsSubtractedOnce (1.31s)", "FAIL", "exit status 1")
	step := promotion.Step{Name: "run", State: promotion.StateFailed, Exit: 1, Elapsed: promotion.Duration(41 * time.Second), Started: s.Now}
	s.Do(promotion.Command{Run: 42, Verb: promotion.VerbReportStep, Stage: "qa/e2e", Attempt: 1, Step: &step})
	return s.Fails(42, promotion.Result{
		Cause: "TestDiscountIsSubtractedOnce: total is 80.00, want 90.00: the discount was subtracted twice", CauseStep: "run", CauseLine: 36,
		Tests: &promotion.Tests{Passed: 29, Failed: 2, Failing: []promotion.FailedTest{
			{Name: "TestDiscountIsSubtractedOnce", Message: "total is 80.00, want 90.00: the discount was subtracted twice"},
			{Name: "TestReceiptShowsTheDiscount", Message: "line 3 of the receipt reads -20.00, want -10.00"},
		}},
	})
}

// DevMovedOn is a failure in QA after a newer run had deployed in Dev: Dev is left alone.
func DevMovedOn() *Story {
	s := QARunning()
	newer := s.Promote("orders", "1.9.0", "Gift cards")
	s.Until(newer, "qa/copy")
	s.Writes(42, "=== RUN   TestDiscountIsSubtractedOnce", "    discount_test.go:41: total is 80.00, want 90.00", "--- FAIL: TestDiscountIsSubtractedOnce (1.31s)", "FAIL")
	s.Fails(42, promotion.Result{Cause: "TestDiscountIsSubtractedOnce: total is 80.00, want 90.00", CauseStep: "run", CauseLine: 36,
		Tests: &promotion.Tests{Passed: 30, Failed: 1, Failing: []promotion.FailedTest{{Name: "TestDiscountIsSubtractedOnce", Message: "total is 80.00, want 90.00"}}}})
	qa := s.RollsBack(42, "qa")
	s.RolledBack(42, qa, "qa")
	dev := s.Begin(s.RollbackPlan(42, "dev"), "gantry")
	s.Do(promotion.Command{Run: 42, Verb: promotion.VerbLinkRollback, Environment: "dev", Linked: dev})
	slot := s.ledger.Slot(promotion.Slot{Environment: "dev", Service: "orders"})
	s.Do(promotion.Command{Run: dev, Verb: promotion.VerbEnter, Environment: "dev", Live: slot.Live, Target: slot.LastGood})
	return s.Do(promotion.Command{Run: 42, Verb: promotion.VerbEndRollback, Environment: "dev", Linked: dev, Outcome: s.Run(dev).Outcome, Reason: s.Run(dev).Reason})
}

// OnHold is a failure in Prod that waits ten minutes for somebody to look.
func OnHold() *Story {
	s := history()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	plan.Columns[3].OnFailure, plan.Columns[3].HoldFor = "hold", promotion.Duration(10*time.Minute)
	id := s.Begin(plan, "ada")
	s.Until(id, "prod/acceptance")
	s.Starts(id)
	s.After(6 * time.Second)
	s.Fails(id, promotion.Result{Cause: "GET /orders/1 answered 502", Tests: &promotion.Tests{Passed: 11, Failed: 1}})
	return s.After(108 * time.Second)
}

// RollbackFailed is a rollback of Prod that did not reach its target.
func RollbackFailed() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "prod/acceptance")
	s.Starts(id)
	s.After(6 * time.Second)
	s.Fails(id, promotion.Result{Cause: "GET /orders/1 answered 502"})
	back := s.RollsBack(id, "prod")
	s.Until(back, "prod/rollback")
	s.Starts(back)
	s.After(30 * time.Second)
	s.Fails(back, promotion.Result{Cause: "1.7.4 did not become healthy within 30s"})
	return s.Do(promotion.Command{Run: id, Verb: promotion.VerbEndRollback, Environment: "prod", Linked: back, Outcome: s.Run(back).Outcome, Reason: s.Run(back).Reason})
}

// Paused is a run that an operator stopped before Prod.
func Paused() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "prod/copy")
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbPause, Actor: "ada"})
	return s.After(90 * time.Second)
}

// Waits is a newer run behind an older one that is in QA.
func Waits() *Story {
	s := QARunning()
	newer := s.Promote("orders", "1.9.0", "Gift cards")
	s.Until(newer, "qa/copy")
	s.Do(promotion.Command{Run: newer, Verb: promotion.VerbShut, Environment: "qa", Gate: &promotion.Waiting{Reason: "run 42 is in qa", Who: "run 42"}})
	return s.After(12 * time.Second)
}

// Everything is three services that are live everywhere, and nothing under way.
func Everything() *Story {
	s := history()
	s.Completes(s.Promote("orders", "1.8.0", "Bulk discount"))
	s.Completes(s.Promote("inventory", "2.3.1", "Reserve in one transaction"))
	s.Completes(s.Promote("billing", "0.9.0", "Invoices as PDF"))
	return s.After(3 * time.Hour)
}

// CompileBroke is a run that never left the build column.
func CompileBroke() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	stage := s.Starts(id)
	s.After(3 * time.Second)
	step := promotion.Step{Name: "compile", State: promotion.StateFailed, Exit: 1, Elapsed: promotion.Duration(3 * time.Second), Started: s.Now}
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportStep, Stage: stage, Attempt: 1, Step: &step})
	s.Writes(id, "# orders", "./discount.go:17:9: undefined: rate")
	return s.Fails(id, promotion.Result{Cause: "./discount.go:17:9: undefined: rate", CauseStep: "compile", CauseLine: 2})
}

// Drill is a rehearsal under way.
func Drill() *Story {
	s := history()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	plan.Drill = &promotion.Drill{Stage: "qa/deploy", How: "fail"}
	id := s.Begin(plan, "ada")
	s.Until(id, "qa/deploy")
	s.Starts(id)
	return s.After(3 * time.Second)
}

// Hostile is a service whose names and output try to write to the terminal.
func Hostile() *Story {
	s := New()
	evil := "\x1b[2J\x1b]0;owned\x07\u202eevil\tname 東京🚀 \x9b31m"
	s.Base.Services = append(s.Base.Services, engine.ServiceInfo{Name: evil, Team: evil})
	plan := s.Plan(evil, "1.0.0\x1b[5m", evil)
	id := s.Begin(plan, evil)
	s.Starts(id)
	s.Writes(id, evil, "loading 1%\rloading 50%\rloading 100%\r", "\x1b[31mred\x1b[0m")
	return s.Fails(id, promotion.Result{Cause: evil + evil + evil, CauseLine: 1})
}

// Writes adds lines to the log of the running stage.
func (s *Story) Writes(id promotion.RunID, texts ...string) *Story {
	_, stage, _ := s.Run(id).Current()
	key := engine.AttemptKey{Run: id, Stage: stage.ID, Attempt: stage.Last().N}
	if s.Log[key] == nil {
		s.Log[key] = &Lines{}
	}
	s.Log[key].Add(s.Now, "run", texts...)
	return s
}

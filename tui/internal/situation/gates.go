package situation

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// gated are the situations in which a gate is shut, or a person has decided something.
func gated() []Situation {
	return []Situation{
		{Name: "prod-waits-for-approval", Story: WaitsForApproval},
		{Name: "prod-is-frozen", Story: Frozen},
		{Name: "prod-soaks-in-qa", Story: Soaks},
		{Name: "prod-is-held-by-a-person", Story: HeldByAPerson},
		{Name: "overridden-flaky-over-budget", Story: Overridden},
		{Name: "qa-deploy-backs-off", Story: BacksOff},
		{Name: "dev-acceptance-stalled", Story: Stalled},
		{Name: "superseded-before-qa", Story: Superseded, Show: 43},
		{Name: "vetoed-by-a-person", Story: Vetoed},
		{Name: "put-aside-in-dev", Story: Aside},
		{Name: "prod-finishes-though-qa-is-rolled-back", Story: RevertedFurtherBack, Show: 42},
		{Name: "qa-is-rolled-back-by-hand", Story: RolledBackByHand},
	}
}

// Knocks lets the run ask whether it may enter the environment it stands before, and journals why it may not.
func (s *Story) Knocks(id promotion.RunID, freeze *promotion.Waiting) *Story {
	column, _, _ := s.Run(id).Current()
	waiting, supersedes := s.ledger.Entry(id, column.Name, promotion.Facts{Now: s.Now, Freeze: freeze})
	if supersedes != 0 {
		s.Do(promotion.Command{Run: supersedes, Verb: promotion.VerbSupersede, Linked: id})
		return s.Knocks(id, freeze)
	}
	if waiting == nil {
		panic("this story cannot happen: nothing keeps the run out")
	}
	return s.Do(promotion.Command{Run: id, Verb: promotion.VerbShut, Environment: column.Name, Gate: waiting})
}

// Rules asks something of a slot of orders.
func (s *Story) Rules(verb promotion.Verb, environment, actor, reason string, image promotion.Digest) *Story {
	slot := s.Run(s.last).Plan.Slot(environment)
	slot.Service = "orders"
	return s.Do(promotion.Command{Verb: verb, Actor: actor, Reason: reason, Slot: &slot, Digest: image})
}

// beforeProd is a run that has passed QA; change edits its plan first.
func beforeProd(change func(*Story, *promotion.Plan)) (*Story, promotion.RunID) {
	s := history()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	change(s, &plan)
	id := s.Begin(plan, "bo")
	s.Until(id, "prod/copy")
	return s, id
}

// WaitsForApproval is continuous delivery: a person must let the release into Prod.
func WaitsForApproval() *Story {
	s, id := beforeProd(func(s *Story, plan *promotion.Plan) {
		s.Base.Mode, s.Base.Justified = "continuous-delivery", "the auditors sign every release"
		plan.Mode, plan.Source.Author = "continuous-delivery", "Grace <grace@example.org>"
		plan.Columns[3].Approval = &promotion.Approval{Expires: promotion.Duration(24 * time.Hour), FourEyes: true}
	})
	return s.Knocks(id, nil).After(90 * time.Second)
}

// Frozen is a weekend in which nothing enters Prod.
func Frozen() *Story {
	s, id := beforeProd(func(*Story, *promotion.Plan) {})
	until := Start.Add(44 * time.Hour)
	freeze := promotion.Waiting{Gate: promotion.GateFreeze, Reason: "freeze \"weekend\": nobody is there to look", Since: Start.Add(-13 * time.Hour), Until: &until, Who: "time, or an operator: override"}
	return s.Knocks(id, &freeze).After(5 * time.Minute)
}

// Soaks is a release that must be live in QA for an hour before it goes on.
func Soaks() *Story {
	s, id := beforeProd(func(_ *Story, plan *promotion.Plan) { plan.Columns[2].Soak = promotion.Duration(time.Hour) })
	return s.Knocks(id, nil).After(12 * time.Minute)
}

// HeldByAPerson is a run behind somebody's hold of Prod.
func HeldByAPerson() *Story {
	s, id := beforeProd(func(*Story, *promotion.Plan) {})
	s.Rules(promotion.VerbHold, "prod", "bo", "the payment provider is down", "")
	return s.Knocks(id, nil).After(25 * time.Minute)
}

// Vetoed is a release that a person keeps out of Prod.
func Vetoed() *Story {
	s, id := beforeProd(func(*Story, *promotion.Plan) {})
	s.Rules(promotion.VerbVeto, "prod", "bo", "its prices are wrong", s.Run(id).Release.Image)
	return s.Knocks(id, nil).After(time.Minute)
}

// Overridden is a run with a flaky acceptance that took too long, and an E2E that a person has waved through.
func Overridden() *Story {
	s := history()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	acceptance, e2e := &plan.Columns[1].Stages[4], &plan.Columns[2].Stages[5]
	acceptance.Retries, acceptance.RetryFailed, acceptance.Budget = 1, true, promotion.Duration(5*time.Second)
	e2e.OnFailure = "hold"
	id := s.Begin(plan, "ada")
	s.Until(id, "dev/acceptance")
	s.Starts(id)
	s.After(6 * time.Second)
	s.Fails(id, promotion.Result{Cause: "GET /orders/1 answered 502", Tests: &promotion.Tests{Passed: 11, Failed: 1}})
	s.Until(id, "qa/e2e")
	s.Starts(id)
	s.After(40 * time.Second)
	s.Fails(id, promotion.Result{Cause: "the test's certificate has expired", Tests: &promotion.Tests{Passed: 30, Failed: 1}})
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbOverride, Stage: "qa/e2e", Actor: "ada", Reason: "the certificate is the test's own, see INC-7"})
	s.Starts(id)
	return s.After(2 * time.Second)
}

// BacksOff is a deploy without a verdict that is tried again after a while.
func BacksOff() *Story {
	s := history()
	plan := s.Plan("orders", "1.8.0", "Bulk discount")
	plan.Columns[2].Stages[3].Retries, plan.Columns[2].Stages[3].Backoff = 2, promotion.Duration(30*time.Second)
	id := s.Begin(plan, "ada")
	s.Until(id, "qa/deploy")
	s.Starts(id)
	s.After(4 * time.Second)
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportError, Stage: "qa/deploy", Attempt: 1, Result: &promotion.Result{Cause: "the platform does not answer: connection refused"}})
	return s.After(8 * time.Second)
}

// Stalled is an acceptance without a sign of life past its deadline.
func Stalled() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "dev/acceptance")
	s.Starts(id)
	s.After(10 * time.Minute)
	s.Do(promotion.Command{Run: id, Verb: promotion.VerbReportStall, Stage: "dev/acceptance", Attempt: 1, Reason: "no end within 10m0s"})
	return s.After(time.Minute)
}

// Superseded is a run that waited for QA and gave way to a newer one.
func Superseded() *Story {
	s := QARunning()
	older := s.Promote("orders", "1.9.0", "Gift cards")
	s.Until(older, "qa/copy").Knocks(older, nil)
	newer := s.Promote("orders", "1.10.0", "Gift cards, wrapped")
	s.Until(newer, "qa/copy").Knocks(newer, nil)
	return s.After(5 * time.Second)
}

// RevertedFurtherBack is a run that verifies in Prod while an operator takes its release out of QA.
func RevertedFurtherBack() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Until(id, "prod/acceptance")
	s.Starts(id)
	s.After(3 * time.Second)
	s.Until(s.Begin(s.ByHand(id, "qa"), "grace"), "qa/rollback")
	return s.After(2 * time.Second)
}

// RolledBackByHand is QA after an operator has taken a release out of it that had come all the way.
func RolledBackByHand() *Story {
	s := history()
	id := s.Promote("orders", "1.8.0", "Bulk discount")
	s.Completes(id).After(time.Hour)
	return s.Completes(s.Begin(s.ByHand(id, "qa"), "grace")).After(time.Minute)
}

// ByHand is an operator's rollback of what a run has made live.
func (s *Story) ByHand(id promotion.RunID, environment string) promotion.Plan {
	plan := s.RollbackPlan(id, environment)
	plan.Trigger, plan.Revert.Cause, plan.Revert.Reverts = "operator", 0, id
	return plan
}

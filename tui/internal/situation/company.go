package situation

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Company is eight services of which nearly every one is in another state: one is on its way, one came back from QA, one is
// held in Prod, one was changed there by hand, and one waits for its soak.
func Company() *Story {
	s := New().Timed("orders")
	for _, more := range []engine.ServiceInfo{
		{Name: "accounts", Team: "identity"}, {Name: "payments", Team: "money"}, {Name: "pricing", Team: "checkout"},
		{Name: "search", Team: "discovery"}, {Name: "shipping", Team: "logistics"},
	} {
		more.Path = "services/" + more.Name
		s.Base.Services = append(s.Base.Services, more)
	}
	for i, r := range []struct{ service, version, subject string }{
		{"search", "5.0.2", "Typos cost less"}, {"billing", "0.9.0", "Invoices as PDF"}, {"payments", "3.2.0", "Refunds in parts"},
		{"accounts", "2.0.0", "Passkeys"}, {"orders", "1.7.4", "Round half up"}, {"shipping", "1.1.9", "Islands are abroad"},
		{"pricing", "4.4.0", "Net prices"}, {"inventory", "2.3.1", "Reserve in one transaction"},
	} {
		s.Now = Start.Add(-time.Duration(8-i) * 19 * time.Hour)
		s.Completes(s.committed(r.service, r.version, r.subject, time.Duration(i+2)*time.Hour))
	}
	s.Now = Start.Add(-time.Hour)
	s.cameBack(s.committed("payments", "3.3.0", "Chargebacks", time.Hour))
	pricing := promotion.Slot{Environment: "prod", Service: "pricing"}
	s.Do(promotion.Command{Verb: promotion.VerbHold, Actor: "grace", Reason: "the tax office has a typo in its table", Slot: &pricing})
	s.Drift = map[promotion.Slot]string{{Environment: "prod", Service: "search"}: "9ab01fe runs, but 5.0.2 should"}
	s.soaking()
	id := s.committed("orders", "1.8.0", "Bulk discount", 40*time.Minute)
	s.Until(id, "qa/e2e")
	s.Starts(id)
	return s.After(41 * time.Second)
}

// committed starts the promotion of a commit that was made so long ago.
func (s *Story) committed(service, version, subject string, ago time.Duration) promotion.RunID {
	plan := s.Plan(service, version, subject)
	plan.Source.Committed = s.Now.Add(-ago)
	return s.Begin(plan, "ada")
}

// cameBack lets a run fail in QA, and be rolled back there and in Dev.
func (s *Story) cameBack(id promotion.RunID) {
	s.Until(id, "qa/e2e")
	s.Starts(id)
	s.Fails(id, promotion.Result{Cause: "TestChargeback: want 201, got 500", Tests: &promotion.Tests{Passed: 30, Failed: 1}})
	for _, environment := range []string{"qa", "dev"} {
		s.RolledBack(id, s.RollsBack(id, environment), environment)
	}
}

// soaking is a release of shipping that must be live in QA for two hours before it goes on.
func (s *Story) soaking() {
	plan := s.Plan("shipping", "1.2.0", "Parcel lockers")
	plan.Source.Committed, plan.Columns[2].Soak = s.Now.Add(-2*time.Hour), promotion.Duration(2*time.Hour)
	id := s.Begin(plan, "ada")
	s.Until(id, "prod/copy").Knocks(id, nil)
}

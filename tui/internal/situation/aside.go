package situation

import (
	"context"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// asidePlan puts the release of a run aside in Dev.
func (s *Story) asidePlan(of promotion.RunID) promotion.Plan {
	run := s.Run(of)
	plan, release := run.Plan, run.Release
	plan.Kind, plan.Trigger, plan.Rerun, plan.Release, plan.Expires = promotion.Reprovision, "operator", of, &release, promotion.Duration(8*time.Hour)
	plan.Drill, plan.Columns = nil, []promotion.Column{column("dev", false, nil, "migrate", "deploy", "remove")}
	return plan
}

// Aside is a release that failed in QA, put aside in Dev by a developer.
func Aside() *Story {
	s := QAFailed()
	s.RolledBack(42, 43, "qa")
	s.RolledBack(42, s.RollsBack(42, "dev"), "dev")
	id := s.Begin(s.asidePlan(42), "ada")
	s.Until(id, "dev/remove")
	return s.After(12 * time.Minute)
}

// asides are what is put aside next to a slot.
func (s *Story) asides(slot promotion.Slot) []engine.Aside {
	var all []engine.Aside
	for _, run := range s.ledger.Runs() {
		if run.Plan.Kind != promotion.Reprovision || run.Done() {
			continue
		}
		for _, c := range run.Columns {
			a := engine.Aside{Run: run.ID, Slot: run.Plan.Slot(c.Name), Release: run.Release, Actor: run.Actor, Expires: run.Expires, Endpoint: "http://127.0.0.1:41234"}
			if beside := (promotion.Slot{Environment: a.Slot.Environment, Service: a.Slot.Service, Team: a.Slot.Team}); beside == slot {
				all = append(all, a)
			}
		}
	}
	return all
}

// Reprovision puts a run's release aside.
func (e *Engine) Reprovision(_ context.Context, r engine.ReprovisionRequest) (id promotion.RunID, err error) {
	e.Tell(func(s *Story) {
		id = s.last + 1
		plan := s.asidePlan(r.Run)
		if err = s.Try(promotion.Command{Run: id, Verb: promotion.VerbStart, Actor: r.Actor, Reason: r.Reason, Plan: &plan}); err == nil {
			s.last = id
		}
	})
	return id, err
}

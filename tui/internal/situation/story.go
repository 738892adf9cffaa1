// Package situation tells stories about runs for the console's tests: each command goes through the real core, so a
// story cannot show what could not happen. It is imported by tests only.
package situation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Start is when every story begins.
var Start = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// Story is a pipeline whose runs a test moves on by hand.
type Story struct {
	Now      time.Time
	Base     engine.Snapshot
	Log      map[engine.AttemptKey]*Lines
	ledger   *promotion.Ledger
	events   []promotion.Event
	progress map[engine.AttemptKey]engine.Progress
	Drift    map[promotion.Slot]string // what the platforms say
	last     promotion.RunID
	commands int

	forgotten []promotion.RunID // left out of the snapshots
}

// New is the default pipeline with the services orders, inventory and billing, and nothing run.
func New() *Story {
	return &Story{
		Now: Start, ledger: promotion.NewLedger(), progress: map[engine.AttemptKey]engine.Progress{},
		Log: map[engine.AttemptKey]*Lines{},
		Base: engine.Snapshot{
			Mode: "continuous-deployment",
			Environments: []engine.EnvironmentInfo{
				{Name: "dev", Platform: "sandbox"}, {Name: "qa", Platform: "sandbox"}, {Name: "prod", Platform: "sandbox", Protected: true},
			},
			Services: []engine.ServiceInfo{
				{Name: "orders", Team: "checkout", Path: "services/orders", DependsOn: []string{"inventory"}, Head: strings.Repeat("3f9c1e2a", 5)},
				{Name: "inventory", Team: "stock", Path: "services/inventory", Head: strings.Repeat("77ab01fe", 5)},
				{Name: "billing", Team: "money", Path: "services/billing", Head: strings.Repeat("c0ffee12", 5)},
			},
		},
	}
}

// Snapshot is what the engine would say now.
func (s *Story) Snapshot() engine.Snapshot {
	snapshot := s.Base
	snapshot.At, snapshot.Seq, snapshot.Runs = s.Now, int64(len(s.events)), s.ledger.Runs()
	snapshot.Runs = slices.DeleteFunc(snapshot.Runs, func(r promotion.Run) bool { return slices.Contains(s.forgotten, r.ID) })
	snapshot.Progress = map[engine.AttemptKey]engine.Progress{}
	for key, p := range s.progress {
		snapshot.Progress[key] = p
	}
	for _, service := range s.Base.Services {
		for _, environment := range s.Base.Environments {
			state := s.ledger.Slot(promotion.Slot{Environment: environment.Name, Service: service.Name})
			info := engine.SlotInfo{Slot: state.Slot, Live: state.Live, LastGood: state.LastGood, Drift: s.Drift[state.Slot], Holder: state.Holder, Hold: state.Hold, Aside: s.asides(state.Slot)}
			for image := range state.Vetoed {
				info.Vetoed = append(info.Vetoed, image)
			}
			slices.Sort(info.Vetoed)
			snapshot.Slots = append(snapshot.Slots, info)
		}
	}
	return snapshot
}

// Events are a run's events.
func (s *Story) Events(run promotion.RunID) []promotion.Event {
	var events []promotion.Event
	for _, e := range s.events {
		if e.Run == run {
			events = append(events, e)
		}
	}
	return events
}

// Run is a run as it stands.
func (s *Story) Run(id promotion.RunID) promotion.Run { return s.ledger.Run(id) }

// madeBy is who made a release live, and in which run.
func (s *Story) madeBy(d *promotion.Deployment) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("%s, run %d", s.Run(d.Run).Actor, d.Run)
}

// After lets time pass.
func (s *Story) After(d time.Duration) *Story {
	s.Now = s.Now.Add(d)
	return s
}

// Try sends a command through the core.
func (s *Story) Try(c promotion.Command) error {
	s.commands++
	if c.ID == "" {
		c.ID = fmt.Sprintf("c%d", s.commands)
	}
	events, err := s.ledger.Decide(c, s.Now)
	if err != nil {
		return err
	}
	for _, e := range events {
		e.Seq = int64(len(s.events) + 1)
		s.events = append(s.events, e)
		s.ledger.Apply(e)
	}
	return nil
}

// Do sends a command that must be accepted: a story that breaks a rule is a mistake in the test.
func (s *Story) Do(c promotion.Command) *Story {
	if c.Actor == "" {
		c.Actor = "gantry"
	}
	if err := s.Try(c); err != nil {
		panic(fmt.Sprintf("this story cannot happen: %v", err))
	}
	return s
}

// Begin starts a run of a plan.
func (s *Story) Begin(plan promotion.Plan, actor string) promotion.RunID {
	s.last++
	s.Do(promotion.Command{Run: s.last, Verb: promotion.VerbStart, Actor: actor, Plan: &plan})
	return s.last
}

// Promote starts a promotion of a service.
func (s *Story) Promote(service, version, subject string) promotion.RunID {
	return s.Begin(s.Plan(service, version, subject), "ada")
}

// SkipTo numbers the next run.
func (s *Story) SkipTo(id promotion.RunID) *Story {
	s.last = id - 1
	return s
}

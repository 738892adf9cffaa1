package promotion

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// SlotState is what the events say about one slot.
type SlotState struct {
	Slot     Slot            `json:"slot"`
	Holder   RunID           `json:"holder,omitempty"` // the run that holds the lock; 0: nobody
	Live     *Deployment     `json:"live,omitempty"`   // nil: empty
	LastGood *Deployment     `json:"good,omitempty"`   // the newest of Good that is not vetoed
	Used     bool            `json:"used,omitempty"`   // something was live here at some time
	History  []Deployment    `json:"-"`                // the newest deployments, oldest first
	Good     []Deployment    `json:"-"`                // the newest of those that passed every verification, oldest first
	Vetoed   map[Digest]Veto `json:"vetoed,omitempty"` // image → why it may not enter
	Hold     *Hold           `json:"hold,omitempty"`   // a person's; nil: none
	// Contracts are the migrations that took something away from the slot's schema, oldest first, each once.
	Contracts []Contract `json:"contracts,omitempty"`
}

// Contract is a migration that took away what an older release may still use. It stays, whatever becomes of the release
// that brought it.
type Contract struct {
	Name    string    `json:"name"`
	Release string    `json:"release"` // as people call it
	At      time.Time `json:"at"`
}

// migrated notes what a release's migrations have taken away.
func (s *SlotState) migrated(r Release, at time.Time) {
	for _, name := range r.Contracts {
		if !slices.ContainsFunc(s.Contracts, func(c Contract) bool { return c.Name == name }) {
			s.Contracts = append(s.Contracts, Contract{Name: name, Release: r.Name(), At: at})
		}
	}
}

// remembered is how many deployments of a slot are kept: how far a rollback can go back.
const remembered = 50

func remember(list []Deployment, d Deployment) []Deployment {
	list = append(list, d)
	return list[max(0, len(list)-remembered):]
}

// Slots are copies of the states of all slots that were ever entered, in a fixed order: how they stand, without their
// History, what was Good before, and what their vetoes say was there Before.
func (l *Ledger) Slots() []SlotState {
	slots := make([]SlotState, 0, len(l.slots))
	for slot := range l.slots {
		slots = append(slots, l.Standing(slot))
	}
	slices.SortFunc(slots, func(a, b SlotState) int { return a.Slot.compare(b.Slot) })
	return slots
}

func (s *SlotState) copied() SlotState {
	state := *s
	state.Vetoed = maps.Clone(s.Vetoed)
	return state
}

func (s Slot) compare(other Slot) int {
	return cmp.Or(strings.Compare(s.Environment, other.Environment), strings.Compare(s.Service, other.Service),
		strings.Compare(s.Team, other.Team), cmp.Compare(s.Aside, other.Aside))
}

// Standing is how a slot stands, without its History and what was Good before: of many slots that is much quicker.
func (l *Ledger) Standing(slot Slot) SlotState {
	s, found := l.slots[slot]
	if !found {
		return SlotState{Slot: slot}
	}
	state := s.copied()
	state.History, state.Good = nil, nil
	return state
}

// Slot is a copy of a slot's state.
func (l *Ledger) Slot(slot Slot) SlotState {
	s, found := l.slots[slot]
	if !found {
		return SlotState{Slot: slot}
	}
	l.recall(slot.Service)
	return s.copied()
}

func (l *Ledger) live(slot Slot) *Deployment {
	if s, found := l.slots[slot]; found {
		return s.Live
	}
	return nil
}

func (l *Ledger) slot(slot Slot) *SlotState {
	l.recall(slot.Service)
	s, found := l.slots[slot]
	if !found {
		s = &SlotState{Slot: slot, Vetoed: map[Digest]Veto{}}
		l.slots[slot] = s
	}
	return s
}

func (s *SlotState) deployed(d *Deployment) {
	s.Live = d
	if d != nil {
		s.Used, s.History = true, remember(s.History, *d)
	}
}

func (l *Ledger) passed(run *Run, environment string) {
	if environment == BuildColumn {
		return
	}
	s := l.slot(run.Plan.Slot(environment))
	if s.Holder == run.ID {
		s.Holder = 0
	}
	if column, _ := run.Column(environment); run.Plan.Kind == Promotion && column.Deployed != nil && column.verified() {
		// The release has learnt more since its deploy: the stub that was made from it.
		good := *column.Deployed
		good.Release = run.Release
		s.Live, s.Good = &good, remember(s.Good, good)
		s.allow(good.Release.Image)
		s.LastGood = s.newestGood()
	}
}

// reverted takes into account how a rollback ended. A release that was rolled back, or would have been had it still been
// live or had the rollback not failed, does not come back by itself.
func (l *Ledger) reverted(run *Run) {
	revert := run.Plan.Revert
	if revert == nil || revert.From == "" || imageOf(revert.Target) == revert.From {
		return
	}
	if revert.Drill {
		l.withdraw(run)
		return
	}
	if run.Outcome != RolledBack && run.Outcome != LeftAlone && run.Outcome != RollbackFailed {
		return
	}
	for i := range run.Columns {
		s := l.slot(run.Plan.Slot(run.Columns[i].Name))
		s.veto(revert.From, Veto{By: run.ID, At: run.Finished, Reason: run.Reason, Before: revert.Target})
		if run.Outcome == RolledBack { // an operator may insist on a release that was rolled back before
			s.allow(imageOf(revert.Target))
		}
		s.LastGood = s.newestGood()
	}
}

// withdraw takes back that the release of a drill was good where it was rolled back: it may come again by itself, but a
// rollback goes to what was good before it.
func (l *Ledger) withdraw(rollback *Run) {
	if rollback.Outcome != RolledBack {
		return
	}
	for i := range rollback.Columns {
		s := l.slot(rollback.Plan.Slot(rollback.Columns[i].Name))
		var good []Deployment
		for _, d := range s.Good {
			if d.Run != rollback.Plan.Revert.Cause {
				good = append(good, d)
			}
		}
		s.Good = good
		s.LastGood = s.newestGood()
	}
}

func (s *SlotState) newestGood() *Deployment {
	for _, d := range slices.Backward(s.Good) {
		if _, vetoed := s.Vetoed[d.Release.Image]; !vetoed {
			return &d
		}
	}
	return nil
}

package promotion

import (
	"maps"
	"slices"
	"strings"
)

// Ledger folds the events of every run into what runs share: who holds which slot, what is live and last good there,
// and which releases may not enter. It is not safe for concurrent use; its owner is one driver.
type Ledger struct {
	runs       map[RunID]Run
	order      []RunID // every run, oldest first
	unfinished []RunID // those that have not ended, oldest first: few, however long the history
	slots      map[Slot]*SlotState
}

// SlotState is what the events say about one slot.
type SlotState struct {
	Slot     Slot
	Holder   RunID            // the run that holds the lock; 0: nobody
	Live     *Deployment      // nil: empty
	LastGood *Deployment      // the newest of Good that is not vetoed
	History  []Deployment     // every deployment, oldest first
	Good     []Deployment     // those that passed every verification, oldest first
	Vetoed   map[Digest]RunID // image → the rollback that holds it off
}

// NewLedger is the ledger before any event.
func NewLedger() *Ledger {
	return &Ledger{runs: map[RunID]Run{}, slots: map[Slot]*SlotState{}}
}

// Run is a run by its number; its ID is 0 when there is none.
func (l *Ledger) Run(id RunID) Run { return l.runs[id] }

// Runs are all runs, newest first.
func (l *Ledger) Runs() []Run {
	runs := make([]Run, 0, len(l.order))
	for _, id := range slices.Backward(l.order) {
		runs = append(runs, l.runs[id])
	}
	return runs
}

// Unfinished are the runs that have not ended, oldest first.
func (l *Ledger) Unfinished() []Run {
	runs := make([]Run, 0, len(l.unfinished))
	for _, id := range l.unfinished {
		runs = append(runs, l.runs[id])
	}
	return runs
}

// Slots are copies of the states of all slots that were ever entered, in a fixed order.
func (l *Ledger) Slots() []SlotState {
	slots := make([]SlotState, 0, len(l.slots))
	for slot := range l.slots {
		slots = append(slots, l.Slot(slot))
	}
	slices.SortFunc(slots, func(a, b SlotState) int { return strings.Compare(a.Slot.String(), b.Slot.String()) })
	return slots
}

// Slot is a copy of a slot's state.
func (l *Ledger) Slot(slot Slot) SlotState {
	s, found := l.slots[slot]
	if !found {
		return SlotState{Slot: slot}
	}
	state := *s
	state.Vetoed = maps.Clone(s.Vetoed)
	return state
}

func (l *Ledger) slot(slot Slot) *SlotState {
	s, found := l.slots[slot]
	if !found {
		s = &SlotState{Slot: slot, Vetoed: map[Digest]RunID{}}
		l.slots[slot] = s
	}
	return s
}

// Apply takes one more event into account.
func (l *Ledger) Apply(e Event) {
	before := l.runs[e.Run]
	run := Apply(before, e)
	l.index(before, run)
	switch e.Type {
	case EnvironmentEntered:
		l.slot(run.Plan.Slot(e.Environment)).Holder = run.ID
	case Deployed:
		l.deployed(run, e)
	case EnvironmentPassed:
		l.passed(run, e.Environment)
	case RunFinished:
		l.finished(run)
	}
}

// index keeps the run and its place among the others.
func (l *Ledger) index(before, run Run) {
	if run.ID == 0 {
		return
	}
	l.runs[run.ID] = run
	if before.ID == 0 {
		l.order, l.unfinished = with(l.order, run.ID), with(l.unfinished, run.ID)
	}
	if run.Done() && !before.Done() {
		if at, found := slices.BinarySearch(l.unfinished, run.ID); found {
			l.unfinished = slices.Delete(l.unfinished, at, at+1)
		}
	}
}

func with(ids []RunID, id RunID) []RunID {
	at, found := slices.BinarySearch(ids, id)
	if found {
		return ids
	}
	return slices.Insert(ids, at, id)
}

func (l *Ledger) deployed(run Run, e Event) {
	s := l.slot(run.Plan.Slot(e.Environment))
	s.Live = e.Deployment
	if e.Deployment != nil {
		s.History = append(s.History, *e.Deployment)
	}
}

func (l *Ledger) passed(run Run, environment string) {
	if environment == BuildColumn {
		return
	}
	s := l.slot(run.Plan.Slot(environment))
	if s.Holder == run.ID {
		s.Holder = 0
	}
	if column, _ := run.Column(environment); run.Plan.Kind == Promotion && column.Deployed != nil {
		// The release has learnt more since its deploy: the stub that was made from it.
		good := *column.Deployed
		good.Release = run.Release
		s.Live, s.Good = &good, append(s.Good, good)
		delete(s.Vetoed, good.Release.Image)
		s.LastGood = s.newestGood()
	}
}

func (l *Ledger) finished(run Run) {
	for _, column := range run.Columns {
		if s, found := l.slots[run.Plan.Slot(column.Name)]; found && s.Holder == run.ID {
			s.Holder = 0
		}
	}
	revert := run.Plan.Revert
	if revert == nil || revert.From == "" || imageOf(revert.Target) == revert.From {
		return
	}
	if revert.Drill {
		l.withdraw(run)
		return
	}
	// A release that was rolled back, or would have been had it still been live or had the rollback not failed, does not
	// come back by itself.
	if run.Outcome == RolledBack || run.Outcome == LeftAlone || run.Outcome == RollbackFailed {
		for _, column := range run.Columns {
			s := l.slot(run.Plan.Slot(column.Name))
			s.Vetoed[revert.From] = run.ID
			if run.Outcome == RolledBack { // an operator may insist on a release that was rolled back before
				delete(s.Vetoed, imageOf(revert.Target))
			}
			s.LastGood = s.newestGood()
		}
	}
}

// withdraw takes back that the release of a drill was good where it was rolled back: it may come again by itself, but a
// rollback goes to what was good before it.
func (l *Ledger) withdraw(rollback Run) {
	if rollback.Outcome != RolledBack {
		return
	}
	for _, column := range rollback.Columns {
		s := l.slot(rollback.Plan.Slot(column.Name))
		s.Good = slices.DeleteFunc(slices.Clone(s.Good), func(d Deployment) bool { return d.Run == rollback.Plan.Revert.Cause })
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

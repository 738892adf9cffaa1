package promotion

import (
	"fmt"
	"slices"
	"strings"
)

// Ledger folds the events of every run into what runs share: who holds which slot, what is live and last good there,
// and which releases may not enter. It is not safe for concurrent use; its owner is one driver.
type Ledger struct {
	runs  map[RunID]Run
	slots map[Slot]*SlotState
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
	runs := make([]Run, 0, len(l.runs))
	for _, r := range l.runs {
		runs = append(runs, r)
	}
	slices.SortFunc(runs, func(a, b Run) int { return int(b.ID - a.ID) })
	return runs
}

// Unfinished are the runs that have not ended, oldest first.
func (l *Ledger) Unfinished() []Run {
	var runs []Run
	for _, r := range l.runs {
		if !r.Done() {
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b Run) int { return int(a.ID - b.ID) })
	return runs
}

// Slots are copies of the states of all slots that were ever entered, in a fixed order.
func (l *Ledger) Slots() []SlotState {
	var slots []SlotState
	for _, s := range l.slots {
		slots = append(slots, *s)
	}
	slices.SortFunc(slots, func(a, b SlotState) int { return strings.Compare(a.Slot.String(), b.Slot.String()) })
	return slots
}

// Slot is a copy of a slot's state.
func (l *Ledger) Slot(slot Slot) SlotState {
	if s, found := l.slots[slot]; found {
		return *s
	}
	return SlotState{Slot: slot}
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
	l.runs[e.Run] = run
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
	if revert == nil || revert.Drill || revert.From == "" || imageOf(revert.Target) == revert.From {
		return
	}
	// A release that was rolled back, or would have been had it still been live, does not come back by itself.
	if run.Outcome == RolledBack || run.Outcome == LeftAlone {
		for _, column := range run.Columns {
			s := l.slot(run.Plan.Slot(column.Name))
			s.Vetoed[revert.From] = run.ID
			s.LastGood = s.newestGood()
		}
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

// Entry says whether the run may enter the environment now. When not, the Waiting says why, and supersedes names an
// older run that must give way first.
func (l *Ledger) Entry(id RunID, environment string) (waiting *Waiting, supersedes RunID) {
	run := l.runs[id]
	slot := run.Plan.Slot(environment)
	s := l.Slot(slot)
	if run.Plan.Kind == Promotion {
		if by, vetoed := s.Vetoed[run.Release.Image]; vetoed && run.Plan.Trigger != "operator" {
			return &Waiting{Reason: fmt.Sprintf("%s was rolled back in %s by run %d and may not enter by itself", run.Release.Name(), environment, by),
				Who: "an operator who starts it, or a newer release"}, 0
		}
		for _, other := range l.Runs() {
			if other.owesRollback(slot) {
				return &Waiting{Reason: fmt.Sprintf("run %d rolls %s back", other.ID, environment), Who: "gantry"}, 0
			}
		}
		if waiting, supersedes = l.queue(run, slot); waiting != nil || supersedes != 0 {
			return waiting, supersedes
		}
	}
	cause := RunID(0)
	if run.Plan.Revert != nil {
		cause = run.Plan.Revert.Cause
	}
	if s.Holder != 0 && s.Holder != id && s.Holder != cause {
		return &Waiting{Reason: fmt.Sprintf("run %d is in %s", s.Holder, environment), Who: fmt.Sprintf("run %d", s.Holder)}, 0
	}
	return nil, 0
}

// owesRollback tells whether the run has a rollback of the slot that is not over.
func (r Run) owesRollback(slot Slot) bool {
	if r.Plan.Kind == Rollback && !r.Done() {
		for _, c := range r.Columns {
			if r.Plan.Slot(c.Name) == slot {
				return true
			}
		}
	}
	for _, linked := range r.Rollbacks {
		if linked.Outcome == "" && !r.Done() && r.Plan.Slot(linked.Environment) == slot {
			return true
		}
	}
	return false
}

// queue orders the promotions that wait for the same slot: with "latest" a newer one supersedes an older one, with
// "fifo" the older goes first.
func (l *Ledger) queue(run Run, slot Slot) (*Waiting, RunID) {
	for _, other := range l.Runs() {
		if other.ID >= run.ID || other.Plan.Kind != Promotion || other.Done() || !other.queuesFor(slot) {
			continue
		}
		if run.Plan.Queue == "fifo" {
			return &Waiting{Reason: fmt.Sprintf("run %d is before it in the queue for %s", other.ID, slot.Environment), Who: fmt.Sprintf("run %d", other.ID)}, 0
		}
		return nil, other.ID
	}
	return nil, 0
}

// queuesFor tells whether the run stands before the slot and could go in at any moment.
func (r Run) queuesFor(slot Slot) bool {
	column, stage, ok := r.Current()
	return ok && column.Name != BuildColumn && !column.Entered && !stage.Bad() && r.Plan.Slot(column.Name) == slot
}

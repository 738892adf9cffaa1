package promotion

import (
	"fmt"
	"slices"
	"strings"
)

// Entry says whether the run may enter the environment now. When not, the Waiting says why, and supersedes names an
// older run that must give way first.
func (l *Ledger) Entry(id RunID, environment string) (waiting *Waiting, supersedes RunID) {
	run := l.runs[id]
	slot := run.Plan.Slot(environment)
	if run.Plan.Kind == Promotion {
		if by := l.vetoed(run, slot); by != 0 {
			return &Waiting{Reason: fmt.Sprintf("%s was rolled back in %s by run %d and may not enter by itself", run.Release.Name(), environment, by),
				Who: "an operator who starts it, or a newer release"}, 0
		}
		if by := l.rollsBack(slot); by != 0 {
			return &Waiting{Reason: fmt.Sprintf("run %d rolls %s back", by, environment), Who: "gantry"}, 0
		}
		if waiting, supersedes = l.queue(run, slot); waiting != nil || supersedes != 0 {
			return waiting, supersedes
		}
	}
	cause := RunID(0)
	if run.Plan.Revert != nil {
		cause = run.Plan.Revert.Cause
	}
	if holder := l.holder(slot); holder != 0 && holder != id && holder != cause {
		return l.behind(holder, "in "+environment), 0
	}
	return nil, 0
}

// behind is the wait for another run. Where that one waits for a person, so does everybody behind it.
func (l *Ledger) behind(id RunID, where string) *Waiting {
	w := &Waiting{Reason: fmt.Sprintf("run %d is %s", id, where), Who: fmt.Sprintf("run %d", id)}
	if theirs := l.runs[id].Waits(); theirs.NeedsPerson() {
		w.Reason += " and waits for a person"
		if w.Who = theirs.Who; !strings.Contains(w.Who, " run ") {
			w.Who += fmt.Sprintf(" run %d", id)
		}
	}
	return w
}

// Overtaken names the newer promotion that has gone live where this one is about to enter; 0 when there is none. With
// the queue "latest" the older run gives way to it: what is live must not become an older release by itself.
func (l *Ledger) Overtaken(id RunID, environment string) RunID {
	run := l.runs[id]
	s, found := l.slots[run.Plan.Slot(environment)]
	if !found || s.Live == nil || run.Plan.Kind != Promotion || run.Plan.Queue == "fifo" {
		return 0
	}
	newer := l.runs[s.Live.Run]
	if newer.ID > id && newer.replaces(run) && (newer.Outcome == "" && !newer.RollingBack() || newer.Outcome == Succeeded) {
		return newer.ID
	}
	return 0
}

// replaces tells whether the run does all that the other is there for: it goes as far, and is no rehearsal.
func (r Run) replaces(other Run) bool {
	if r.Plan.Kind != Promotion || r.Plan.Drill != nil {
		return false
	}
	for _, c := range other.Columns {
		if _, found := r.Column(c.Name); !found {
			return false
		}
	}
	return true
}

// vetoed names the rollback that keeps the run's release out of the slot; 0 when none does, or when an operator insists.
func (l *Ledger) vetoed(run Run, slot Slot) RunID {
	s, found := l.slots[slot]
	if !found || run.Plan.Trigger == "operator" {
		return 0
	}
	return s.Vetoed[run.Release.Image]
}

func (l *Ledger) holder(slot Slot) RunID {
	if s, found := l.slots[slot]; found {
		return s.Holder
	}
	return 0
}

// rollsBack names a run that has a rollback of the slot under way or ahead of it; 0 when there is none.
func (l *Ledger) rollsBack(slot Slot) RunID {
	for _, id := range slices.Backward(l.unfinished) {
		if l.runs[id].owesRollback(slot) {
			return id
		}
	}
	return 0
}

// owesRollback tells whether the run, which has not ended, has a rollback of the slot that is not over.
func (r Run) owesRollback(slot Slot) bool {
	if r.Plan.Kind == Rollback {
		return slices.ContainsFunc(r.Columns, func(c ColumnState) bool { return r.Plan.Slot(c.Name) == slot })
	}
	return slices.ContainsFunc(r.Rollbacks, func(linked LinkedRollback) bool {
		return linked.Outcome == "" && r.Plan.Slot(linked.Environment) == slot
	})
}

// queue orders the promotions that wait for the same slot: with "latest" a newer one supersedes an older one that it
// replaces, with "fifo" the older goes first.
func (l *Ledger) queue(run Run, slot Slot) (*Waiting, RunID) {
	for _, id := range slices.Backward(l.unfinished) {
		if id >= run.ID || !l.runs[id].queuesFor(slot) {
			continue
		}
		if run.Plan.Queue != "fifo" && run.replaces(l.runs[id]) {
			return nil, id
		}
		if l.vetoed(l.runs[id], slot) != 0 { // it waits for a person, perhaps for ever, and holds nobody up
			continue
		}
		return l.behind(id, "before it in the queue for "+slot.Environment), 0
	}
	return nil, 0
}

// queuesFor tells whether the run is a promotion that stands before the slot and could go in at any moment.
func (r Run) queuesFor(slot Slot) bool {
	column, stage, ok := r.Current()
	return ok && r.Plan.Kind == Promotion && !r.RollingBack() && column.Name != BuildColumn && !column.Entered && !stage.Bad() &&
		r.Plan.Slot(column.Name) == slot
}

package promotion

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Facts are what a driver knows of the world and the core cannot.
type Facts struct {
	Now    time.Time
	Freeze *Waiting // why the environment is frozen; nil when it is not
}

// Entry says whether the run may enter the environment now. When not, the Waiting says why, and supersedes names an
// older run that must give way first.
func (l *Ledger) Entry(id RunID, environment string, f Facts) (waiting *Waiting, supersedes RunID) {
	run := l.at(id)
	slot := run.Plan.Slot(environment)
	if run.Plan.Kind == Promotion {
		for _, gate := range l.ownGates(run, slot, f) {
			return l.besides(&gate, run, environment, f), 0
		}
		if waiting, supersedes = l.queue(run, slot, f); waiting != nil || supersedes != 0 {
			return l.besides(waiting, run, environment, f), supersedes
		}
		for _, gate := range l.commonGates(run, slot, f) {
			return l.besides(&gate, run, environment, f), 0
		}
	}
	return l.locked(run, slot), 0
}

// besides adds to a shut gate what else is shut: whoever opens the one shall know of the others.
func (l *Ledger) besides(first *Waiting, run *Run, environment string, f Facts) *Waiting {
	if first == nil {
		return nil
	}
	var others []string
	for _, gate := range l.Gates(*run, environment, f) {
		if gate.Gate != first.Gate || gate.Reason != first.Reason {
			others = append(others, gate.Reason)
		}
	}
	first.Also = strings.Join(others, "; ")
	return first
}

// Gates are all the gates that keep the run out of the environment now, the one that counts first. The run need not be
// one of the ledger: a rehearsal asks for one that was never started.
func (l *Ledger) Gates(run Run, environment string, f Facts) []Waiting {
	slot := run.Plan.Slot(environment)
	gates := l.ownGates(&run, slot, f)
	if waiting, _ := l.queue(&run, slot, f); waiting != nil {
		gates = append(gates, *waiting)
	}
	gates = append(gates, l.commonGates(&run, slot, f)...)
	if waiting := l.locked(&run, slot); waiting != nil {
		gates = append(gates, *waiting)
	}
	return gates
}

// ownGates are shut for what the run itself carries. Behind them it supersedes nobody: an older run may be further.
func (l *Ledger) ownGates(run *Run, slot Slot, f Facts) []Waiting {
	var gates []Waiting
	add := func(w *Waiting) {
		if w != nil {
			gates = append(gates, *w)
		}
	}
	add(l.vetoGate(run, slot))
	if by := l.rollsBack(slot); by != 0 {
		gates = append(gates, Waiting{Gate: GateLock, Reason: fmt.Sprintf("run %d rolls %s back", by, slot.Environment), Who: "gantry"})
	}
	column, _ := run.Column(slot.Environment)
	if !slices.Contains(column.Overridden, GateSoak) {
		add(l.soakGate(run, column, f.Now))
	}
	if !slices.Contains(column.Overridden, GateDependency) {
		add(l.dependencyGate(run, column))
	}
	return gates
}

// commonGates are shut for whoever comes: the newest run waits behind them for all.
func (l *Ledger) commonGates(run *Run, slot Slot, f Facts) []Waiting {
	var gates []Waiting
	if hold := l.holdGate(slot); hold != nil {
		gates = append(gates, *hold)
	}
	column, _ := run.Column(slot.Environment)
	if f.Freeze != nil && !slices.Contains(column.Overridden, GateFreeze) {
		gates = append(gates, *f.Freeze)
	}
	if approval := approvalGate(run, column, f.Now); approval != nil {
		gates = append(gates, *approval)
	}
	return gates
}

// locked is the wait for whoever is in the slot.
func (l *Ledger) locked(run *Run, slot Slot) *Waiting {
	cause := RunID(0)
	if run.Plan.Revert != nil {
		cause = run.Plan.Revert.Cause
	}
	if holder := l.holder(slot); holder != 0 && holder != run.ID && holder != cause {
		return l.behind(holder, GateLock, "in "+slot.Environment)
	}
	return nil
}

func (l *Ledger) behind(id RunID, gate Gate, where string) *Waiting {
	return l.Behind(id, gate, fmt.Sprintf("run %d is %s", id, where))
}

// Behind is the wait for another run. Where that one waits for a person, so does everybody behind it.
func (l *Ledger) Behind(id RunID, gate Gate, reason string) *Waiting {
	w := &Waiting{Gate: gate, Reason: reason, Who: fmt.Sprintf("run %d", id)}
	if theirs := l.at(id).Waits(); theirs.NeedsPerson() {
		w.Reason += " and waits for a person"
		if w.Who = strings.TrimSuffix(theirs.Who, ", or a newer release"); !strings.Contains(w.Who, " run ") {
			w.Who += fmt.Sprintf(" run %d", id)
		}
	}
	return w
}

// Overtaken names the newer promotion that has gone live where this one is about to enter; 0 when there is none. With
// the queue "latest" the older run gives way to it: what is live must not become an older release by itself.
func (l *Ledger) Overtaken(id RunID, environment string) RunID {
	run := l.at(id)
	s, found := l.slots[run.Plan.Slot(environment)]
	if !found || s.Live == nil || run.Plan.Kind != Promotion || run.Plan.Queue == "fifo" {
		return 0
	}
	newer := s.Live.Run
	if newer <= id {
		return 0
	}
	if other, passed := l.passers[newer]; passed && other.Team == run.Plan.Team && covers(other.Columns, run) {
		return newer
	}
	if other := l.at(newer); other.ID != 0 && !other.Done() && !other.RollingBack() && other.replaces(run) {
		return newer
	}
	return 0
}

// covers tells whether the columns are all that the run has.
func covers(columns []string, run *Run) bool {
	return !slices.ContainsFunc(run.Columns, func(c ColumnState) bool { return !slices.Contains(columns, c.Name) })
}

// replaces tells whether the run does all that the other is there for: it is of the same team, goes as far, and is no
// rehearsal.
func (r *Run) replaces(other *Run) bool {
	return r.Plan.Kind == Promotion && r.Plan.Drill == nil && r.Plan.Team == other.Plan.Team && covers(r.reach(), other)
}

// reach are the names of the run's columns.
func (r *Run) reach() []string {
	names := make([]string, len(r.Columns))
	for i := range r.Columns {
		names[i] = r.Columns[i].Name
	}
	return names
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
func (r *Run) owesRollback(slot Slot) bool {
	if r.Plan.Kind == Rollback {
		return slices.ContainsFunc(r.Columns, func(c ColumnState) bool { return r.Plan.Slot(c.Name) == slot })
	}
	return slices.ContainsFunc(r.Rollbacks, func(linked LinkedRollback) bool {
		return linked.Outcome == "" && r.Plan.Slot(linked.Environment) == slot
	})
}

// queue orders the promotions that wait for the same slot: with "latest" a newer one supersedes an older one that it
// replaces, with "fifo" the older goes first.
func (l *Ledger) queue(run *Run, slot Slot, f Facts) (*Waiting, RunID) {
	for _, id := range slices.Backward(l.unfinished) {
		if id >= run.ID || !l.runs[id].queuesFor(slot) {
			continue
		}
		if run.Plan.Queue != "fifo" && run.replaces(l.runs[id]) {
			return nil, id
		}
		if slices.ContainsFunc(l.ownGates(l.runs[id], slot, f), func(w Waiting) bool { return w.Gate != GateLock && w.Until == nil }) {
			continue // nothing opens that by itself, perhaps for ever: it holds nobody up
		}
		return l.behind(id, GateQueue, "before it in the queue for "+slot.Environment), 0
	}
	return nil, 0
}

// queuesFor tells whether the run is a promotion that stands before the slot and could go in at any moment.
func (r *Run) queuesFor(slot Slot) bool {
	column, stage := r.current()
	return stage != nil && r.Plan.Kind == Promotion && !r.RollingBack() && column.Name != BuildColumn && !column.Entered && !stage.Bad() &&
		r.Plan.Slot(column.Name) == slot
}

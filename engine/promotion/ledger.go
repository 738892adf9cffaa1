package promotion

import (
	"maps"
	"slices"
)

// Ledger folds the events of every run into what runs share: who holds which slot, what is live and last good there,
// and which releases may not enter. It is not safe for concurrent use; its owner is one driver.
//
// It keeps the runs that go on, and the newest of those that have ended. What its rules need of the others it keeps with
// the slots; the rest is their events, folded again by its Past when somebody asks.
type Ledger struct {
	seq        int64          // of the newest event
	runs       map[RunID]*Run // those that are kept
	order      []RunID        // the same, oldest first
	unfinished []RunID        // those that have not ended, oldest first: few, however long the history
	past       Past
	keep       int  // how many runs that have ended, where there is a past
	lent       bool // somebody may hold the values of the runs: from now on what changes is copied

	slots     map[Slot]*SlotState
	commands  map[string]bool                   // ids of the commands about slots that were applied
	rollbacks map[RunID]map[string]RunID        // of causes that go on: environment → its rollback
	passers   map[RunID]passer                  // promotions that succeeded while an older run went on
	late      map[RunID][]Slot                  // runs that ended with a deploy nobody knows the end of → where
	durations map[string]map[StageID][]Duration // service → stage → its newest successes, newest last
	packed    map[string][]byte                 // service → its memory, where nobody has asked for it since the checkpoint

	paces     map[string]*servicePaces // made of durations
	lentPaces bool                     // somebody may hold them: from now on what changes is copied
}

// Past is a run that a ledger does not keep, as it stood after the event with the number seq; the zero Run when there is
// none. The error is why it cannot be told.
type Past func(id RunID, seq int64) (Run, error)

// kept is how many runs that have ended a ledger with a past keeps: as many as a console shows.
const kept = 60

// NewLedger is the ledger before any event. It keeps every run, until it may Rely on a past.
func NewLedger() *Ledger {
	return &Ledger{
		keep: kept, runs: map[RunID]*Run{}, slots: map[Slot]*SlotState{}, commands: map[string]bool{},
		rollbacks: map[RunID]map[string]RunID{}, passers: map[RunID]passer{}, late: map[RunID][]Slot{},
		durations: map[string]map[StageID][]Duration{}, packed: map[string][]byte{},
		paces: map[string]*servicePaces{},
	}
}

// Rely lets the ledger ask for what it need not keep.
func (l *Ledger) Rely(past Past) {
	l.past = past
	l.forget()
}

// Seq is the number of the newest event.
func (l *Ledger) Seq() int64 { return l.seq }

// Run is a run by its number; its ID is 0 when there is none, or when the ledger's past cannot tell (see Find).
func (l *Ledger) Run(id RunID) Run {
	run, _ := l.Find(id)
	return run
}

// Find is a run by its number, however old; its ID is 0 when there is none.
func (l *Ledger) Find(id RunID) (Run, error) {
	l.lent = true
	if run, found := l.runs[id]; found {
		return *run, nil
	}
	if l.past == nil || id <= 0 {
		return Run{}, nil
	}
	return l.past(id, l.seq)
}

// at is a run that is kept, to read; the zero Run where there is none.
func (l *Ledger) at(id RunID) *Run {
	if run, found := l.runs[id]; found {
		return run
	}
	return &Run{}
}

// Runs are the runs that the ledger keeps, newest first: those that go on, and the newest of those that have ended.
func (l *Ledger) Runs() []Run { return l.values(slices.Backward(l.order), len(l.order)) }

// Unfinished are the runs that have not ended, oldest first.
func (l *Ledger) Unfinished() []Run { return l.values(slices.All(l.unfinished), len(l.unfinished)) }

func (l *Ledger) values(ids func(func(int, RunID) bool), n int) []Run {
	l.lent = true
	runs := make([]Run, 0, n)
	for _, id := range ids {
		runs = append(runs, *l.runs[id])
	}
	return runs
}

// Ended tells whether a run has ended. It must be one that has started.
func (l *Ledger) Ended(id RunID) bool {
	_, open := slices.BinarySearch(l.unfinished, id)
	return !open
}

// Newest is the highest number of a run; 0 when there is none.
func (l *Ledger) Newest() RunID {
	if len(l.order) == 0 {
		return 0
	}
	return l.order[len(l.order)-1]
}

// Apply takes one more event into account.
func (l *Ledger) Apply(e Event) {
	l.seq = e.Seq
	if e.Slot != nil {
		l.applySlot(e)
		return
	}
	run, found := l.runs[e.Run]
	if !found {
		if e.Type != RunStarted || e.Plan == nil {
			l.afterwards(e)
			return
		}
		run = &Run{}
		l.runs[e.Run] = run
		l.order, l.unfinished = with(l.order, e.Run), with(l.unfinished, e.Run)
	}
	done := run.Done()
	fold{run: run, own: !l.lent}.apply(e)
	switch e.Type {
	case RunStarted:
		l.started(run)
	case EnvironmentEntered:
		l.slot(run.Plan.Slot(e.Environment)).Holder = run.ID
	case Deployed:
		l.slot(run.Plan.Slot(e.Environment)).deployed(e.Deployment)
	case EnvironmentPassed:
		l.passed(run, e.Environment)
	case StageSucceeded:
		l.learn(run, e.Stage)
		if stage, _ := run.Stage(e.Stage); stage.Stage.Kind == KindMigrate && len(run.Release.Contracts) > 0 {
			l.slot(run.Plan.Slot(e.Stage.Column())).migrated(run.Release, e.At)
		}
	case RunFinished:
		if !done {
			l.finished(run)
		}
	}
}

// afterwards is what comes to be known of a run that is not kept any more: what an attempt of its made live at its end.
func (l *Ledger) afterwards(e Event) {
	if e.Type != Deployed {
		return
	}
	for _, slot := range l.late[e.Run] {
		if slot.Environment == e.Environment {
			l.slot(slot).deployed(e.Deployment)
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

func without(ids []RunID, id RunID) []RunID {
	at, found := slices.BinarySearch(ids, id)
	if !found {
		return ids
	}
	return slices.Delete(ids, at, at+1)
}

func (l *Ledger) started(run *Run) {
	revert := run.Plan.Revert
	if revert == nil {
		return
	}
	if cause, found := l.runs[revert.Cause]; !found || cause.Done() {
		return
	}
	if l.rollbacks[revert.Cause] == nil {
		l.rollbacks[revert.Cause] = map[string]RunID{}
	}
	for i := range run.Columns {
		l.rollbacks[revert.Cause][run.Columns[i].Name] = run.ID
	}
}

// finished lets go of the slots, and of all that is needed only while the run goes on.
func (l *Ledger) finished(run *Run) {
	l.unfinished = without(l.unfinished, run.ID)
	delete(l.rollbacks, run.ID)
	for i := range run.Columns {
		column := &run.Columns[i]
		slot := run.Plan.Slot(column.Name)
		if s, found := l.slots[slot]; found && s.Holder == run.ID {
			s.Holder = 0
		}
		if column.Unproven() {
			l.late[run.ID] = append(l.late[run.ID], slot)
		}
		if slot.Aside != 0 && l.live(slot) == nil { // nobody comes to it again
			l.recall(slot.Service)
			delete(l.slots, slot)
		}
	}
	l.reverted(run)
	l.clear(run)
	l.overtakes(run)
	l.forget()
}

// passer is what is kept of a promotion that succeeded.
type passer struct {
	Columns []string `json:"columns"`
	Team    string   `json:"team,omitempty"`
}

// overtakes keeps of a promotion that succeeded what Overtaken asks for on behalf of the older runs that go on.
func (l *Ledger) overtakes(run *Run) {
	if run.Outcome == Succeeded && run.Plan.Kind == Promotion && run.Plan.Drill == nil {
		l.passers[run.ID] = passer{Columns: run.reach(), Team: run.Plan.Team}
	}
	maps.DeleteFunc(l.passers, func(id RunID, _ passer) bool { return len(l.unfinished) == 0 || id < l.unfinished[0] })
}

// forget lets go of the oldest runs that have ended, where there is a past to ask for them.
func (l *Ledger) forget() {
	if l.past == nil {
		return
	}
	for i := 0; len(l.order)-len(l.unfinished) > l.keep; {
		id := l.order[i]
		if !l.Ended(id) {
			i++
			continue
		}
		delete(l.runs, id)
		l.order = slices.Delete(l.order, i, i+1)
	}
}

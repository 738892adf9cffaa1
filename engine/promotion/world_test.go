package promotion

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// reporter is what a world needs of a test, a benchmark or a property.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// attempt is one execution of a stage.
type attempt struct {
	run   RunID
	stage StageID
	n     int
}

func (a attempt) String() string { return fmt.Sprintf("run %d %s attempt %d", a.run, a.stage, a.n) }

// world is a driver without machinery: a journal in memory, platforms that are a map, and attempts that end when the test
// says so.
type world struct {
	t       reporter
	ledger  *Ledger
	journal []Event
	now     time.Time
	last    RunID
	live    map[Slot]Digest // what the platforms really run
	working []attempt       // what this engine executes, or has told to end and that has not yet
	sent    []Command       // everything that anybody ever asked for
	freeze  *Waiting        // what keeps every environment shut
	takes   []string        // the migrations of what is built that take something away
	doubt   map[Slot]bool   // where a platform changed and nobody could tell the journal
	watch   func(before Run, e Event)
	decided func(c Command, events []Event, err error)
	dies    int  // in so many moments the engine dies; 0: never
	dead    bool // it has died
}

var errDead = errors.New("the engine is dead")

func newWorld(t reporter) *world {
	return &world{
		t: t, ledger: NewLedger(), now: noon, live: map[Slot]Digest{}, doubt: map[Slot]bool{},
		watch: func(Run, Event) {}, decided: func(Command, []Event, error) {},
	}
}

// moment passes, and the engine may die in it.
func (w *world) moment() bool {
	if w.dies > 0 {
		w.dies--
		w.dead = w.dead || w.dies == 0
	}
	return !w.dead
}

// send decides one command and journals what follows from it, as one transaction.
func (w *world) send(c Command) error {
	if !w.moment() {
		return errDead
	}
	w.sent = append(w.sent, c)
	events, err := w.ledger.Decide(c, w.now)
	defer func() { w.decided(c, events, err) }()
	if err != nil {
		return err
	}
	for _, e := range events {
		e.Seq = int64(len(w.journal)) + 1
		w.journal = append(w.journal, e)
		before := w.ledger.Run(e.Run)
		w.ledger.Apply(e)
		w.watch(before, e)
	}
	w.now = w.now.Add(time.Second)
	w.moment()
	return nil
}

// begin starts a run of the plan and lets it come as far as it does without an attempt's end.
func (w *world) begin(p Plan, actor string) RunID {
	id := w.start(p, actor)
	w.reconcile()
	return id
}

func (w *world) start(p Plan, actor string) RunID {
	w.t.Helper()
	w.last++
	if err := w.send(Command{Run: w.last, Verb: VerbStart, Actor: actor, Plan: &p}); err != nil && !w.dead {
		w.t.Fatalf("start run %d: %v", w.last, err)
	}
	return w.last
}

// reconcile does what the core says should be going on, until nothing changes any more.
func (w *world) reconcile() {
	for before := -1; before != len(w.journal) && !w.dead; {
		before = len(w.journal)
		for _, kind := range []RunKind{Rollback, Promotion, Reprovision} {
			for _, id := range slices.Clone(w.ledger.unfinished) {
				if w.ledger.at(id).Plan.Kind != kind {
					continue
				}
				w.settle(w.ledger.Run(id))
				for _, task := range Next(w.ledger.Run(id), w.now) {
					w.do(id, task)
				}
			}
		}
	}
}

func (w *world) do(id RunID, task Task) {
	run := w.ledger.Run(id)
	switch task.Kind {
	case TaskEnter:
		w.enter(run, task.Environment)
	case TaskBegin:
		column, _ := run.Column(task.Environment)
		if stage, _ := run.Stage(task.Stage); stage.Stage.Kind == KindCompat && column.Live == nil {
			_ = w.send(Command{Run: id, Verb: VerbSkip, Actor: "gantry", Stage: task.Stage, Reason: "first deployment"})
			return
		}
		if stage, _ := run.Stage(task.Stage); run.Omits(stage) != "" {
			_ = w.send(Command{Run: id, Verb: VerbSkip, Actor: "gantry", Stage: task.Stage, Reason: run.Omits(stage)})
			return
		}
		gate := w.ledger.StageGate(id, task.Stage)
		if gate == nil && run.Plan.Kind == Reprovision {
			gate = w.occupied(run.Plan.Slot(task.Environment))
		}
		if gate != nil {
			_ = w.send(Command{Run: id, Verb: VerbShut, Actor: "gantry", Stage: task.Stage, Gate: gate})
			return
		}
		_ = w.send(Command{Run: id, Verb: VerbBegin, Actor: "gantry", Stage: task.Stage})
	case TaskExecute:
		if a := (attempt{id, task.Stage, task.Attempt}); !slices.Contains(w.working, a) && !w.dead {
			w.working = append(w.working, a)
		}
	case TaskRollback:
		revert := w.ledger.Revert(id, task.Environment)
		linked := w.ledger.RollbackOf(id, task.Environment)
		if linked == 0 {
			linked = w.start(rollbackOf(run.Plan, task.Environment, revert), "gantry")
		}
		_ = w.send(Command{Run: id, Verb: VerbLinkRollback, Actor: "gantry", Environment: task.Environment, Linked: linked})
	case TaskExpire:
		if !w.now.Before(task.At) {
			_ = w.send(Command{Run: id, Verb: VerbExpire, Actor: "gantry"})
		}
	}
}

func (w *world) enter(run Run, environment string) {
	if newer := w.ledger.Overtaken(run.ID, environment); newer != 0 {
		_ = w.send(Command{Run: run.ID, Verb: VerbSupersede, Actor: "gantry", Linked: newer})
		return
	}
	slot := run.Plan.Slot(environment)
	waiting, supersedes := w.ledger.Entry(run.ID, environment, Facts{Now: w.now, Freeze: w.freeze})
	if supersedes != 0 {
		_ = w.send(Command{Run: supersedes, Verb: VerbSupersede, Actor: "gantry", Linked: run.ID})
		return
	}
	if waiting == nil {
		waiting = w.occupied(slot)
	}
	if waiting != nil {
		_ = w.send(Command{Run: run.ID, Verb: VerbShut, Actor: "gantry", Environment: environment, Gate: waiting})
		return
	}
	state := w.ledger.Slot(slot)
	_ = w.send(Command{Run: run.ID, Verb: VerbEnter, Actor: "gantry", Environment: environment, Live: state.Live, Target: state.LastGood})
}

// occupied is the wait for an attempt that is still ending in the slot.
func (w *world) occupied(slot Slot) *Waiting {
	for _, a := range w.working {
		if w.slot(a) == slot {
			return &Waiting{Reason: a.String() + " is just ending", Who: "gantry"}
		}
	}
	return nil
}

// settle tells a promotion how its rollbacks have ended.
func (w *world) settle(run Run) {
	for _, linked := range run.Rollbacks {
		other := w.ledger.Run(linked.Run)
		if linked.Outcome != "" || !other.Done() {
			continue
		}
		outcome := other.Outcome
		if outcome != RolledBack && outcome != LeftAlone {
			outcome = RollbackFailed
		}
		_ = w.send(Command{Run: run.ID, Verb: VerbEndRollback, Actor: "gantry", Environment: linked.Environment, Linked: other.ID, Outcome: outcome, Reason: other.Reason})
	}
}

// slot is the slot that an attempt may change; the zero Slot in the build column.
func (w *world) slot(a attempt) Slot {
	if a.stage.Column() == BuildColumn {
		return Slot{}
	}
	return w.ledger.Run(a.run).Plan.Slot(a.stage.Column())
}

// reopen is the next engine on the same journal: it must come to the same state, and finds lost what was at work.
func (w *world) reopen() {
	w.t.Helper()
	w.dead, w.dies, w.working = false, 0, nil
	replayed := NewLedger()
	for _, e := range w.journal {
		if err := Check(e); err != nil {
			w.t.Fatalf("the journal holds what Gantry itself does not know: %v", err)
		}
		replayed.Apply(e)
	}
	if !same(replayed, w.ledger) {
		w.t.Fatalf("the replayed journal is another state than the one before the crash")
	}
	w.ledger = replayed
	w.last = replayed.Newest()
	for _, run := range replayed.Unfinished() {
		for _, task := range Next(run, w.now) {
			if task.Kind == TaskExecute {
				_ = w.send(Command{Run: run.ID, Verb: VerbReportLost, Actor: "gantry", Stage: task.Stage, Attempt: task.Attempt, Reason: "the engine ended while it ran"})
			}
		}
	}
	w.reconcile()
}

// same tells whether two ledgers know the same, however they came by it.
func same(a, b *Ledger) bool {
	for _, l := range []*Ledger{a, b} {
		for service := range l.packed {
			l.recall(service)
		}
	}
	x, y := *a, *b
	x.lent, y.lent, x.lentPaces, y.lentPaces, x.past, y.past = false, false, false, false, nil, nil
	x.paces, y.paces = unpacked(x.paces), unpacked(y.paces)
	x.unfinished, y.unfinished = slices.Concat(x.unfinished), slices.Concat(y.unfinished) // none is none
	return reflect.DeepEqual(x, y)
}

func unpacked(paces map[string]*servicePaces) map[string]*servicePaces {
	all := map[string]*servicePaces{}
	for service, p := range paces {
		all[service] = &servicePaces{stages: p.read()}
	}
	return all
}

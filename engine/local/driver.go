// Package local drives the core on this machine: the journal is its truth, its goroutines are the attempts.
package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/notify"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Options are what an engine is made of.
type Options struct {
	Pipeline     config.Pipeline
	State        string // the state directory
	Program      string // what holds the state directory, for whoever comes second: "gantry run orders"
	Told         string // what operators are told first; "" nothing
	Environments func(config.Pipeline, config.Environment) (engine.Environment, error)
	Stubs        func(config.Pipeline) stubs.Store
	Published    func(config.Pipeline) stubs.Reader // the same stubs for who only looks: nothing is started to find one
	Watch        bool                               // start a run for every merge
	Rests        bool                               // take commands and start nothing: what is unfinished waits for the next engine
	Asleep       bool                               // go on with nothing before the first command, which may be the one to stop it
	Poll         time.Duration                      // how often main branches are looked at; 2 s by default
	Mend         time.Duration                      // how often a journal that could not be written is tried again; 1 s by default
	Look         time.Duration                      // how often the platforms are asked whether what is recorded really runs; 30 s by default
	Pause        time.Duration                      // how long it waits before it looks around for the first time: a console comes first; 250 ms by default
	Now          func() time.Time
	Crash        func() // what a crash drill does; kills this process by default
	// Execute does a stage's work; stages.Execute by default.
	Execute func(context.Context, *stages.Job) (promotion.Result, error)
}

// Engine implements engine.Engine.
type Engine struct {
	options Options
	records records // what was journalled
	journal writer  // the same, to write; nil in an engine that only reads
	lock    *journal.Lock

	ctx    context.Context // ends when the engine closes
	cancel context.CancelFunc
	work   sync.WaitGroup // every goroutine the engine started

	reading sync.Mutex // held while what another engine journals is folded
	told    atomic.Bool
	untold  chan struct{} // wakes whoever relied on being told

	mu       sync.Mutex // guards what follows; never held while calling out to an environment or a watcher
	pipeline config.Pipeline
	ledger   *promotion.Ledger
	seq      int64
	saved    int64 // the newest event that a checkpoint was made of
	attempts map[engine.AttemptKey]*attempt
	lost     map[engine.AttemptKey]bool // ran when the last engine ended, which is not journalled yet
	alarms   map[promotion.RunID]alarm  // when to look at a run again though nothing happens
	copies   map[promotion.RunID]config.Pipeline
	ports    map[string]engine.Environment
	stores   map[config.Artifacts]stubs.Store
	facts    map[promotion.Slot]string
	heads    map[string]string
	notices  []engine.Notice
	ended    map[promotion.RunID]bool // runs that have ended and are not tidied up yet
	asleep   bool                     // no command has come yet
	broken   error                    // the journal could not be written: nothing further starts until it can
	mending  bool                     // mend is at work
	draining bool                     // nothing further starts: another process goes on
	unfollow context.CancelFunc       // ends the following of merges; nil while nobody follows them

	operators []engine.Presence          // what people asked for last, in the order of their names
	drifts    map[promotion.Slot]drifted // as seen last

	heard     atomic.Int64 // when the engine was last at liberty, in nanoseconds of the Unix epoch
	snapshots broadcast
	audited   audited
	notifier  *notify.Notifier // nil in an engine that only reads
}

var _ engine.Engine = (*Engine)(nil)

func newEngine(ctx context.Context, o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	if o.Mend == 0 {
		o.Mend = time.Second
	}
	if o.Look == 0 {
		o.Look = 30 * time.Second
	}
	if o.Pause == 0 {
		o.Pause = 250 * time.Millisecond
	}
	if o.Crash == nil {
		o.Crash = killSelf
	}
	if o.Execute == nil {
		o.Execute = stages.Execute
	}
	e := &Engine{
		options: o, asleep: o.Asleep, pipeline: o.Pipeline, ledger: promotion.NewLedger(),
		attempts: map[engine.AttemptKey]*attempt{}, lost: map[engine.AttemptKey]bool{}, alarms: map[promotion.RunID]alarm{},
		copies: map[promotion.RunID]config.Pipeline{}, ports: map[string]engine.Environment{}, stores: map[config.Artifacts]stubs.Store{},
		facts: map[promotion.Slot]string{}, heads: map[string]string{}, ended: map[promotion.RunID]bool{},
		drifts: map[promotion.Slot]drifted{}, untold: make(chan struct{}, 1),
	}
	e.heard.Store(o.Now().UnixNano())
	e.snapshots.wake = map[chan struct{}]bool{}
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return e
}

// Open takes the state directory, reads the journal, and goes on with every run that is not finished. Another engine on
// the same directory is a *journal.Held error.
func Open(ctx context.Context, o Options) (*Engine, error) {
	e := newEngine(ctx, o)
	lock, err := journal.Acquire(o.State, o.Program, e.options.Now())
	if err != nil {
		return nil, err
	}
	e.lock = lock
	opened, err := journal.Open(o.State, e.options.Now)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	e.records, e.journal = opened, opened
	if err := e.begins(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// begins goes on with what the journal holds.
func (e *Engine) begins(ctx context.Context) error {
	if err := e.load(ctx); err != nil {
		return errors.Join(err, e.Close())
	}
	e.notify()
	if told := e.options.Told; told != "" {
		e.mu.Lock()
		e.tell(engine.Notice{Text: told})
		e.mu.Unlock()
	}
	if e.options.Rests {
		return nil
	}
	e.recover()
	e.FollowMerges(e.options.Watch)
	e.work.Go(func() { e.pauses(e.ctx, e.lookUpEndpoints) })
	e.work.Go(func() { e.pauses(e.ctx, e.lookForDrift) })
	return nil
}

// pauses waits a moment before it begins to look at what may be seen later as well: to look at hundreds of services keeps
// every processor busy for a while.
func (e *Engine) pauses(ctx context.Context, look func()) {
	select {
	case <-ctx.Done():
	case <-time.After(e.options.Pause):
		look()
	}
}

// take folds one event into what the engine knows.
func (e *Engine) take(event promotion.Event) {
	e.ledger.Apply(event)
	e.seq = event.Seq
	e.notice(event)
}

// recover reports every attempt that ran when the last engine ended as lost; the core says what follows from that.
func (e *Engine) recover() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.work.Go(e.leftovers)
	for _, run := range e.ledger.Unfinished() {
		for _, task := range promotion.Next(run, e.options.Now()) {
			if task.Kind == promotion.TaskExecute {
				e.lost[engine.AttemptKey{Run: run.ID, Stage: task.Stage, Attempt: task.Attempt}] = true
				e.reportLost(run.ID, task)
			}
		}
	}
	e.reconcile()
}

// reportLost tells the core that an attempt ran when the last engine ended. Until that is in the journal nobody executes the
// attempt: it was executed before. The caller holds mu.
func (e *Engine) reportLost(id promotion.RunID, task promotion.Task) {
	err := e.apply(promotion.Command{Run: id, Verb: promotion.VerbReportLost, Actor: "gantry", Stage: task.Stage, Attempt: task.Attempt,
		Reason: "the engine ended while it ran"})
	if err == nil {
		delete(e.lost, engine.AttemptKey{Run: id, Stage: task.Stage, Attempt: task.Attempt})
	}
}

// Drain starts nothing further and waits until the attempts under way have ended, so that another process can go on where
// no stage is half done.
func (e *Engine) Drain(ctx context.Context) error {
	e.mu.Lock()
	e.draining = true
	e.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for s := range e.Watch(ctx) {
		if len(s.Progress) == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// Wake goes on with what is unfinished, where no command has come yet.
func (e *Engine) Wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asleep {
		e.asleep = false
		e.reconcile()
	}
}

// Rests tells whether nothing goes on by itself, now or at any time: every run has ended or waits for a person.
func (e *Engine) Rests() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.attempts) == 0 && len(e.alarms) == 0 && !e.mending
}

// Busy says what is under way, or waits for a time to go on by itself; "" when nothing is. What is put aside until its time is
// over counts for nothing.
func (e *Engine) Busy() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	runs := map[promotion.RunID]bool{}
	for key := range e.attempts {
		runs[key.Run] = true
	}
	for id := range e.alarms {
		if !e.ledger.Run(id).Aside() {
			runs[id] = true
		}
	}
	if len(runs) == 0 && e.mending {
		return "the journal cannot be written"
	}
	var names []string
	for _, id := range slices.Sorted(maps.Keys(runs)) {
		names = append(names, fmt.Sprint(id))
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "run " + names[0] + " is under way"
	}
	return "runs " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are under way"
}

// Close ends the attempts under way, which the next engine resumes, and lets go of the state directory.
func (e *Engine) Close() error {
	e.cancel()
	e.mu.Lock()
	for _, a := range e.alarms {
		a.timer.Stop()
	}
	e.mu.Unlock()
	e.work.Wait()
	if e.notifier != nil {
		e.notifier.Close(farewell)
	}
	e.snapshots.close()
	err := e.records.Close()
	if e.lock != nil {
		err = errors.Join(err, e.lock.Release())
	}
	return err
}

// apply decides, journals and folds one command. The caller holds mu.
func (e *Engine) apply(c promotion.Command) error {
	if e.journal == nil {
		return errReading
	}
	events, err := e.ledger.Decide(c, e.options.Now())
	if err != nil || len(events) == 0 {
		return err
	}
	err = e.write(events...)
	var applied *journal.Applied
	if errors.As(err, &applied) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("journal %s of run %d: %w", c.Verb, c.Run, err)
	}
	return nil
}

// Command asks a run for something on behalf of an operator.
func (e *Engine) Command(_ context.Context, c promotion.Command) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	err := e.remember(c, e.apply(c))
	e.asleep = e.asleep && err != nil
	return err
}

// report tells the core how an attempt went on, and calls then, if any, before anything follows from it. While the
// journal cannot be written it waits and tries again: what happened must not be forgotten.
func (e *Engine) report(c promotion.Command, then func()) {
	c.Actor = "gantry"
	for {
		e.mu.Lock()
		if e.heardOf(c) {
			if then != nil {
				then()
			}
			e.reconcile()
			e.mu.Unlock()
			return
		}
		e.mu.Unlock()
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(e.options.Mend):
		}
	}
}

// heardOf journals a report; false when it could not be written. One that is refused is about a run that has ended
// meanwhile: what the attempt made live must be known all the same. The caller holds mu.
func (e *Engine) heardOf(c promotion.Command) bool {
	var refusal *promotion.Refusal
	err := e.apply(c)
	if errors.As(err, &refusal) && c.Result != nil && c.Result.Deployment != nil {
		err = e.apply(promotion.Command{Run: c.Run, Verb: promotion.VerbReportDeployed, Actor: c.Actor,
			Environment: c.Stage.Column(), Deployment: c.Result.Deployment})
	}
	return err == nil || errors.As(err, &refusal)
}

// complain tells operators of something that belongs to no run. The caller holds mu.
func (e *Engine) complain(format string, args ...any) {
	e.tell(engine.Notice{Text: fmt.Sprintf(format, args...), Error: true})
}

func (e *Engine) tell(n engine.Notice) {
	n.At = e.options.Now()
	e.notices = append(e.notices, n)
	if extra := len(e.notices) - 50; extra > 0 {
		e.notices = e.notices[extra:]
	}
	e.snapshots.changed()
}

// directory is where a run keeps its files.
func (e *Engine) directory(run promotion.RunID) string {
	return filepath.Join(e.options.State, "runs", fmt.Sprint(run))
}

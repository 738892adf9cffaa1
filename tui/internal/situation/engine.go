package situation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/numbers"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Engine is an engine.Engine over a story. A test, or a script, moves the story on with Tell.
type Engine struct {
	mu        sync.Mutex
	story     *Story
	watchers  []chan engine.Snapshot
	Asked     []promotion.Command // what operators asked for, in order
	Started   engine.StartRequest // the newest one
	Preview   engine.RollbackPreview
	Previewed engine.RollbackRequest // the newest one
	Plan      engine.DryRun          // what a dry run says
	Reran     engine.RerunRequest    // the newest one
	Gone      string                 // why no log is there any more; "" they are
	proof     *engine.Evidence
	changes   engine.Changes
	closed    bool
}

var _ engine.Engine = (*Engine)(nil)

// NewEngine serves a story.
func NewEngine(s *Story) *Engine { return &Engine{story: s} }

// Tell changes the story and lets every watcher know.
func (e *Engine) Tell(change func(*Story)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e.story)
	snapshot := e.story.Snapshot()
	for _, w := range e.watchers {
		select {
		case <-w:
		default:
		}
		w <- snapshot
	}
}

// Proves sets the evidence of every run.
func (e *Engine) Proves(evidence engine.Evidence) { e.proof = &evidence }

// Watch delivers the newest snapshot.
func (e *Engine) Watch(ctx context.Context) <-chan engine.Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	in, out := make(chan engine.Snapshot, 1), make(chan engine.Snapshot)
	in <- e.story.Snapshot()
	e.watchers = append(e.watchers, in)
	go func() {
		defer close(out)
		for {
			select {
			case s := <-in:
				select {
				case out <- s:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// Start begins a promotion.
func (e *Engine) Start(_ context.Context, r engine.StartRequest) (id promotion.RunID, err error) {
	e.Tell(func(s *Story) {
		e.Started = r
		plan := s.Plan(r.Service, fmt.Sprintf("1.%d.0", 8+s.last), "Started from the console")
		plan.Step, plan.Drill = r.Step, r.Drill
		id = s.Begin(plan, r.Actor)
	})
	return id, nil
}

// Command asks a run for something.
func (e *Engine) Command(_ context.Context, c promotion.Command) (err error) {
	e.Tell(func(s *Story) {
		e.Asked = append(e.Asked, c)
		err = s.Try(c)
	})
	return err
}

// Commands are what operators asked for.
func (e *Engine) Commands() []promotion.Command {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]promotion.Command(nil), e.Asked...)
}

// PreviewRollback says what RollBack would do.
func (e *Engine) PreviewRollback(_ context.Context, r engine.RollbackRequest) (engine.RollbackPreview, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Previewed = r
	if e.Preview.Slot.Environment != "" {
		return e.Preview, nil
	}
	slot := e.story.ledger.Slot(promotion.Slot{Environment: r.Environment, Service: r.Service})
	p := engine.RollbackPreview{Slot: slot.Slot, From: slot.Live, To: slot.LastGood, Available: true, Protected: r.Environment == "prod"}
	if slot.Live == nil {
		p.Refused = "nothing is live in " + r.Environment
	}
	if r.Run != 0 { // what the policy would do
		revert := e.story.ledger.Revert(r.Run, r.Environment)
		if p.To = revert.Target; slot.Live != nil && slot.Live.Release.Image != revert.From {
			p.Refused = r.Environment + " has moved on and is left alone: " + slot.Live.Release.Name() + " is live there now"
		}
	}
	p.FromBy, p.ToBy = e.story.madeBy(p.From), e.story.madeBy(p.To)
	p.Notes = []string{"The database stays as it is: every migration is backward compatible, and none is undone."}
	return p, nil
}

// RollBack starts a rollback run.
func (e *Engine) RollBack(_ context.Context, r engine.RollbackRequest) (id promotion.RunID, err error) {
	e.Tell(func(s *Story) {
		slot := s.ledger.Slot(promotion.Slot{Environment: r.Environment, Service: r.Service})
		if slot.Live == nil {
			err = errors.New("nothing is live in " + r.Environment)
			return
		}
		plan := s.RollbackPlan(slot.Live.Run, r.Environment)
		plan.Revert.Cause, plan.Trigger = 0, "operator"
		id = s.Begin(plan, r.Actor)
	})
	return id, err
}

// Status is what is live where.
func (e *Engine) Status(_ context.Context, service string) ([]engine.Status, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []engine.Status
	for _, info := range e.story.Snapshot().Slots {
		if service != "" && info.Slot.Service != service {
			continue
		}
		status := engine.Status{Slot: info.Slot, Recorded: info.Live, LastGood: info.LastGood}
		if info.Live != nil {
			status.Live = &engine.Live{Image: info.Live.Release.Image, Version: info.Live.Release.Version, Since: info.Live.Since, Healthy: true}
		}
		all = append(all, status)
	}
	return all, nil
}

// Log opens a log.
func (e *Engine) Log(run promotion.RunID, stage promotion.StageID, attempt int) (engine.Log, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if stage == engine.EvidenceLog && e.proof != nil {
		return e.proof.Log(), nil
	}
	if attempt == 0 {
		s, _ := e.story.Run(run).Stage(stage)
		attempt = s.Last().N
	}
	if e.Gone != "" {
		return nil, errors.New(e.Gone)
	}
	if l, found := e.story.Log[engine.AttemptKey{Run: run, Stage: stage, Attempt: attempt}]; found {
		return l, nil
	}
	return nil, fmt.Errorf("attempt %d of %s in run %d has written no log", attempt, stage, run)
}

// Run is one run.
func (e *Engine) Run(id promotion.RunID) (promotion.Run, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if run := e.story.Run(id); run.ID != 0 {
		return run, nil
	}
	return promotion.Run{}, fmt.Errorf("there is no run %d", id)
}

// Runs are the runs of a service, also those that no snapshot holds.
func (e *Engine) Runs(service string) ([]promotion.Run, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var runs []promotion.Run
	for _, run := range e.story.ledger.Runs() {
		if service == "" || run.Plan.Service == service {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// Events are a run's events.
func (e *Engine) Events(run promotion.RunID) ([]promotion.Event, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.story.Events(run), nil
}

// Evidence is what was captured.
func (e *Engine) Evidence(promotion.RunID) (*engine.Evidence, error) { return e.proof, nil }

// Differs sets what sets every run's release apart from the last good one.
func (e *Engine) Differs(c engine.Changes) { e.changes = c }

// Changes are what sets a release apart.
func (e *Engine) Changes(_ context.Context, run promotion.RunID) (engine.Changes, error) {
	c := e.changes
	c.Run = run
	return c, nil
}

// Audit is what the story's events tell.
func (e *Engine) Audit(context.Context) ([]engine.AuditEntry, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var events []promotion.Event
	for _, run := range e.story.ledger.Runs() {
		events = append(events, e.story.Events(run.ID)...)
	}
	slices.SortFunc(events, func(a, b promotion.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	var trail audit.Trail
	for _, event := range events {
		trail.Take(event)
	}
	return trail.Entries(), nil
}

// Numbers are the figures of the story's runs.
func (e *Engine) Numbers(_ context.Context, since time.Duration) (engine.Numbers, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.story.Snapshot()
	o := numbers.Options{From: s.At.Add(-since), To: s.At}
	for _, environment := range s.Environments {
		o.Environments = append(o.Environments, environment.Name)
	}
	return numbers.Of(e.story.ledger.Runs(), o), nil
}

// Close marks the engine closed.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// CommandSlot asks something of a slot.
func (e *Engine) CommandSlot(_ context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	slot, err := promotion.Slot{Environment: r.Environment, Service: r.Service}, error(nil)
	e.Tell(func(s *Story) {
		c := promotion.Command{ID: r.ID, Verb: r.Verb, Actor: r.Actor, Reason: r.Reason, Slot: &slot, Digest: promotion.Digest(r.Release)}
		e.Asked = append(e.Asked, c)
		err = s.Try(c)
	})
	return []promotion.Slot{slot}, err
}

// Forget leaves a run out of every snapshot from now on, as an engine does with those that ended long ago.
func (e *Engine) Forget(id promotion.RunID) {
	e.Tell(func(s *Story) { s.forgotten = append(s.forgotten, id) })
}

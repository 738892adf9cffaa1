package attach

import (
	"context"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Standby is an engine for one front end, wherever it runs: in this process, or in another one that holds the state
// directory. When that one ends, this process takes the directory over, or attaches to whoever was faster.
type Standby struct {
	open func(ctx context.Context, gone *Client) (Engine, error)

	mu     sync.Mutex
	engine Engine
	closed bool
}

var _ Engine = (*Standby)(nil)

func (s *Standby) now() Engine {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine
}

// Elsewhere is the engine of another process that does the work; false when this one does it.
func (s *Standby) Elsewhere() (About, bool) {
	if c, attached := s.now().(*Client); attached {
		return c.About(), true
	}
	return About{}, false
}

// Watch delivers the snapshots of whichever engine there is.
func (s *Standby) Watch(ctx context.Context) <-chan engine.Snapshot {
	out := make(chan engine.Snapshot)
	go func() {
		defer close(out)
		for e := s.now(); e != nil; e = s.after(ctx, e) {
			for snapshot := range e.Watch(ctx) {
				select {
				case out <- snapshot:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// after is the engine that follows one whose snapshots have ended; nil when none does.
func (s *Standby) after(ctx context.Context, gone Engine) Engine {
	s.mu.Lock()
	defer s.mu.Unlock()
	client, attached := gone.(*Client)
	if ctx.Err() != nil || s.closed || !attached {
		return nil
	}
	if s.engine == gone { // nobody else has seen to it
		next, err := s.open(ctx, client)
		if err != nil {
			return nil
		}
		_ = gone.Close()
		s.engine = next
	}
	return s.engine
}

// Heard is when the engine last gave a sign of life.
func (s *Standby) Heard() time.Time { return heard(s.now()) }

// Close lets go of the engine; one of this process ends.
func (s *Standby) Close() error {
	s.mu.Lock()
	s.closed = true
	e := s.engine
	s.mu.Unlock()
	return e.Close()
}

// Start begins a promotion.
func (s *Standby) Start(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
	return s.now().Start(ctx, r)
}

// DryRun says what Start would do.
func (s *Standby) DryRun(ctx context.Context, r engine.StartRequest) (engine.DryRun, error) {
	return s.now().DryRun(ctx, r)
}

// Command asks a run for something.
func (s *Standby) Command(ctx context.Context, c promotion.Command) error {
	return s.now().Command(ctx, c)
}

// PreviewRollback says what RollBack would do.
func (s *Standby) PreviewRollback(ctx context.Context, r engine.RollbackRequest) (engine.RollbackPreview, error) {
	return s.now().PreviewRollback(ctx, r)
}

// Rerun starts a new run of the release of an earlier one.
func (s *Standby) Rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	return s.now().Rerun(ctx, r)
}

// Reprovision puts the release of an earlier run aside.
func (s *Standby) Reprovision(ctx context.Context, r engine.ReprovisionRequest) (promotion.RunID, error) {
	return s.now().Reprovision(ctx, r)
}

// CommandSlot asks something of a slot.
func (s *Standby) CommandSlot(ctx context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	return s.now().CommandSlot(ctx, r)
}

// RollBack starts a rollback run of one environment.
func (s *Standby) RollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	return s.now().RollBack(ctx, r)
}

// Status reads what is live where.
func (s *Standby) Status(ctx context.Context, service string) ([]engine.Status, error) {
	return s.now().Status(ctx, service)
}

// Log opens the log of an attempt.
func (s *Standby) Log(run promotion.RunID, stage promotion.StageID, attempt int) (engine.Log, error) {
	return s.now().Log(run, stage, attempt)
}

// Run is one run of the journal.
func (s *Standby) Run(id promotion.RunID) (promotion.Run, error) { return s.now().Run(id) }

// Runs are the runs of a service, newest first.
func (s *Standby) Runs(service string) ([]promotion.Run, error) { return s.now().Runs(service) }

// Events are a run's events, oldest first.
func (s *Standby) Events(run promotion.RunID) ([]promotion.Event, error) { return s.now().Events(run) }

// Evidence is what was captured before a rollback.
func (s *Standby) Evidence(run promotion.RunID) (*engine.Evidence, error) {
	return s.now().Evidence(run)
}

// Audit is who did what.
func (s *Standby) Audit(ctx context.Context) ([]engine.AuditEntry, error) { return s.now().Audit(ctx) }

// Numbers are figures about what ran.
func (s *Standby) Numbers(ctx context.Context, since time.Duration) (engine.Numbers, error) {
	return s.now().Numbers(ctx, since)
}

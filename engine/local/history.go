package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// Run is one run of the journal.
func (e *Engine) Run(id promotion.RunID) (promotion.Run, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	run, err := e.ledger.Find(id)
	if err != nil {
		return run, err
	}
	if run.ID == 0 {
		return run, fmt.Errorf("there is no run %d: list the runs with `gantry runs`", id)
	}
	return run, nil
}

// Events are a run's events, oldest first.
func (e *Engine) Events(run promotion.RunID) ([]promotion.Event, error) {
	return e.records.Events(e.ctx, run)
}

// Log opens the log of an attempt; attempt 0 is the latest.
func (e *Engine) Log(id promotion.RunID, stage promotion.StageID, attempt int) (engine.Log, error) {
	run, err := e.Run(id)
	if err != nil {
		return nil, err
	}
	if stage == engine.EvidenceLog {
		return e.evidenceLog(id)
	}
	state, found := run.Stage(stage)
	if !found {
		return nil, fmt.Errorf("run %d has no stage %q: see `gantry show %d`", id, stage, id)
	}
	if attempt == 0 {
		attempt = len(state.Attempts)
	}
	log, err := logs.Open(e.logFile(engine.AttemptKey{Run: id, Stage: stage, Attempt: attempt}))
	switch {
	case !errors.Is(err, fs.ErrNotExist):
	case len(state.Attempts) == 0:
		return nil, fmt.Errorf("%s of run %d has no log: it has not started", stage, id)
	case attempt < 0 || attempt > len(state.Attempts):
		return nil, fmt.Errorf("%s of run %d has no attempt %d: its newest is attempt %d, see `gantry show %d`", stage, id, attempt, len(state.Attempts), id)
	case run.Done() && !exists(e.directory(id)):
		return nil, fmt.Errorf("the logs of run %d are gone: it ended on %s, and [keep] in the configuration says for how long they are kept", id, run.Finished.Format(time.DateOnly))
	default:
		return nil, fmt.Errorf("attempt %d of %s of run %d left no log: it ended before it wrote anything", attempt, stage, id)
	}
	return log, err
}

// Evidence is what was captured before a rollback: the rollback's own number, or that of the promotion it reverts.
func (e *Engine) Evidence(id promotion.RunID) (*engine.Evidence, error) {
	run, err := e.Run(id)
	if err != nil {
		return nil, err
	}
	for _, linked := range run.Rollbacks {
		if found, err := e.evidence(linked.Run); found != nil || err != nil {
			return found, err
		}
	}
	return e.evidence(id)
}

func (e *Engine) evidenceLog(id promotion.RunID) (engine.Log, error) {
	found, err := e.Evidence(id)
	if err == nil && found == nil {
		err = fmt.Errorf("run %d has no evidence: it is captured before a rollback", id)
	}
	if err != nil {
		return nil, err
	}
	return found.Log(), nil
}

func (e *Engine) evidence(id promotion.RunID) (*engine.Evidence, error) {
	text, err := os.ReadFile(filepath.Join(e.directory(id), stages.EvidenceFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the evidence of run %d: %w", id, err)
	}
	var found engine.Evidence
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("read the evidence of run %d: %w", id, err)
	}
	return &found, nil
}

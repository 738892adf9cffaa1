package local

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// tidy removes what ended runs need no more, once nothing works for them any longer. Logs, evidence and the stub stay.
// The caller holds mu.
func (e *Engine) tidy() {
	for id := range e.ended {
		if e.working(id) {
			continue
		}
		delete(e.ended, id)
		delete(e.copies, id)
		work := stages.Workspace{Dir: e.directory(id)}
		e.work.Go(func() {
			for _, dir := range work.Scratch() {
				if err := os.RemoveAll(dir); err != nil {
					e.mu.Lock()
					e.complain("%s of run %d, which nobody needs any more, cannot be removed: %v", filepath.Base(dir), id, err)
					e.mu.Unlock()
				}
			}
		})
	}
}

// leftovers finds the runs that ended when no engine was left to tidy up after them. There may be many, and nobody waits.
func (e *Engine) leftovers() {
	entries, err := os.ReadDir(filepath.Join(e.options.State, "runs"))
	if err != nil {
		return // there were no runs
	}
	for _, entry := range entries {
		n, err := strconv.ParseInt(entry.Name(), 10, 64)
		id := promotion.RunID(n)
		if err != nil || !slices.ContainsFunc(stages.Workspace{Dir: e.directory(id)}.Scratch(), exists) {
			continue
		}
		e.mu.Lock()
		if id <= e.ledger.Newest() && e.ledger.Ended(id) {
			e.ended[id] = true
		}
		e.mu.Unlock()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tidy()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// working tells whether an attempt of the run is still under way, or still ending.
func (e *Engine) working(id promotion.RunID) bool {
	for key := range e.attempts {
		if key.Run == id {
			return true
		}
	}
	return false
}

package local

import (
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Runs are the runs of a service, newest first; "" means every service. One that is not configured any more has its runs
// still. Of those that ended long ago it tells what a list shows, and no columns.
func (e *Engine) Runs(service string) ([]promotion.Run, error) {
	listed, err := e.records.Runs(e.ctx, journal.Filter{Service: service})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if service != "" && len(listed) == 0 && e.pipeline.Service(service).Name == "" {
		return nil, unknownService(e.pipeline, service)
	}
	kept := map[promotion.RunID]promotion.Run{}
	for _, run := range e.ledger.Runs() {
		kept[run.ID] = run
	}
	runs := make([]promotion.Run, 0, len(listed))
	for _, s := range listed {
		run, found := kept[s.Run]
		if !found && s.Drill { // rare, and a list says what was rehearsed
			if run, err = e.ledger.Find(s.Run); err != nil {
				return nil, err
			}
			found = run.ID != 0
		}
		if !found {
			run = brief(s)
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// brief is a run as far as its summary tells.
func brief(s journal.Summary) promotion.Run {
	return promotion.Run{
		ID: s.Run, Plan: promotion.Plan{Kind: s.Kind, Service: s.Service, Team: s.Team, Trigger: s.Trigger}, Actor: s.Actor, Release: s.Release(),
		Seq: s.Seq, Started: s.Started, Finished: s.Finished, Outcome: s.Outcome, Reason: s.Reason, Columns: []promotion.ColumnState{},
	}
}

// past is a run that the ledger does not keep, as it stood after an event.
func (e *Engine) past(id promotion.RunID, seq int64) (promotion.Run, error) {
	events, err := e.records.Until(e.ctx, id, seq)
	return promotion.Fold(events), err
}

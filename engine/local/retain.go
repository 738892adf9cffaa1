package local

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
)

// Retained is what a collection must leave, by the policy and by what the journal says of the slots and the runs.
func (e *Engine) Retained(ctx context.Context, keep config.Keep) (retention.Kept, error) {
	w := wanted{runs: map[promotion.RunID]bool{}, images: map[promotion.Digest]bool{}}
	e.mu.Lock()
	for _, slot := range e.ledger.Slots() {
		w.slot(e.ledger.Slot(slot.Slot)) // with what it may go back to
	}
	for _, run := range e.ledger.Unfinished() {
		w.underWay(run)
	}
	e.mu.Unlock()
	summaries, err := e.records.Runs(ctx, journal.Filter{})
	if err != nil {
		return retention.Kept{}, err
	}
	var expired []retention.Run
	of, now := map[string]int{}, e.options.Now()
	for _, s := range summaries { // newest first
		of[s.Service]++
		if s.Done() && of[s.Service] > keep.Runs && now.Sub(s.Finished) >= keep.Age && !w.runs[s.Run] {
			name := strings.TrimSpace(s.Service + " " + s.Release().Name())
			expired = append(expired, retention.Run{ID: s.Run, Name: name + ", ended " + s.Finished.Format(time.DateOnly)})
			continue
		}
		run, err := e.Run(s.Run)
		if err != nil {
			return retention.Kept{}, err
		}
		w.carried(run)
	}
	slices.Reverse(expired)
	return retention.Kept{Images: w.images, Expired: expired}, nil
}

// wanted collects what must stay.
type wanted struct {
	runs   map[promotion.RunID]bool
	images map[promotion.Digest]bool
}

// slot keeps what is live, what was good and what a rollback can be told to go back to.
func (w wanted) slot(s promotion.SlotState) {
	w.deployment(s.Live)
	w.deployment(s.LastGood)
	for _, list := range [][]promotion.Deployment{s.Good, s.History} {
		for _, d := range list {
			w.deployment(&d)
		}
	}
	for _, veto := range s.Vetoed {
		w.runs[veto.By] = true
		w.deployment(veto.Before)
	}
}

func (w wanted) deployment(d *promotion.Deployment) {
	if d != nil {
		w.runs[d.Run] = true
		w.release(d.Release)
	}
}

func (w wanted) release(r promotion.Release) {
	for _, digest := range []promotion.Digest{r.Image, r.Migration, r.Verification, r.Stub} {
		w.images[digest] = true
	}
	for _, digest := range r.Tested {
		w.images[digest] = true
	}
}

// carried keeps what a run carries: a rerun of it begins with that.
func (w wanted) carried(run promotion.Run) {
	w.release(run.Release)
	if run.Plan.Release != nil {
		w.release(*run.Plan.Release)
	}
}

// underWay keeps also what a run that goes on found, or would go back to. Of one that has ended that would keep the whole
// history: it names the run before it, and that one the run before.
func (w wanted) underWay(run promotion.Run) {
	w.runs[run.ID] = true
	w.carried(run)
	if revert := run.Plan.Revert; revert != nil {
		w.runs[revert.Cause], w.images[revert.From] = true, true
		w.deployment(revert.Target)
	}
	for _, column := range run.Columns {
		w.deployment(column.Live)
		w.deployment(column.LastGood)
		w.deployment(column.Deployed)
	}
}

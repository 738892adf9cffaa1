package plain

import (
	"cmp"
	"fmt"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// history folds the events of runs as they come.
type history struct {
	engine engine.Engine
	seen   map[promotion.RunID]int64
	runs   map[promotion.RunID]promotion.Run
}

func newHistory(e engine.Engine) *history {
	return &history{engine: e, seen: map[promotion.RunID]int64{}, runs: map[promotion.RunID]promotion.Run{}}
}

// fresh is the events of the runs that have not been seen yet, in no order. Those that are newer than the snapshot are
// left for the next one, so that what is told of a run and what is live where fit together.
func (h *history) fresh(ids []promotion.RunID, s engine.Snapshot) ([]promotion.Event, error) {
	var events []promotion.Event
	for _, id := range ids {
		all, err := h.engine.Events(id)
		if err != nil {
			return nil, fmt.Errorf("reading the events of run %d: %w", id, err)
		}
		for _, e := range all {
			if e.Seq > h.seen[id] && (e.Seq <= s.Seq || s.Seq == 0) {
				events = append(events, e)
				h.seen[id] = e.Seq
			}
		}
	}
	return events, nil
}

// apply is the event's run after it.
func (h *history) apply(e promotion.Event) promotion.Run {
	h.runs[e.Run] = promotion.Apply(h.runs[e.Run], e)
	return h.runs[e.Run]
}

func bySequence(a, b promotion.Event) int { return cmp.Compare(a.Seq, b.Seq) }

package plain

import (
	"cmp"
	"fmt"
	"slices"

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

// fresh is the events of the runs that have not been seen yet, in no order.
func (h *history) fresh(ids []promotion.RunID) ([]promotion.Event, error) {
	var events []promotion.Event
	for _, id := range ids {
		all, err := h.engine.Events(id)
		if err != nil {
			return nil, fmt.Errorf("reading the events of run %d: %w", id, err)
		}
		if i := slices.IndexFunc(all, func(e promotion.Event) bool { return e.Seq > h.seen[id] }); i >= 0 {
			events = append(events, all[i:]...)
			h.seen[id] = all[len(all)-1].Seq
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

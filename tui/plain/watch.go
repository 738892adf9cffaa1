package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

// Watch prints what happens to every run from now on, until the context or the engine ends.
func Watch(ctx context.Context, e engine.Engine, w io.Writer, format string) error {
	p, err := newPrinter(w, Options{Format: format, Now: time.Now})
	if err != nil {
		return err
	}
	h, said, first := newHistory(e), map[string]bool{}, true
	told := notices{}
	var pace pace
	defer pace.stop()
	snapshots := e.Watch(ctx)
	for {
		select {
		case s, open := <-snapshots:
			if !open && ctx.Err() == nil {
				return errors.New("the engine has ended")
			}
			if !open {
				return nil
			}
			if err := told.tell(p, s); err != nil {
				return err
			}
			if err := overhear(h, p, s, said, first); err != nil {
				return err
			}
			first = false
			pace.watch(s)
		case <-pace.due():
			if err := pace.tell(p, h.runs); err != nil {
				return err
			}
		}
	}
}

// overhear prints what a snapshot brings. What had happened before the first one is only learnt.
func overhear(h *history, p printer, s engine.Snapshot, said map[string]bool, silent bool) error {
	var ids []promotion.RunID
	for _, run := range s.Runs {
		if run.Seq > h.seen[run.ID] {
			ids = append(ids, run.ID)
		}
	}
	events, err := h.fresh(ids, s)
	if err != nil {
		return err
	}
	slices.SortStableFunc(events, bySequence)
	for _, e := range events {
		run := h.apply(e)
		if silent {
			continue
		}
		if err := p.event(run, e, false); err != nil {
			return err
		}
	}
	for _, id := range ids {
		run := h.runs[id]
		why := present.Wait(run)
		key := fmt.Sprint(id, why)
		if why == "" || said[key] {
			continue
		}
		said[key] = true
		if err := p.waits(run, why, s.At); err != nil {
			return err
		}
	}
	return nil
}

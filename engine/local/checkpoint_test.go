package local

import (
	"bytes"
	"context"
	"iter"
	"reflect"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// reread is a journal with other checkpoints than it has, which counts the events that are folded at its opening.
type reread struct {
	records
	change func([]journal.Checkpoint) []journal.Checkpoint
	folded int
}

func (r *reread) Checkpoints(ctx context.Context) iter.Seq2[journal.Checkpoint, error] {
	return func(yield func(journal.Checkpoint, error) bool) {
		for _, c := range r.change(checkpoints(ctx, r.records)) {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func checkpoints(ctx context.Context, r records) (found []journal.Checkpoint) {
	for c, err := range r.Checkpoints(ctx) {
		if err == nil {
			found = append(found, c)
		}
	}
	return found
}

func (r *reread) Since(ctx context.Context, seq int64, fn func(promotion.Event) error) error {
	return r.records.Since(ctx, seq, func(e promotion.Event) error { r.folded++; return fn(e) })
}

// reopened is an engine that looks at the home's journal, and how many events it had to fold.
func (h *home) reopened(change func([]journal.Checkpoint) []journal.Checkpoint) (*Engine, int) {
	h.t.Helper()
	o := h.options()
	reader, err := journal.OpenReader(o.State)
	if err != nil {
		h.t.Fatal(err)
	}
	e, r := newEngine(h.t.Context(), o), &reread{records: reader, change: change}
	e.records = r
	if err := e.load(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	return e, r.folded
}

func TestAnEngineKnowsTheSameWithACheckpointAndWithout(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	e.mu.Lock()
	e.saved -= often // a checkpoint is due: it is made in the midst of the next run
	e.mu.Unlock()
	h.world.when("qa/e2e", func(context.Context, *stages.Job) (promotion.Result, error) {
		return promotion.Result{}, &engine.Verdict{Why: "2 of 31 tests failed"}
	})
	h.end(e, h.start(e, engine.StartRequest{}))
	h.end(e, h.start(e, engine.StartRequest{Until: "dev"}))
	found := checkpoints(t.Context(), e.records)
	if len(found) != 1 {
		t.Fatalf("it saved %d checkpoints", len(found))
	}
	saved := found[0].Seq
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	whole, all := h.reopened(func([]journal.Checkpoint) []journal.Checkpoint { return nil })
	want := whole.Snapshot()
	if len(want.Runs) < 5 || len(want.Slots) != 3 || want.Paces.Of("inventory", "build/build").Expected == 0 || want.Seq != int64(all) {
		t.Fatalf("the history is too short to prove anything: %d runs, %d slots, %d events", len(want.Runs), len(want.Slots), all)
	}
	for name, test := range map[string]struct {
		change func([]journal.Checkpoint) []journal.Checkpoint
		folded int
	}{
		"with the checkpoint": {func(c []journal.Checkpoint) []journal.Checkpoint { return c }, all - int(saved)},
		"with one that cannot be read before it": {func(c []journal.Checkpoint) []journal.Checkpoint {
			return append([]journal.Checkpoint{{Seq: want.Seq, State: []byte(`{"format":1,"seq":`)}}, c...)
		}, all - int(saved)},
		"with one of another format": {func([]journal.Checkpoint) []journal.Checkpoint {
			return []journal.Checkpoint{{Seq: want.Seq, State: []byte(`{"format":0}`)}}
		}, all},
	} {
		again, folded := h.reopened(test.change)
		got := again.Snapshot()
		if folded != test.folded {
			t.Errorf("%s it folds %d events, want %d", name, folded, test.folded)
		}
		if got.Seq != want.Seq || !reflect.DeepEqual(got.Runs, want.Runs) || !reflect.DeepEqual(got.Slots, want.Slots) || !samePaces(got, want) {
			t.Errorf("%s it knows something else:\n%+v\nand not\n%+v", name, got, want)
		}
	}
}

// samePaces tells whether two snapshots say the same of every stage of their runs.
func samePaces(a, b engine.Snapshot) bool {
	for _, run := range a.Runs {
		for _, column := range run.Columns {
			for _, stage := range column.Stages {
				if a.Paces.Of(run.Plan.Service, stage.ID) != b.Paces.Of(run.Plan.Service, stage.ID) {
					return false
				}
			}
		}
	}
	return true
}

// forget lets the engine know of a run what it knows of those of long ago.
func (h *home) forget(e *Engine, id promotion.RunID) {
	h.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	state, err := e.ledger.Checkpoint()
	if err == nil {
		kept := []byte{'r', 'u', 'n', 's', 0x81, byte(id)} // a list of one number in CBOR, and one of none that is as long
		none := []byte{'r', 'u', 'n', 's', 0x9f, 0xff}
		e.ledger, err = promotion.Restore(bytes.Replace(state, kept, none, 1), e.past, sideBySide)
	}
	if err != nil || len(e.ledger.Runs()) > 0 {
		h.t.Fatalf("it keeps %d runs, %v", len(e.ledger.Runs()), err)
	}
}

func TestARunOfLongAgoIsListedShownAndRerunAsEver(t *testing.T) {
	h := newHome(t)
	e := h.open()
	first := h.end(e, h.start(e, engine.StartRequest{}))
	h.forget(e, first.ID)
	if again, err := e.Run(first.ID); err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("run %d is %+v, %v\nwant %+v", first.ID, again, err, first)
	}
	list, err := e.Runs("")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if got := list[0]; got.ID != first.ID || got.Outcome != first.Outcome || got.Release.Name() != first.Release.Name() || !got.Finished.Equal(first.Finished) {
		t.Errorf("listed as %+v", got)
	}
	id, err := e.Rerun(t.Context(), engine.RerunRequest{Run: first.ID, From: "qa", Actor: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded || run.Release.Image != first.Release.Image {
		t.Errorf("the rerun %s with %s: %s", run.Outcome, run.Release.Image.Short(), run.Reason)
	}
}

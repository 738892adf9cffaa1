package local

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
)

// expired are the runs that a collection lets go.
func expired(k retention.Kept) []promotion.RunID {
	var ids []promotion.RunID
	for _, run := range k.Expired {
		ids = append(ids, run.ID)
	}
	return ids
}

func TestWhatIsLiveOrGoodOrUnderWayStaysHoweverOld(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{})) // 1: was live everywhere
	h.world.when("build/build", failing)
	h.end(e, h.start(e, engine.StartRequest{})) // 2: nothing came of it
	h.end(e, h.start(e, engine.StartRequest{})) // 3: as well
	h.world.when("build/build", nil)
	h.end(e, h.start(e, engine.StartRequest{})) // 4: is live
	h.world.when("qa/e2e", failing)
	h.end(e, h.start(e, engine.StartRequest{}))                        // 5: was rolled back, by 6 and 7
	waiting := h.start(e, engine.StartRequest{Step: true})             // 8: goes on
	kept, err := e.Retained(t.Context(), config.Keep{Runs: 1, Age: 1}) // a nanosecond
	if err != nil {
		t.Fatal(err)
	}
	if got := expired(kept); !slices.Equal(got, []promotion.RunID{2, 3}) {
		t.Errorf("runs %v expire, want those that changed nothing; run %d goes on", got, waiting)
	}
	for _, run := range []promotion.RunID{1, 4, 5} {
		if !kept.Images[image(run)] {
			t.Errorf("the image of run %d goes, which a rollback may go back to: %v", run, slices.Collect(maps.Keys(kept.Images)))
		}
	}
}

func TestThePolicyKeepsTheNewestAndTheYoung(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.world.when("build/build", failing)
	for range 4 {
		h.end(e, h.start(e, engine.StartRequest{}))
	}
	for keep, want := range map[config.Keep][]promotion.RunID{
		{Runs: 2, Age: 1}:         {1, 2},
		{Runs: 4, Age: 1}:         nil,
		{Runs: 1, Age: time.Hour}: nil,
	} {
		kept, err := e.Retained(t.Context(), keep)
		if err != nil || !slices.Equal(expired(kept), want) {
			t.Errorf("%+v lets %v go (%v), want %v", keep, expired(kept), err, want)
		}
	}
}

// The journal is no part of a collection: its chain is whole, and what is gone is said to be gone.
func TestAfterACollectionTheJournalIsWholeAndSaysWhatIsGone(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.world.when("build/build", failing)
	for range 2 {
		h.end(e, h.start(e, engine.StartRequest{}))
	}
	kept, err := e.Retained(t.Context(), config.Keep{Runs: 1, Age: 1})
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(h.dir, ".gantry")
	items, err := retention.Runs(state, kept.Expired)
	if err != nil || len(items) != 1 {
		t.Fatalf("%+v, %v", items, err)
	}
	if err := (retention.Plan{Items: items}).Remove(state); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Log(1, "build/build", 1); err == nil || !strings.Contains(err.Error(), "are gone") {
		t.Errorf("the log of run 1: %v", err)
	}
	if _, err := os.Stat(e.logFile(engine.AttemptKey{Run: 2, Stage: "build/build", Attempt: 1})); err != nil {
		t.Errorf("the log of run 2: %v", err)
	}
	if run, err := e.Run(1); err != nil || run.Outcome == "" {
		t.Errorf("run 1 is not known any more: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if run, err := h.open().Run(1); err != nil || run.Outcome == "" {
		t.Errorf("after a restart run 1 is not known any more: %v", err)
	}
}

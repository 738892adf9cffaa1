package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// fill makes the build leave files behind.
func (h *home) fill() {
	h.world.when("build/build", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		for _, dir := range job.Work.Scratch() {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return promotion.Result{}, err
			}
		}
		return h.world.succeed(job)
	})
}

// left is what the run's directory holds.
func (h *home) left(id string) map[string]bool {
	h.t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.dir, ".gantry", "runs", id))
	if err != nil {
		h.t.Fatal(err)
	}
	names := map[string]bool{}
	for _, entry := range entries {
		names[entry.Name()] = true
	}
	return names
}

func TestAnEndedRunKeepsItsLogsAndNotItsCheckout(t *testing.T) {
	h := newHome(t)
	h.fill()
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	if err := e.Close(); err != nil { // waits for what the engine still does
		t.Fatal(err)
	}
	if left := h.left("1"); left["source"] || left["out"] || left["images"] || !left["logs"] {
		t.Errorf("the run's directory holds %v", left)
	}
}

func TestWhatAnEndedRunLeftBehindIsTidiedUpByTheNextEngine(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	work := stages.Workspace{Dir: filepath.Join(h.dir, ".gantry", "runs", "1")}
	if err := os.MkdirAll(filepath.Join(work.Source(), "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.open().Close(); err != nil {
		t.Fatal(err)
	}
	if left := h.left("1"); left["source"] {
		t.Errorf("the run's directory holds %v", left)
	}
}

package local

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
	"github.com/gantry-cd/gantry/engine/stages"
)

// most is how much of the state directory a run may take for ever, in bytes: docs/retention.md promises it.
const most = 64 << 10

// GANTRY_RUNS says of how many whole promotions the state directory is measured.
func TestARunTakesLittleOfTheStateDirectoryForEver(t *testing.T) {
	runs := 12
	if asked, err := strconv.Atoi(os.Getenv("GANTRY_RUNS")); err == nil && asked > 0 {
		runs = asked
	}
	h := newHome(t)
	ordinary, err := os.ReadFile(filepath.Join("..", "..", "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	h.rewrite("[[service]]", "# "+strings.ReplaceAll(string(ordinary), "\n", "\n# ")+"\n[[service]]") // each run keeps a copy
	h.world.when("build/build", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		out := job.Log.Writer("compile")
		defer out.Close()
		if _, err := out.Write([]byte(strings.Repeat("compiled another package\n", 1000))); err != nil {
			return promotion.Result{}, err
		}
		return h.world.succeed(job)
	})
	e := h.open()
	for range runs {
		h.end(e, h.start(e, engine.StartRequest{}))
	}
	kept, err := e.Retained(t.Context(), config.Keep{Runs: 5, Age: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(h.dir, ".gantry")
	before := sizeOf(t, state)
	items, err := retention.Runs(state, kept.Expired)
	if err == nil {
		err = (retention.Plan{Items: items}).Remove(state)
	}
	if err != nil {
		t.Fatal(err)
	}
	whole := sizeOf(t, filepath.Join(state, journal.File))
	t.Logf("%d promotions: %d KiB, %d KiB after a collection; of the journal %.1f KiB each, so that 10,000 take %d MiB",
		runs, before>>10, sizeOf(t, state)>>10, float64(whole)/float64(runs)/1024, whole/int64(runs)*10_000>>20)
	if each := whole / int64(runs); each > most {
		t.Errorf("a run takes %d bytes of the journal, want at most %d", each, most)
	}
	if len(kept.Expired) == 0 && runs > 60 { // fifty of each slot can be gone back to
		t.Errorf("of %d runs none expired", runs)
	}
}

// sizeOf is that of a file or of all below a directory.
func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	var sum int64
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

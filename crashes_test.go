package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// The crash matrix tries every point on a platform in memory. This is one point in every kind of stage of the real one.
func TestAnEngineKilledInAnyKindOfStageIsFollowedByOneThatGoesOn(t *testing.T) {
	if os.Getenv("GANTRY_CRASHES") == "" {
		t.Skip("twelve runs of the samples: done with GANTRY_CRASHES=1")
	}
	h := newHouse(t)
	h.mustRun(commandline.Done, "run", "inventory")
	h.mustRun(commandline.Done, "run", "orders")
	kinds := []string{"build/build", "build/contract", "dev/push", "dev/migrate", "dev/compat", "dev/deploy", "dev/acceptance",
		"qa/copy", "qa/e2e", "qa/stub", "qa/publish"}
	for _, stage := range kinds {
		until := "qa"
		if !strings.HasPrefix(stage, "qa/") {
			until = "dev"
		}
		out := h.mustRun(commandline.Done, "run", "orders", "--until", until, "--drill", stage+"=crash", "--output", "json")
		attempts := map[string]int{}
		for line := range strings.Lines(out) {
			var e struct {
				Type, Stage string
				Attempt     int
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v: %s", stage, err, line)
			}
			if e.Type == "stage.started" {
				attempts[e.Stage] = max(attempts[e.Stage], e.Attempt)
			}
		}
		for other, n := range attempts {
			if want := map[bool]int{true: 2, false: 1}[other == stage]; n != want {
				t.Errorf("killed in %s: %s was attempted %d times, want %d", stage, other, n, want)
			}
		}
		if live := h.digests("orders"); live["dev"] == "" || live["dev"] != live["qa"] {
			t.Errorf("killed in %s: live is %v", stage, live)
		}
	}
	h.mustRun(commandline.Done, "journal", "check")
	t.Logf("killed in %d kinds of stage of the sandbox: resumed %d, wrong 0", len(kinds), len(kinds))
}

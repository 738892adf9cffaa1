package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The order in which packages are initialized follows from their paths and from what they import; this holds that the
// collector is away before the library is initialized that takes longest, whatever is imported one day.
func TestTheCollectorIsAwayBeforeTheLibraryThatTakesLongestIsInitialized(t *testing.T) {
	gantry := filepath.Join(t.TempDir(), "gantry")
	if out, err := exec.Command("go", "build", "-o", gantry, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(gantry, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	away := strings.Index(string(out), "init "+module+"/engine/startup ")
	longest := strings.Index(string(out), "init github.com/santhosh-tekuri/jsonschema/")
	if away < 0 || longest < 0 || away > longest {
		t.Errorf("the collector is away at %d, the library at %d of\n%s", away, longest, out)
	}
}

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gantry-cd/gantry"

// room is one package and what it imports, itself or through others.
type room struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func rooms(t *testing.T) []room {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []room
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var r room
		if err := decoder.Decode(&r); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// within tells whether a package is the room or in it.
func within(path, of string) bool { return path == of || strings.HasPrefix(path, of+"/") }

func TestArrowsPointOneWay(t *testing.T) {
	forbidden := []struct{ from, to, because string }{
		{"engine/promotion", module, "the core imports nothing of ours"},
		{"engine", module + "/tui", "the engine knows no front end"},
		{"engine", module + "/environments", "the engine knows environments only as its port"},
		{"environments", module + "/tui", "a platform knows no front end"},
		{"environments", module + "/engine/local", "a platform knows no driver"},
		{"tui", module + "/environments", "a front end asks the engine"},
		{"tui", module + "/engine/local", "a front end knows no driver"},
		{"environments/sandbox/services", module + "/engine", "the samples are anybody's services"},
	}
	for _, r := range rooms(t) {
		for _, rule := range forbidden {
			if !within(r.ImportPath, module+"/"+rule.from) || rule.from == "environments" && within(r.ImportPath, module+"/environments/sandbox/services") {
				continue
			}
			for _, dep := range r.Deps {
				if within(dep, rule.to) && !within(dep, module+"/"+rule.from) {
					t.Errorf("%s imports %s: %s", r.ImportPath, dep, rule.because)
				}
			}
		}
	}
}

// What tests bring, such as an account of Amazon's, is in no program: only tests import it.
func TestWhatTestsBringIsInNoProgram(t *testing.T) {
	forTests := func(path string) bool { return within(path, module) && strings.HasSuffix(path, "test") }
	for _, r := range rooms(t) {
		if i := slices.IndexFunc(r.Deps, forTests); i >= 0 && !forTests(r.ImportPath) {
			t.Errorf("%s imports %s, which is for tests", r.ImportPath, r.Deps[i])
		}
	}
}

func TestALibraryHasOneHome(t *testing.T) {
	homes := map[string][]string{
		"github.com/charmbracelet":               {"tui"},
		"github.com/google/go-containerregistry": {"engine/images", "environments/internal", "environments/sandbox", "environments/docker", "environments/aws"},
		"github.com/aws":                         {"environments/aws"},
		"github.com/moby/moby":                   {"environments/docker"},
		"modernc.org/sqlite":                     {"engine/journal", "environments/internal", "environments/sandbox", "environments/docker"},
		"github.com/getkin/kin-openapi":          {"engine/stubs"},
		"github.com/pelletier/go-toml/v2":        {"engine/config", "engine/survey"},
		"github.com/alecthomas/kong":             {"tui/commandline"},
		"github.com/teambition/rrule-go":         {"engine/freeze"},
		"github.com/fxamacker/cbor/v2":           {"engine/promotion"},
	}
	for _, r := range rooms(t) {
		for _, imported := range r.Imports {
			for library, allowed := range homes {
				if within(imported, library) && !slices.ContainsFunc(allowed, func(home string) bool { return within(r.ImportPath, module+"/"+home) }) {
					t.Errorf("%s imports %s, whose home is %v", r.ImportPath, imported, allowed)
				}
			}
		}
	}
}

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// rehearsed is a pipeline whose only service builds in a moment, so that every kind of drill can be rehearsed for real.
const rehearsed = `
[[environment]]
name = "dev"

[[environment]]
name = "qa"
verify = ["acceptance"]
rolls_back = ["qa", "dev"]

[[service]]
name = "app"
path = "app"
drop = ["e2e"]
pass_env = ["GOPATH", "GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"]
  [[service.build.step]]
  name = "compile"
  run = 'CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$GANTRY_VERSION" -o "$GANTRY_OUT/app" .'
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.acceptance]
  files = { "app" = "app" }
  run = "./app check"
`

// app is a service and, told to check, its acceptance suite.
const app = `package main

import (
	"fmt"
	"net/http"
	"os"
)

var version string

func main() {
	if len(os.Args) > 1 {
		answer, err := http.Get(os.Getenv("BASE_URL") + "/healthz")
		if err != nil || answer.StatusCode != http.StatusOK {
			fmt.Println("Error:", err)
			os.Exit(1)
		}
		return
	}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "{\"version\":%q}", version) })
	fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`

func newRehearsal(t *testing.T) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("real processes, for half a minute: left out with -short")
	}
	h := &house{t: t, dir: t.TempDir(), gantry: filepath.Join(t.TempDir(), "gantry")}
	for name, text := range map[string]string{"config.toml": rehearsed, "app/main.go": app, "app/go.mod": "module app\n\ngo 1.26\n"} {
		h.write(name, text)
	}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", h.gantry, ".").CombinedOutput(); err != nil {
		t.Fatalf("build gantry: %v\n%s", err, out)
	}
	t.Cleanup(func() { h.run("down") })
	return h
}

// said runs gantry and demands an exit code and some words.
func (h *house) said(code int, words string, args ...string) {
	h.t.Helper()
	if out := h.mustRun(code, args...); !strings.Contains(out, words) {
		h.t.Errorf("gantry %s says nothing of %q", strings.Join(args, " "), words)
	}
}

func TestWhatADrillTakesAwayIsReallyGoneAndNothingElseIs(t *testing.T) {
	h := newRehearsal(t)
	h.write("app/VERSION", "1.0.0\n")
	h.mustRun(commandline.Done, "run", "app")
	one := h.digests("app")["qa"]
	h.write("app/VERSION", "1.1.0\n")

	h.said(commandline.NoVerdict, "DIGEST_INVALID", "run", "app", "--drill", "qa/copy=corrupt")
	h.said(commandline.Done, "DRILL: what qa/copy sends arrives corrupted", "show", "2")
	if got := h.digests("app")["qa"]; got != one {
		t.Errorf("live in qa is %s", got)
	}
	h.mustRun(commandline.Done, "retry", "2")
	two := h.digests("app")["qa"]
	if two == one {
		t.Error("retried, the release is not live in qa")
	}

	h.write("app/VERSION", "1.2.0\n")
	h.said(commandline.NoVerdict, "no route to host", "run", "app", "--drill", "qa/deploy=lost")
	if got := h.digests("app")["qa"]; got != two {
		t.Errorf("live in qa is %s", got)
	}
	h.mustRun(commandline.Done, "abort", "3")
	h.said(commandline.Done, "dev/push is slowed down", "run", "app", "--until", "dev", "--drill", "dev/push=slow")
	h.said(commandline.Done, `"drill":`, "runs", "app", "--output", "json")
}

func TestScenarioEngineKilledDuringDeploy(t *testing.T) {
	h := newRehearsal(t)
	out := h.mustRun(commandline.Done, "run", "app", "--drill", "qa/deploy=crash")
	for _, words := range []string{"has ended: its runs go on in gantry engine", "qa/deploy started, attempt 2"} {
		if !strings.Contains(out, words) {
			t.Errorf("nothing is said of %q:\n%s", words, out)
		}
	}
	if got := h.digests("app"); got["qa"] == "" || got["qa"] != got["dev"] {
		t.Errorf("live is %v", got)
	}
}

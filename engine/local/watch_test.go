package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// checkout makes the home a git repository.
func (h *home) checkout() {
	h.t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			h.t.Fatal("gantry needs git: it is not on PATH")
		}
		h.t.Skip("gantry needs git: it is not on PATH")
	}
	h.git("init", "-q", "-b", "main")
	h.write(".gitignore", ".gantry/\n")
	h.commit("first")
}

func (h *home) git(args ...string) {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada",
		"GIT_COMMITTER_EMAIL=ada@example.org", "GIT_CONFIG_GLOBAL=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (h *home) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) commit(subject string) {
	h.t.Helper()
	h.git("add", "-A")
	h.git("commit", "-q", "-m", subject)
}

func (h *home) watch() *Engine {
	h.t.Helper()
	o := h.options()
	o.Watch, o.Poll = true, time.Millisecond
	e, err := Open(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestAHeadThatWasNeverPromotedStartsARunByItself(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.watch()
	run := h.end(e, 1)
	if run.Plan.Trigger != "merge" || run.Release.Subject != "first" || run.Outcome != promotion.Succeeded {
		t.Fatalf("run 1 is %+v", run.Release)
	}
	h.write("inventory/VERSION", "1.1.0\n")
	h.commit("second")
	if run := h.end(e, 2); run.Release.Version != "1.1.0" || run.Release.Subject != "second" {
		t.Errorf("run 2 is %+v", run.Release)
	}
}

func TestACommitThatDoesNotTouchTheServiceStartsNothing(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.watch()
	h.end(e, 1)
	h.write("README.md", "beside the service\n")
	h.commit("beside the service")
	h.write("inventory/VERSION", "1.1.0\n")
	h.commit("within the service")
	if run := h.end(e, 2); run.Release.Subject != "within the service" {
		t.Errorf("run 2 is of %q, and run numbers are given in the order of starts", run.Release.Subject)
	}
}

func TestOfSeveralMissedCommitsOnlyTheNewestStarts(t *testing.T) {
	h := newHome(t)
	h.checkout()
	for _, version := range []string{"1.1.0", "1.2.0", "1.3.0"} {
		h.write("inventory/VERSION", version+"\n")
		h.commit(version)
	}
	e := h.watch()
	if run := h.end(e, 1); run.Release.Version != "1.3.0" {
		t.Errorf("run 1 is of %s, want the newest", run.Release.Version)
	}
	// A run by hand comes next: nothing was started for the commits that were missed.
	if id := h.start(e, engine.StartRequest{}); id != 2 {
		t.Errorf("the next run is %d: more than one was started", id)
	}
}

func TestAnUncommittedChangeIsMarkedDirty(t *testing.T) {
	h := newHome(t)
	h.checkout()
	h.write("inventory/VERSION", "2.0.0\n")
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{}))
	if run.Release.Dirty == "" || run.Release.Version != "2.0.0" {
		t.Errorf("the release is %+v, want it dirty", run.Release)
	}
	clean := h.end(e, h.start(e, engine.StartRequest{Commit: "HEAD"}))
	if clean.Release.Dirty != "" || clean.Release.Version != "1.0.0" {
		t.Errorf("the release of HEAD is %+v, want exactly the commit", clean.Release)
	}
}

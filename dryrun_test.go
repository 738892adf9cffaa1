package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// everything is all that lies in the state directory: journal, lock, registries, databases, logs; names, modes, times and
// content. What SQLite shares between those that have a file open is no content of it.
func (h *house) everything() map[string]string {
	h.t.Helper()
	all := map[string]string{}
	state := filepath.Join(h.dir, ".gantry")
	err := filepath.WalkDir(state, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == state {
			return nil
		}
		if err != nil || strings.HasSuffix(path, "-shm") {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime())
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(path)
			all[path] += fmt.Sprintf(" %x", sha256.Sum256(text))
			return err
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// rehearse makes a dry run of a run, wants it to change nothing, and returns the plan's hash.
func (h *house) rehearse(when string, args ...string) string {
	h.t.Helper()
	return h.rehearseOf(when, append([]string{"run", "inventory"}, args...)...)
}

// rehearseOf makes a dry run of a command.
func (h *house) rehearseOf(when string, args ...string) string {
	h.t.Helper()
	before := h.everything()
	said := h.mustRun(commandline.Done, append(args, "--dry-run", "--output", "json")...)
	after := h.everything()
	for path := range maps.Keys(after) {
		if before[path] != after[path] {
			h.t.Errorf("a dry run %s changed %s: %s, was %s", when, path, after[path], before[path])
		}
	}
	if len(before) != len(after) {
		h.t.Errorf("a dry run %s leaves %d files and directories where %d were", when, len(after), len(before))
	}
	var d struct{ Hash string }
	if err := json.Unmarshal([]byte(said), &d); err != nil || d.Hash == "" {
		h.t.Fatalf("a dry run %s says %q, %v", when, said, err)
	}
	return d.Hash
}

// hangs starts an engine whose only run hangs in a drill, and returns once it rests there.
func (h *house) hangs() (stop func()) {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), h.gantry, "run", "inventory", "--drill", "build/build=hang", "--output", "plain")
	cmd.Dir = h.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for last := map[string]string{}; ; {
		lock, err := os.ReadFile(filepath.Join(h.dir, ".gantry", "engine.lock"))
		now := h.everything()
		if err == nil && bytes.Contains(lock, []byte("gantry engine")) && maps.Equal(now, last) {
			return func() { _ = cmd.Cancel(); <-ended; h.mustRun(commandline.Done, "engine", "stop", "--now") }
		}
		last = now
		select {
		case err := <-ended:
			h.t.Fatalf("the engine ended: %v", err)
		case <-ticker.C:
		}
	}
}

// The proof that a dry run may be made anywhere and at any time.
func TestADryRunChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.rehearse("before anything was ever started")
	if _, err := os.Stat(filepath.Join(h.dir, ".gantry")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("it made the state directory: %v", err)
	}

	reviewed := h.rehearse("of what is to run", "--until", "qa")
	h.mustRun(commandline.Done, "run", "inventory", "--until", "qa", "--plan", reviewed)
	h.mustRun(commandline.Done, "engine", "stop") // it tidies up after a run, which is no dry run's doing
	up := h.rehearse("while the sandbox runs")
	if h.rehearse("of what has run", "--until", "qa") == reviewed {
		t.Error("the plan is the same though something else is live now")
	}
	again := h.rehearseOf("of a rerun from prod", "rerun", "1", "--from", "prod")
	if said := h.mustRun(commandline.Done, "rerun", "1", "--from", "prod", "--dry-run"); !strings.Contains(said, "is in qa") ||
		!strings.Contains(said, "gantry rerun 1 --from prod --plan "+again) {
		t.Errorf("the dry run of the rerun says %s", said)
	}
	h.mustRun(commandline.Usage, "run", "inventory", "--until", "qa", "--plan", reviewed)
	h.mustRun(commandline.Usage, "rerun", "1", "--from", "prod", "--plan", again, "--until", "qa")
	h.mustRun(commandline.Usage, "rerun", "1", "--from", "prod", "--plan", reviewed)

	stop := h.hangs()
	beside := h.rehearse("beside an engine")
	stop()

	h.mustRun(commandline.Done, "down")
	down := h.rehearse("while the sandbox is down")
	if up != beside || up != down {
		t.Errorf("the plan is %s, beside an engine %s, and while the sandbox is down %s", up, beside, down)
	}
	if status := h.git("status", "--porcelain", "--ignored"); status != "!! .gantry/" && status != "?? .gantry/" {
		t.Errorf("the checkout has changed: %q", status)
	}
}

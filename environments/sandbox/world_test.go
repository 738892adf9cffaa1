package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/proc"
)

// patience bounds every wait for something that must happen.
const patience = 30 * time.Second

// world is one environment of one state directory, with real processes.
type world struct {
	*Environment
	t     *testing.T
	state string
	slot  promotion.Slot
}

func newWorld(t *testing.T, e config.Environment) *world {
	t.Helper()
	if e.Name == "" {
		e.Name = "dev"
	}
	state := t.TempDir()
	w := &world{t: t, state: state, slot: promotion.Slot{Environment: e.Name, Service: "orders"}, Environment: open(t, state, e)}
	t.Cleanup(func() {
		if _, err := Down(context.Background(), state, nil); err != nil {
			t.Errorf("down: %v", err)
		}
		noProcessOf(t, state)
		noRaceIn(t, state)
	})
	return w
}

func open(t *testing.T, state string, e config.Environment) *Environment {
	t.Helper()
	environment, err := New(config.Pipeline{Root: state}, e, state, WithLauncher(launch))
	if err != nil {
		t.Fatal(err)
	}
	return environment
}

// image pushes an image whose program is this test program in another role, and returns the digest.
func (w *world) image(what, version string, variables ...string) promotion.Digest {
	w.t.Helper()
	role := "service"
	if what == "migration" {
		role = "migration"
	}
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexport TEST_ROLE=%s TEST_VERSION=%s %s\n", role, version, quick)
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		script += fmt.Sprintf("export %s='%s'\n", name, value)
	}
	script += "exec " + self + "\n"
	return w.push(what, assemble(w.t, script, version))
}

func (w *world) push(what string, image v1.Image) promotion.Digest {
	w.t.Helper()
	to, err := w.Repository(w.t.Context(), w.slot, what)
	if err != nil {
		w.t.Fatal(err)
	}
	digest, err := images.Push(w.t.Context(), image, to, "latest")
	if err != nil {
		w.t.Fatal(err)
	}
	return digest
}

// assemble makes an image whose program is the script.
func assemble(t *testing.T, script, version string) v1.Image {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	image, err := images.Assemble(images.Spec{
		Files: map[string]string{"/app/run": file}, Entrypoint: []string{"./run"}, WorkingDir: "/app",
		Labels: map[string]string{"org.opencontainers.image.version": version},
	})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// rollout asks for a deployment of an image that image made.
func (w *world) rollout(version string, image promotion.Digest) engine.Rollout {
	return engine.Rollout{Slot: w.slot, Release: promotion.Release{Service: "orders", Version: version, Image: image}, HealthTimeout: patience}
}

func (w *world) deploy(version string, variables ...string) promotion.Digest {
	w.t.Helper()
	image := w.image("", version, variables...)
	w.roll(w.rollout(version, image))
	return image
}

func (w *world) roll(r engine.Rollout) *engine.Live {
	w.t.Helper()
	var log strings.Builder
	live, err := w.Deploy(w.t.Context(), r, &log)
	if err != nil {
		w.t.Fatalf("deploy %s: %v\n%s", r.Release.Version, err, log.String())
	}
	return live
}

// get asks the slot's stable address.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	at, err := w.Endpoint(w.t.Context(), w.slot)
	if err != nil {
		w.t.Fatal(err)
	}
	return get(w.t, at+path)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(body)
}

func (w *world) answers(version string) {
	w.t.Helper()
	if status, body := w.get("/version"); status != http.StatusOK || body != version {
		w.t.Errorf("the slot answers %d %q, want version %s", status, body, version)
	}
}

func (w *world) live() *engine.Live {
	w.t.Helper()
	live, err := w.Live(w.t.Context(), w.slot)
	if err != nil {
		w.t.Fatal(err)
	}
	return live
}

// host is the environment's host process.
func (w *world) host() proc.Identity {
	w.t.Helper()
	address, err := control.ReadAddress(environmentDir(w.state, w.Name()))
	if err != nil || address == nil {
		w.t.Fatalf("no host of %s: %v", w.Name(), err)
	}
	return address.Process
}

func (w *world) killHost() {
	w.t.Helper()
	p := w.host()
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	eventually(w.t, "the host is gone", func() bool { return !p.Alive() })
}

// eventually waits for a condition of another process.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, patience)
		case <-tick.C:
		}
	}
}

// noProcessOf fails when a process that was told of the state directory still runs.
func noProcessOf(t *testing.T, state string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join(p, "environ"))
		if filepath.Base(p) != fmt.Sprint(os.Getpid()) && bytes.Contains(append(line, environ...), []byte(state)) {
			t.Errorf("process %s of the sandbox still runs: %s", filepath.Base(p), bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
}

// noRaceIn fails when the race detector found something in a host.
func noRaceIn(t *testing.T, state string) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(state, "*", "*", control.LogName))
	for _, log := range logs {
		if text, _ := os.ReadFile(log); bytes.Contains(text, []byte("DATA RACE")) || bytes.Contains(text, []byte("panic:")) {
			t.Errorf("%s:\n%s", log, text)
		}
	}
}

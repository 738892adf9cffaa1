package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
)

// house is a stranger's checkout of the samples with a Gantry of its own: one git repository, one state directory.
type house struct {
	t      testing.TB
	dir    string
	gantry string
}

// live is one line of `gantry status --output json`.
type live struct {
	Service     string
	Environment string
	Release     *struct{ Version, Commit, Image, Digest string }
	Health      string
	Drift       string
	LastGood    *struct{ Digest string } `json:"last_good"`
}

// newHouse copies what git clone would bring of the samples and builds Gantry. The whole pipeline runs for real: it
// needs the Go toolchain that runs this test, and git.
func newHouse(t testing.TB) *house {
	t.Helper()
	h := emptyHouse(t)
	for _, name := range []string{"go.mod", "go.sum", "config.toml"} {
		h.write(name, readFile(t, name))
	}
	copyTree(t, filepath.Join("environments", "sandbox", "services"), filepath.Join(h.dir, "environments", "sandbox", "services"))
	h.git("init", "-q", "-b", "main")
	h.commit("The samples")
	return h
}

// emptyHouse is a directory to work in, and Gantry.
func emptyHouse(t testing.TB) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("the whole pipeline takes minutes: left out with -short")
	}
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatal("gantry needs git: it is not on PATH")
		}
		t.Skip("gantry needs git: it is not on PATH")
	}
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "checkout"), gantry: filepath.Join(t.TempDir(), "gantry")}
	h.build(h.gantry, ".")
	t.Cleanup(func() { h.run("down") })
	return h
}

// build makes one of this module's programs.
func (h *house) build(program, from string) {
	h.t.Helper()
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, from).CombinedOutput(); err != nil {
		h.t.Fatalf("build %s: %v\n%s", from, err, out)
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// edit replaces text in a file and refuses to do nothing.
func (h *house) edit(name, old, replacement string) {
	h.t.Helper()
	text := readFile(h.t, filepath.Join(h.dir, name))
	if !strings.Contains(text, old) {
		h.t.Fatalf("%s does not contain %q", name, old)
	}
	h.write(name, strings.ReplaceAll(text, old, replacement))
}

func (h *house) git(args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (h *house) commit(subject string) {
	h.t.Helper()
	h.git("add", "-A")
	h.git("commit", "-q", "-m", subject)
}

// run runs gantry in the checkout and returns its exit code and its standard output.
func (h *house) run(args ...string) (int, string) {
	h.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(h.gantry, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = h.dir, &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		h.t.Fatalf("gantry %v: %v", args, err)
	}
	h.t.Logf("gantry %s: exit code %d\n%s%s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), out.String(), errs.String())
	return cmd.ProcessState.ExitCode(), out.String()
}

// mustRun runs gantry and demands an exit code.
func (h *house) mustRun(want int, args ...string) string {
	h.t.Helper()
	code, out := h.run(args...)
	if code != want {
		h.t.Fatalf("gantry %s ended with %d, want %d", strings.Join(args, " "), code, want)
	}
	return out
}

// status is what really runs of a service.
func (h *house) status(service string) []live {
	h.t.Helper()
	var list []live
	if err := json.Unmarshal([]byte(h.mustRun(commandline.Done, "status", service, "--output", "json")), &list); err != nil {
		h.t.Fatalf("status: %v", err)
	}
	return list
}

// digests is what is live of a service by environment, and demands that it is healthy and the last good; "" is nothing.
func (h *house) digests(service string) map[string]string {
	h.t.Helper()
	list := h.status(service)
	for _, l := range list {
		if l.Release != nil && l.Health != "healthy" {
			h.t.Errorf("%s in %s is %s", l.Service, l.Environment, l.Health)
		}
		if l.Release != nil && (l.LastGood == nil || l.LastGood.Digest != l.Release.Digest) {
			h.t.Errorf("live in %s of %s is %s, but last good is %+v", l.Environment, l.Service, l.Release.Digest, l.LastGood)
		}
	}
	return digestsOf(list)
}

func digestsOf(list []live) map[string]string {
	digests := map[string]string{}
	for _, l := range list {
		digests[l.Environment] = ""
		if l.Release != nil {
			digests[l.Environment] = l.Release.Digest
		}
	}
	return digests
}

func want(t testing.TB, got map[string]string, dev, qa, prod string) {
	t.Helper()
	for environment, digest := range map[string]string{"dev": dev, "qa": qa, "prod": prod} {
		if got[environment] != digest {
			t.Errorf("live in %s is %q, want %q", environment, got[environment], digest)
		}
	}
}

// everywhere is the digest of orders that is live in every environment.
func (h *house) everywhere() string {
	h.t.Helper()
	live := h.digests("orders")
	one := live["prod"]
	if one == "" {
		h.t.Fatal("orders is not live in prod")
	}
	want(h.t, live, one, one, one)
	return one
}

// bothToProd promotes both services, and returns the digest of orders that is live everywhere then.
func (h *house) bothToProd() string {
	h.t.Helper()
	h.mustRun(commandline.Done, "run", "inventory")
	h.mustRun(commandline.Done, "run", "orders")
	return h.everywhere()
}

// newerThough promotes orders while the engine dies in a stage, and returns the digest that is live everywhere in the end.
func (h *house) newerThough(stage, older string) string {
	h.t.Helper()
	out := h.mustRun(commandline.Done, "run", "orders", "--drill", stage+"=crash")
	if !strings.Contains(out, "has ended: its runs go on in gantry engine") {
		h.t.Errorf("the engine did not die:\n%s", out)
	}
	two := h.everywhere()
	if two == older {
		h.t.Error("the newer release is not live in prod")
	}
	return two
}

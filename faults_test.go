package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal/journaltest"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// newPast is a house with two services and a few runs behind them, in which nothing goes on.
func newPast(t *testing.T) *house {
	t.Helper()
	h := emptyHouse(t)
	h.write("config.toml", strings.Replace(journaltest.Config(2), "watch = true", "watch = false", 1))
	h.write(".gitignore", ".gantry\n")
	for i := range 2 {
		for _, name := range []string{"openapi.yaml", "VERSION"} {
			h.write(fmt.Sprintf("services/service-%03d/%s", i, name), "1.0.0\n")
		}
	}
	h.git("init", "-q", "-b", "main")
	h.commit("Everything")
	pipeline, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	journaltest.Fill(t, filepath.Join(h.dir, ".gantry"), pipeline, 6, func(s config.Service) promotion.Source {
		head, err := source.Head(t.Context(), s.Path, pipeline.Branch)
		if err != nil {
			t.Fatal(err)
		}
		return head
	})
	return h
}

// A command that has too few file descriptors does what it is told, or says in a sentence that it cannot.
func TestFaultWithoutFileDescriptorsNothingIsLost(t *testing.T) {
	h := newPast(t)
	want := h.mustRun(commandline.Done, "runs")
	did, refused := 0, 0
	for limit := 9; limit <= 20; limit++ { // with fewer Go itself does not start
		for _, args := range []string{"runs", "hold service-000 qa --reason trying"} {
			cmd := exec.Command("sh", "-c", fmt.Sprintf("ulimit -n %d; exec '%s' %s", limit, h.gantry, args))
			var out, errs bytes.Buffer
			cmd.Dir, cmd.Stdout, cmd.Stderr = h.dir, &out, &errs
			err := cmd.Run()
			switch {
			case err == nil && args == "runs" && out.String() != want:
				t.Errorf("with %d files, gantry %s says\n%s\nwant\n%s", limit, args, out.String(), want)
			case err == nil:
				did++
			case !strings.HasPrefix(errs.String(), "gantry: "):
				t.Errorf("with %d files, gantry %s: %v\n%s", limit, args, err, errs.String())
			default:
				refused++
			}
		}
		h.run("release", "service-000", "qa")
		h.run("engine", "stop")
	}
	t.Logf("with 9 to 20 files: %d did it, %d said why not", did, refused)
	h.mustRun(commandline.Done, "journal", "check")
}

// Who may only read the state directory can look at everything, and is told why nothing can be done.
func TestFaultInADirectoryThatCannotBeWrittenEverythingCanBeLookedAt(t *testing.T) {
	h := newPast(t)
	state := filepath.Join(h.dir, ".gantry")
	want := h.mustRun(commandline.Done, "runs")
	h.run("engine", "stop")
	as := readOnly(t, h, state)
	gantry := func(args ...string) (string, string, error) {
		var out, errs bytes.Buffer
		cmd := exec.Command(h.gantry, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = h.dir, &out, &errs
		cmd.SysProcAttr = as
		err := cmd.Run()
		return out.String(), errs.String(), err
	}
	if out, errs, err := gantry("runs"); err != nil || out != want {
		t.Errorf("gantry runs: %v\n%s%s\nwant\n%s", err, out, errs, want)
	}
	if out, errs, err := gantry("journal", "check"); err != nil || !strings.Contains(out, "is whole") {
		t.Errorf("gantry journal check: %v\n%s%s", err, out, errs)
	}
	for _, args := range []string{"hold service-000 qa --reason trying", "run service-000 --until dev", "journal repair --yes"} {
		_, errs, err := gantry(strings.Fields(args)...)
		var ended *exec.ExitError
		if !errors.As(err, &ended) || !strings.HasPrefix(errs, "gantry: ") || !strings.Contains(errs, "permission denied") {
			t.Errorf("gantry %s: %v\n%s", args, err, errs)
		}
	}
}

// readOnly takes away the right to write a directory from whoever runs gantry as told: root has it always, so that
// somebody else does it then.
func readOnly(t *testing.T, h *house, dir string) *syscall.SysProcAttr {
	t.Helper()
	const nobody = 65534
	var as *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for _, path := range []string{h.dir, filepath.Dir(h.gantry)} {
			for ; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
				if err := os.Chmod(path, 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	mode := func(dirs, files os.FileMode) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && as != nil {
				err = os.Chown(path, nobody, nobody)
			}
			if m := map[bool]os.FileMode{true: dirs, false: files}[d.IsDir()]; err == nil && d.Type()&fs.ModeSocket == 0 {
				err = os.Chmod(path, m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mode(0o500, 0o400)
	t.Cleanup(func() { mode(0o700, 0o600) })
	return as
}

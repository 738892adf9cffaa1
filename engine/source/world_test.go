package source

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// world is a directory of files, usually a git repository, as a user has it.
type world struct {
	t   *testing.T
	dir string
}

// noGit is a directory that no git knows of, whatever the temporary directories of this machine lie in.
func noGit(t *testing.T) world {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	return world{t, dir}
}

// repo is a git repository without a commit, on the given branch.
func repo(t *testing.T, branch string) world {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatal("gantry needs git: it is not on PATH")
		}
		t.Skip("gantry needs git: it is not on PATH")
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	for _, who := range []string{"GIT_AUTHOR", "GIT_COMMITTER"} {
		t.Setenv(who+"_NAME", "Ada")
		t.Setenv(who+"_EMAIL", "ada@example.org")
	}
	w := noGit(t)
	w.git("init", "-q", "-b", branch)
	return w
}

// samples is a repository with one commit: two services and a file that both need.
func samples(t *testing.T) world {
	t.Helper()
	w := repo(t, "main")
	w.write("go.mod", "module sample\n")
	w.write("shared/shared.go", "package shared\n")
	w.write("services/orders/VERSION", "1.8.0\n")
	w.write("services/orders/main.go", "package main\n")
	w.write("services/stock/main.go", "package main\n")
	w.write(".gitignore", "*.log\n")
	w.commit("The samples")
	return w
}

func (w world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w world) write(name, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits everything and returns the commit.
func (w world) commit(subject string) string {
	w.t.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "-m", subject)
	return w.git("rev-parse", "HEAD")
}

func (w world) inspect(service, rev string) promotion.Source {
	w.t.Helper()
	s, err := Inspect(context.Background(), w.path(service), rev)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// checkout materialises a source and returns the service's directory, and what was noted.
func (w world) checkout(s promotion.Source) (string, string) {
	w.t.Helper()
	var notes strings.Builder
	dir, err := Checkout(context.Background(), s, filepath.Join(w.t.TempDir(), "run 1", "source"), Notes(&notes))
	if err != nil {
		w.t.Fatal(err)
	}
	return dir, notes.String()
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || string(text) != want {
		t.Errorf("%s holds %q (%v), want %q", path, text, err, want)
	}
}

func wantNothing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err == nil {
		t.Errorf("%s is there", path)
	}
}

func wantRefusal(t *testing.T, err error, says ...string) {
	t.Helper()
	for _, s := range says {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("the error is %v, want one that says %q", err, s)
		}
	}
}

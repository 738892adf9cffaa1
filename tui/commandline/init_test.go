package commandline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// stranger is a repository that Gantry has never seen.
func stranger(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	for name, text := range map[string]string{
		"orders/go.mod": "module shop/orders\n", "orders/main.go": "package main\n\nfunc main() {}\n", "orders/main_test.go": "package main\n",
		"orders/openapi.yaml": "openapi: 3.0.3\n", "orders/migrations/001_init.sql": "-- +goose Up\n",
		"web/package.json": `{"name": "web", "scripts": {"test": "vitest"}}`, "web/Dockerfile": "FROM node\nCOPY . .\n",
		"lib/go.mod": "module shop/lib\n", "lib/lib.go": "package lib\n", ".git/HEAD": "ref: refs/heads/trunk\n",
	} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func initialise(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	return give(t.Context(), situation.Everything(), strings.NewReader(""), append([]string{"--config", filepath.Join(dir, "config.toml"), "init"}, args...)...)
}

func TestInitWritesAConfigurationThatIsValidAndSaysWhatItCouldNotGuess(t *testing.T) {
	dir := stranger(t)
	code, out, errs := initialise(t, dir)
	p, err := config.Load(filepath.Join(dir, "config.toml"))
	if code != Done || err != nil || len(p.Services) != 2 || p.Branch != "trunk" {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	for _, want := range []string{
		"wrote " + filepath.Join(dir, "config.toml") + ", which is valid: 2 services",
		"orders  orders: go.mod, goose migrations in migrations, openapi.yaml", "web     web: package.json, Dockerfile",
		"its migration image\n      of orders\n", "which services it calls\n      of every service\n", "its contract\n      of web\n",
		"lib: its module has no program, it is a library", "gantry run orders --dry-run",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
}

func TestInitNeverOverwrites(t *testing.T) {
	dir := stranger(t)
	for _, args := range [][]string{nil, {"--output", filepath.Join(dir, "other.toml")}} {
		file := filepath.Join(dir, "config.toml")
		if args != nil {
			file = args[1]
		}
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := initialise(t, dir, args...)
		for _, want := range []string{file + " is there already", "--print", "--output FILE"} {
			if code != Usage || !strings.Contains(errs, want) {
				t.Errorf("exit code %d, and nothing says %q: %s", code, want, errs)
			}
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
			t.Errorf("%s has become %q, %v", file, text, err)
		}
	}
}

func TestInitPrintsWithoutWriting(t *testing.T) {
	dir := stranger(t)
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := initialise(t, dir, "--print")
	if _, err := config.Parse("config.toml", out, dir); code != Done || err != nil || !strings.Contains(errs, "Not guessed") {
		t.Errorf("exit code %d, %v\n%s\n%s", code, err, errs, out)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "config.toml")); string(text) != "mine" {
		t.Errorf("it was written: %s", text)
	}
}

func TestInitWritesElsewhereWithPathsFromThere(t *testing.T) {
	dir := stranger(t)
	file := filepath.Join(filepath.Dir(dir), "pipeline", "gantry.toml")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	code, out, errs := initialise(t, dir, "--output", file)
	p, err := config.Load(file)
	if code != Done || err != nil || p.Service("orders").Path != filepath.Join(dir, "orders") {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
}

func TestInitWhereThereIsNothingToStartWritesNothing(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := initialise(t, dir)
	if code != Usage || !strings.Contains(errs, "found nothing here that could be started") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "config.toml")); err == nil {
		t.Error("it was written")
	}
}

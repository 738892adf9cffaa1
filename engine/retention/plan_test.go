package retention

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyWhatThePlanNamesGoes(t *testing.T) {
	state := t.TempDir()
	for _, name := range []string{"runs/1/logs/build/build.1.log", "runs/2/logs/build/build.1.log", "journal.db"} {
		write(t, filepath.Join(state, name), "12345")
	}
	items, err := Runs(state, []Run{{ID: 1, Name: "orders"}, {ID: 3, Name: "of which nothing is left"}})
	if err != nil || len(items) != 1 || items[0].Bytes != 5 || items[0].Name != "run 1 of orders" {
		t.Fatalf("the plan is %+v, %v", items, err)
	}
	plan := Plan{Items: items}
	before := plan.Hash()
	if err := plan.Remove(state); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{"runs/1": false, "runs/2/logs": true, "journal.db": true} {
		if _, err := os.Stat(filepath.Join(state, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := (Plan{}).Hash(); after == before || plan.Hash() != before {
		t.Error("another plan has the same hash, or the same one another")
	}
}

func TestNothingOutsideTheStateDirectoryGoes(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "mine"), "x")
	state := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(state, "runs")); err != nil {
		t.Fatal(err)
	}
	plan := Plan{Items: []Item{{Name: "a link", Paths: []string{"runs/mine"}}, {Name: "a way up", Paths: []string{"../" + filepath.Base(outside) + "/mine"}}}}
	err := plan.Remove(state)
	if err == nil || !strings.Contains(err.Error(), "a link") || !strings.Contains(err.Error(), "a way up") {
		t.Errorf("got %v, want both refused", err)
	}
	if _, err := os.Stat(filepath.Join(outside, "mine")); err != nil {
		t.Error("it is gone")
	}
}

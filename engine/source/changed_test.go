package source

import (
	"os"
	"slices"
	"testing"
)

func TestWhatIsDirtyIsNamed(t *testing.T) {
	w := samples(t)
	if files := w.inspect("services/orders", "").Uncommitted; len(files) > 0 {
		t.Errorf("a clean tree: %v", files)
	}
	w.write("services/orders/main.go", "package main // edited\n")
	w.write("services/orders/new file.go", "package main\n")
	w.write("services/stock/main.go", "package main // another service's\n")
	if err := os.Remove(w.path("services/orders/VERSION")); err != nil {
		t.Fatal(err)
	}
	files := w.inspect("services/orders", "").Uncommitted
	if want := []string{"services/orders/VERSION", "services/orders/main.go", "services/orders/new file.go"}; !slices.Equal(files, want) {
		t.Errorf("got %q, want %q", files, want)
	}
}

func TestWhereThereIsNoCommitNothingDiffersFromOne(t *testing.T) {
	w := noGit(t)
	w.write("orders/main.go", "package main\n")
	if files := w.inspect("orders", "").Uncommitted; len(files) > 0 {
		t.Errorf("got %v", files)
	}
}

// One service that is the whole repository: whatever changes in it is its own.
func TestAnEditIsSeenWhereTheServiceIsTheRepository(t *testing.T) {
	w := repo(t, "main")
	w.write("main.go", "package main\n")
	first := w.commit("one")
	w.write("deep/in/it.go", "package it\n")
	second := w.commit("two")
	clean := w.inspect(".", "")
	w.write("main.go", "package main // edited\n")
	dirty := w.inspect(".", "")
	if clean.Dirty != "" || dirty.Dirty == "" {
		t.Errorf("dirty before the edit: %q, after: %q", clean.Dirty, dirty.Dirty)
	}
	if !slices.Equal(dirty.Uncommitted, []string{"main.go"}) {
		t.Errorf("changed: %q", dirty.Uncommitted)
	}
	between, err := Between(t.Context(), w.path("."), first, second, 10)
	if err != nil || len(between.Files) != 1 || len(between.Commits) != 1 {
		t.Errorf("between the commits: %+v, %v", between, err)
	}
}

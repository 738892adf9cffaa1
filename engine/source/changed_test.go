package source

import (
	"os"
	"slices"
	"testing"
)

func TestWhatIsDirtyIsNamed(t *testing.T) {
	w := samples(t)
	if files, err := Changed(t.Context(), w.path("services/orders")); err != nil || len(files) > 0 {
		t.Errorf("a clean tree: %v, %v", files, err)
	}
	w.write("services/orders/main.go", "package main // edited\n")
	w.write("services/orders/new file.go", "package main\n")
	w.write("services/stock/main.go", "package main // another service's\n")
	if err := os.Remove(w.path("services/orders/VERSION")); err != nil {
		t.Fatal(err)
	}
	files, err := Changed(t.Context(), w.path("services/orders"))
	if want := []string{"services/orders/VERSION", "services/orders/main.go", "services/orders/new file.go"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("got %q, %v, want %q", files, err, want)
	}
}

func TestWhereThereIsNoCommitNothingDiffersFromOne(t *testing.T) {
	w := noGit(t)
	w.write("orders/main.go", "package main\n")
	if files, err := Changed(t.Context(), w.path("orders")); err != nil || len(files) > 0 {
		t.Errorf("got %v, %v", files, err)
	}
}

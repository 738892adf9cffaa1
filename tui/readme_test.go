package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/keys"
)

// The table of keys in the README is the table that drives the console.
func TestTheReadmesKeysAreTheConsoles(t *testing.T) {
	const begin, end = "<!-- keys: go test ./tui -update -->\n", "<!-- /keys -->"
	file := filepath.Join("..", "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no part between %q and %q", begin, end)
	}
	var table strings.Builder
	table.WriteString("| key | action | does |\n|---|---|---|\n")
	for _, b := range keys.Default() {
		if b.Help != "" {
			fmt.Fprintf(&table, "| `%s` | %s | %s |\n", b.Key(), b.Action, strings.ReplaceAll(b.Help, "|", "\\|"))
		}
	}
	wanted := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(wanted), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != wanted {
		t.Error("README.md lists other keys than the console has: write them anew with go test ./tui -update")
	}
}

package reports

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// output is what a tool really printed when it failed, and the line of it that a person would point at.
type output struct {
	name, command, text string
	line                int
}

// corpus reads a table of testdata/firsterror; README.md there says how it was made.
func corpus(t testing.TB, table string) []output {
	t.Helper()
	var all []output
	rows := strings.Split(strings.TrimSpace(file(t, filepath.Join("firsterror", table))), "\n")
	for _, row := range rows[1:] {
		cells := strings.Split(row, "\t")
		if len(cells) != 4 {
			t.Fatalf("%s: %q has %d cells, want 4", table, row, len(cells))
		}
		line, err := strconv.Atoi(cells[1])
		if err != nil {
			t.Fatalf("%s: %q: %v", table, row, err)
		}
		all = append(all, output{name: cells[0], line: line, text: cells[2], command: cells[3]})
	}
	return all
}

// right counts the outputs whose cause is found: the same line, and its text with or without the failed test's name
// before it.
func right(t *testing.T, outputs []output) int {
	t.Helper()
	n := 0
	for _, o := range outputs {
		line, text, _ := FirstError(numberedLines(file(t, filepath.Join("firsterror", o.name+".txt"))))
		if line == o.line && strings.Contains(text, shorten(o.text)) {
			n++
			continue
		}
		t.Logf("%s (%s):\n\tgot line %d: %s\n\twant line %d: %s", o.name, o.command, line, text, o.line, o.text)
	}
	return n
}

func TestTheCauseIsFoundInWhatRealToolsPrint(t *testing.T) {
	outputs := corpus(t, "table.tsv")
	n := right(t, outputs)
	t.Logf("%d of %d right: %.1f %%", n, len(outputs), 100*float64(n)/float64(len(outputs)))
	if len(outputs) < 40 || 10*n < 9*len(outputs) {
		t.Errorf("%d of %d right; it must be nine of ten, of at least forty", n, len(outputs))
	}
}

// What was held back while the extractor was made says how well it does on what it has not seen; it is no gate, lest
// somebody tunes for it.
func TestTheCauseInOutputsThatWereHeldBack(t *testing.T) {
	outputs := corpus(t, "heldback.tsv")
	n := right(t, outputs)
	t.Logf("%d of %d right", n, len(outputs))
}

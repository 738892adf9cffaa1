package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/engine/terminal"
)

func TestASearchFindsWhatIsShownAndSaysHowFarItCame(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	step := w.Writer("needles in its name")
	for i := range 5 * every {
		text := fmt.Sprintf("line %d", i)
		if i%100 == 7 {
			text += " has a \x1b[31mNee\x1b[0mdle"
		}
		write(t, step, text+"\n")
	}
	if err := w.WriteLine("", strings.Repeat("x", 3*searchBlock)+" needle"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	last := 5 * every
	for _, c := range []struct {
		texts   []string
		from, n int
		hits    []int
		next    int
	}{
		{[]string{"needle"}, 0, 1 << 20, []int{7, 107, 207, 307, last}, last + 1},
		{[]string{"NEEDLE"}, 8, 200, []int{107, 207}, 208},
		{[]string{"needle"}, 107, 1, []int{107}, 108},
		{[]string{"line 12", "line 307"}, 100, 300, []int{120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 307}, last + 1},
		{[]string{"needles in"}, 0, 1 << 20, nil, last + 1}, // the step's name is not the line
		{[]string{"31m"}, 0, 1 << 20, nil, last + 1},
		{[]string{"needle"}, last + 1, 5, nil, last + 1},
		{[]string{"needle"}, -5, 8, []int{7}, 8},
		{nil, 0, 10, nil, 10},
	} {
		hits, next, err := r.Search(c.texts, c.from, c.n)
		if err != nil || !reflect.DeepEqual(hits, c.hits) || next != c.next {
			t.Errorf("%q in %d lines from %d: %v, %d, %v; want %v, %d", c.texts, c.n, c.from, hits, next, err, c.hits, c.next)
		}
	}
}

func TestASearchFindsWhatReadingEveryLineFinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "AB", "\n", "\n", "\t", "\x1b[1m", "\r", "2026-03-01T12:00:00.000Z\t", "ü", strings.Repeat("b", 150)}), 0, 400).Draw(r, "file")
		if err := os.WriteFile(path, []byte(strings.Join(text, "")+"\n"), 0o600); err != nil {
			r.Fatal(err)
		}
		log, err := Open(path)
		if err != nil {
			r.Fatal(err)
		}
		defer log.Close()
		from, n := rapid.IntRange(0, log.Len()).Draw(r, "from"), rapid.IntRange(0, 200).Draw(r, "lines")
		want := rapid.SampledFrom([]string{"ab", "a", "ba", "2026", "ü", "t12", "b       "}).Draw(r, "text")
		hits, next, err := log.Search([]string{want}, from, n)
		lines, errLines := log.Lines(from, n)
		if err != nil || errLines != nil || next != from+len(lines) {
			r.Fatalf("came to %d of %d lines from %d: %v, %v", next, len(lines), from, err, errLines)
		}
		var wanted []int
		for i, line := range lines {
			if strings.Contains(terminal.Fold(Plain(line.Text)), want) {
				wanted = append(wanted, from+i)
			}
		}
		if !reflect.DeepEqual(hits, wanted) {
			r.Fatalf("%v, want %v", hits, wanted)
		}
	})
}

func TestDatesAreReadAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{
		"2026-03-01T12:00:00.000Z", "1969-12-31T23:59:59.999Z", "2024-02-29T00:00:00.001Z", "2026-02-29T00:00:00.001Z", "2026-13-01T12:00:00.000Z",
		"2026-00-01T12:00:00.000Z", "2026-04-31T12:00:00.000Z", "2026-03-01T24:00:00.000Z", "2026-03-01T12:60:00.000Z", "2026-03-01T12:00:60.000Z",
		"2026-03-01 12:00:00.000Z", "2026-03-01T12:00:00.00Z", "", "2026-03-01T12:0x:00.000Z", "2026-03-00T12:00:00.000Z",
	} {
		want, err := time.Parse(stamp, text)
		if at, dated := parseStamp(text); dated != (err == nil) || dated && !at.Equal(want) {
			t.Errorf("%q is %v, %v; want %v, %v", text, at, dated, want, err)
		}
	}
}

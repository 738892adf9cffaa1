package logs

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestALineWithoutAnEndIsTold(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w, err := Create(filepath.Join(t.TempDir(), "log"), func() time.Time { at = at.Add(time.Second); return at }, []string{"correct horse", "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	step, other := w.Writer("unit"), w.Writer("lint")
	for _, c := range []struct{ written, open string }{
		{"done\n", ""},
		{"Password: ", "Password: "},
		{"hun", "Password: "},
		{"ter", "Password: "},
		{"2 and", "Password: *** and"},
		{"\nnext\n", ""},
		{"loading 1 %", "loading 1 %"},
		{"\rloading 50 %\r", "loading 50 %"},
		{"\rloading 99 %", "loading 99 %"},
		{strings.Repeat("ü", shownOpen), strings.Repeat("ü", shownOpen/2)},
		{strings.Repeat("x", longestOpen), ""},
		{"\n", ""},
	} {
		if _, err := step.Write([]byte(c.written)); err != nil {
			t.Fatal(err)
		}
		if got := w.Open(); got != c.open {
			t.Errorf("after %.30q it is %.60q, want %.60q", c.written, got, c.open)
		}
	}
	_, _ = step.Write([]byte("older"))
	_, _ = other.Write([]byte("newer"))
	if got := w.Open(); got != "newer" {
		t.Errorf("of two steps it is %q", got)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.Open(); got != "older" {
		t.Errorf("when one has ended it is %q", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.Open(); got != "" {
		t.Errorf("of a closed log it is %q", got)
	}
}

package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePaced writes n lines, so many of them in each second from noon on, each followed by so many bytes.
func writePaced(t testing.TB, path string, n, perSecond, bytes int) {
	t.Helper()
	now := noon
	w, err := Create(path, func() time.Time { return now }, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, rest := w.Writer("unit"), strings.Repeat("x", bytes)
	for i := range n {
		now = noon.Add(time.Duration(i/perSecond) * time.Second)
		fmt.Fprintf(out, "line %d %s\n", i, rest)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheLinesUntilAMomentAreFoundWhateverBecameOfTheIndex(t *testing.T) {
	for _, n := range []int{0, 1, every - 1, every, every + 1, 5*every + 17} {
		for _, perSecond := range []int{1, 3, every, 100 * every} {
			path := filepath.Join(t.TempDir(), "a.log")
			writePaced(t, path, n, perSecond, 0)
			if n%2 == 1 {
				if err := os.Remove(indexFile(path)); err != nil {
					t.Fatal(err)
				}
			}
			log, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			for second := -1; second <= n/perSecond+1; second++ {
				want := min(n, max(0, (second+1)*perSecond))
				for _, part := range []time.Duration{0, 999 * time.Millisecond} {
					got, err := log.Until(noon.Add(time.Duration(second)*time.Second + part))
					if err != nil || got != want {
						t.Fatalf("of %d lines, %d a second, after %ds there were %d (%v), want %d", n, perSecond, second, got, err, want)
					}
				}
			}
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestWhatHasNoDateStandsWithTheLinesAroundIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	text := "2026-03-01T12:00:00.000Z\tunit\tfirst\nthe rest of a line\n2026-03-01T12:00:05.000Z\tunit\tlast\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]int{-1: 0, 0: 2, 4 * time.Second: 2, 5 * time.Second: 3} {
		if got, err := log.Until(at.Add(after)); err != nil || got != want {
			t.Errorf("after %s there were %d (%v), want %d", after, got, err, want)
		}
	}
}

func TestALogThatIsBeingWrittenKnowsWhatItHeldAtAMoment(t *testing.T) {
	now := noon
	w, err := Create(filepath.Join(t.TempDir(), "a.log"), func() time.Time { return now }, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fmt.Fprintln(w.Writer("unit"), "first")
	now = now.Add(time.Minute)
	fmt.Fprintln(w.Writer("unit"), "second")
	if n, err := w.Until(noon); err != nil || n != 1 {
		t.Errorf("%d lines, %v, want 1", n, err)
	}
	if n, err := w.Until(now); err != nil || n != 2 {
		t.Errorf("%d lines, %v, want 2", n, err)
	}
}

// A moment in a log of a million lines: the dates of some twenty lines are read, and one block.
func BenchmarkUntil(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "a.log")
	writePaced(b, path, n, 1000, 100)
	log, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	i := 0
	for b.Loop() {
		i = (i + 617) % (n / 1000)
		if got, err := log.Until(noon.Add(time.Duration(i) * time.Second)); err != nil || got != (i+1)*1000 {
			b.Fatalf("%d, %v", got, err)
		}
	}
}

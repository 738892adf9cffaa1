package logs

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gantry-cd/gantry/engine"
)

// numbered writes a log of n lines, "line 0", "line 1"…
func writeNumbered(t testing.TB, path string, n int) {
	t.Helper()
	w, err := Create(path, still, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := w.Writer("unit")
	for i := range n {
		fmt.Fprintf(out, "line %d\n", i)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func checkNumbered(t *testing.T, log engine.Log, n int) {
	t.Helper()
	if log.Len() != n {
		t.Fatalf("%d lines, want %d", log.Len(), n)
	}
	for _, from := range []int{0, 1, every - 1, every, every + 1, n / 2, n - 3, n - 1} {
		lines, err := log.Lines(from, 5)
		if err != nil || len(lines) != min(5, n-from) {
			t.Fatalf("from %d: %d lines, %v", from, len(lines), err)
		}
		for i, line := range lines {
			if want := fmt.Sprintf("line %d", from+i); line.Text != want || line.Step != "unit" || !line.At.Equal(noon) {
				t.Errorf("from %d: line %d is %+v, want %q", from, i, line, want)
			}
		}
	}
	for _, where := range [][2]int{{n, 5}, {n + 100, 5}, {0, 0}, {3, -1}} {
		if lines, err := log.Lines(where[0], where[1]); len(lines) != 0 || err != nil {
			t.Errorf("%v: %d lines, %v", where, len(lines), err)
		}
	}
	if lines, err := log.Lines(-7, 2); err != nil || len(lines) != 2 {
		t.Errorf("before the beginning: %d lines, %v", len(lines), err)
	}
}

func TestLinesAreFoundWhateverBecameOfTheIndex(t *testing.T) {
	const n = 10*every + 17
	for name, harm := range map[string]func(index string) error{
		"whole":   func(string) error { return nil },
		"missing": os.Remove,
		"empty":   func(index string) error { return os.Truncate(index, 0) },
		"torn":    func(index string) error { return os.Truncate(index, 8+3*8+5) },
		"foreign": func(index string) error { return os.WriteFile(index, []byte("something else entirely"), 0o600) },
		"wrong":   func(index string) error { return flip(index, 8+9*8) },
		"jumping": func(index string) error { return flip(index, 8+5*8+3) },
		"ahead of the log": func(index string) error {
			file, err := os.OpenFile(index, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = file.Write([]byte{0, 0, 0, 0, 1, 0, 0, 0})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := logFile(t)
			writeNumbered(t, path, n)
			if err := harm(indexFile(path)); err != nil {
				t.Fatal(err)
			}
			reader, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			checkNumbered(t, reader, n)
		})
	}
}

func flip(path string, at int64) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	var b [1]byte
	if _, err := file.ReadAt(b[:], at); err != nil {
		return err
	}
	b[0] ^= 0x15
	_, err = file.WriteAt(b[:], at)
	return err
}

func TestAReaderFollowsALogThatGrows(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	out := w.Writer("unit")
	for i := range 3*every + 5 {
		fmt.Fprintf(out, "line %d\n", i)
		if i%17 != 0 {
			continue
		}
		if _, err := w.Lines(i, 1); err != nil { // a reader in the same process makes the writer flush
			t.Fatal(err)
		}
		lines, err := reader.Lines(i, 10)
		if err != nil || len(lines) != 1 || lines[0].Text != fmt.Sprintf("line %d", i) {
			t.Fatalf("line %d: %v, %v", i, lines, err)
		}
	}
	checkNumbered(t, w, 3*every+5)
	checkNumbered(t, reader, 3*every+5)
}

func TestTheIndexOfAFinishedLogIsWhatAScanFinds(t *testing.T) {
	path := logFile(t)
	writeNumbered(t, path, 20*every)
	indexed, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer indexed.Close()
	if err := os.Remove(indexFile(path)); err != nil {
		t.Fatal(err)
	}
	scanned, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer scanned.Close()
	if fmt.Sprint(indexed.offsets) != fmt.Sprint(scanned.offsets) {
		t.Errorf("the index says %v\na scan says   %v", indexed.offsets, scanned.offsets)
	}
}

func FuzzReaderOfAnyFile(f *testing.F) {
	f.Add([]byte("2026-03-01T12:00:00.000Z\tunit\thello\nhalf"), []byte("gantry\x01\x40\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\n\n\n"), []byte("gantry\x01\x40\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, text, index []byte) {
		path := t.TempDir() + "/log"
		if os.WriteFile(path, text, 0o600) != nil || os.WriteFile(indexFile(path), index, 0o600) != nil {
			t.Skip("the temporary directory cannot be written")
		}
		reader, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		n := reader.Len()
		from := rand.IntN(n + 1)
		if _, err := reader.Lines(from, 100); err != nil && len(index) < 16+8 { // a forged index may lead astray, never panic
			t.Errorf("from line %d of %d: %v", from, n, err)
		}
	})
}

package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func still() time.Time { return noon }

func create(t testing.TB, path string, secrets ...string) *Writer {
	t.Helper()
	w, err := Create(path, still, secrets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func logFile(t testing.TB) string { return filepath.Join(t.TempDir(), "qa", "e2e.1.log") }

func texts(t testing.TB, log engine.Log) []string {
	t.Helper()
	lines, err := log.Lines(0, log.Len())
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, line.Text)
	}
	return texts
}

func write(t testing.TB, w interface{ Write([]byte) (int, error) }, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
}

func TestLinesComeBackAsTheyWereWritten(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	if err := w.WriteLine("", "gantry: starts"); err != nil {
		t.Fatal(err)
	}
	step := w.Writer("unit\ttests")
	write(t, step, "one\ntw", "o\n", "\n", "10%\r50%\r100%\n", "tab\there \x1b[31mred\x1b[0m \xff\n", "no end")
	want := []string{"gantry: starts", "one", "two", "", "10%\r50%\r100%", "tab\there \x1b[31mred\x1b[0m \xff"}
	if got := texts(t, w); !reflect.DeepEqual(got, want) {
		t.Errorf("before the end: %q\nwant %q", got, want)
	}
	if err := step.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, reader); !reflect.DeepEqual(got, append(want, "no end")) {
		t.Errorf("after the end: %q", got)
	}
	lines, err := reader.Lines(0, 2)
	wantLines := []engine.LogLine{{At: noon, Text: "gantry: starts"}, {At: noon, Step: "unit tests", Text: "one"}}
	if err != nil || !reflect.DeepEqual(lines, wantLines) {
		t.Errorf("lines %+v, %v", lines, err)
	}
}

func TestTextOfSeveralLinesIsSeveralLines(t *testing.T) {
	w := create(t, logFile(t))
	for _, text := range []string{"a\nb", "c\n", "", "\n\n"} {
		if err := w.WriteLine("", text); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := texts(t, w), []string{"a", "b", "c", "", "", ""}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClosingTheLogEndsTheLinesOfItsSteps(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	step := w.Writer("unit")
	write(t, step, "half a li")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, step, "late\n") // a step that outlives its log disturbs nobody
	if err := step.Close(); err != nil {
		t.Error(err)
	}
	if err := w.WriteLine("", "late"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("writing to a closed log: %v", err)
	}
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := texts(t, reader); !reflect.DeepEqual(got, []string{"half a li"}) {
		t.Errorf("got %q", got)
	}
}

func TestStepsSideBySideDoNotMixWithinALine(t *testing.T) {
	w := create(t, logFile(t))
	var all sync.WaitGroup
	for step := range 4 {
		all.Go(func() {
			out := w.Writer(fmt.Sprint(step))
			defer out.Close()
			for range 500 {
				for _, part := range []string{"step ", fmt.Sprint(step), " says so", "\n"} {
					if _, err := out.Write([]byte(part)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Go(func() {
		for w.Len() < 1000 {
			if _, err := w.Lines(w.Len()-10, 10); err != nil {
				t.Error(err)
				return
			}
		}
	})
	all.Wait()
	lines, err := w.Lines(0, 5000)
	if err != nil || len(lines) != 2000 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, line := range lines {
		if line.Text != "step "+line.Step+" says so" {
			t.Fatalf("line %d of step %s is %q", i, line.Step, line.Text)
		}
	}
}

func TestAVeryLongLineIsSplit(t *testing.T) {
	w := create(t, logFile(t))
	for name, feed := range map[string]func(string){
		"at once": func(text string) { write(t, w.Writer("at once"), text+"\n") },
		"in parts": func(text string) {
			s := w.Writer("in parts")
			write(t, s, text[:7], text[7:1_500_000], text[1_500_000:], "\n")
		},
	} {
		text := strings.Repeat("ä", 1_700_000)
		from := w.Len()
		feed(text)
		lines, err := w.Lines(from, 100)
		if err != nil || len(lines) != 4 {
			t.Fatalf("%s: %d lines, %v, want 4", name, len(lines), err)
		}
		joined := ""
		for _, line := range lines {
			if len(line.Text) > maxLine {
				t.Errorf("%s: a line of %d bytes", name, len(line.Text))
			}
			joined += line.Text
		}
		if joined != text {
			t.Errorf("%s: the pieces are not the line", name)
		}
	}
}

func TestALogThatIsTooLongSaysHowMuchItLacks(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	w.limit = 200
	step := w.Writer("chatty")
	for i := range 10 {
		write(t, step, fmt.Sprintf("line %d of some length\n", i))
	}
	if err := w.WriteLine("", "gantry: step chatty failed"); err != nil { // its own lines always come through
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	want := []string{"line 0 of some length", "line 1 of some length", "line 2 of some length", "line 3 of some length",
		"gantry: the log has reached its limit of 200 bytes, what follows is left out",
		"gantry: step chatty failed", "gantry: 132 bytes in 6 lines were left out of this log"}
	if got := texts(t, reader); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestALogThatCannotBeWrittenDoesNotBreakItsStep(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	step := w.Writer("unit")
	write(t, step, "before\n")
	good := w.file
	broken, err := os.Open(path) // for reading only: every write fails
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	w.file = broken
	for range 30 {
		write(t, step, strings.Repeat("x", 100_000)+"\n")
	}
	if err := w.WriteLine("", "gantry: says something"); err == nil || !strings.Contains(err.Error(), "e2e.1.log") {
		t.Errorf("Gantry itself is told: %v", err)
	}
	if len(w.buffer) > 2*stuffed {
		t.Errorf("%d bytes are kept in memory", len(w.buffer))
	}
	w.file = good // there is space again
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := texts(t, reader)
	if got[0] != "before" || len(got[1]) != 100_000 || !strings.Contains(got[len(got)-1], "lines were left out of this log") {
		t.Errorf("%d lines, the last is %q", len(got), got[len(got)-1])
	}
}

func TestALogThatACrashCutOffIsContinued(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	write(t, w.Writer("unit"), "one\ntwo\n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, "2026-03-01T12:00:00.000Z\tunit\thalf a li")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	reader, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := texts(t, reader); !reflect.DeepEqual(got, []string{"one", "two"}) {
		t.Errorf("a line without an end is none yet: %q", got)
	}
	w = create(t, path)
	if err := w.WriteLine("", "again"); err != nil {
		t.Fatal(err)
	}
	want := []string{"one", "two", "half a li", "again"}
	if got := texts(t, w); !reflect.DeepEqual(got, want) {
		t.Errorf("continued: %q, want %q", got, want)
	}
	if got := texts(t, reader); !reflect.DeepEqual(got, want) {
		t.Errorf("and for who reads meanwhile: %q, want %q", got, want)
	}
}

func TestAQuietLogReachesItsReadersByItself(t *testing.T) {
	path := logFile(t)
	w := create(t, path)
	step := w.Writer("unit")
	write(t, step, "flushed at once, nothing was flushed before\n", "waits for the timer, the clock stands still\n")
	w.mu.Lock()
	timer := w.timer
	w.mu.Unlock()
	if timer == nil {
		t.Fatal("nobody would ever flush the second line")
	}
	w.late() // as the timer does
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != 2 {
		t.Errorf("in the file: %q, %v", text, err)
	}
}

func TestALogThatDoesNotExist(t *testing.T) {
	if _, err := Open(logFile(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening: %v", err)
	}
}

package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// appending opens a file as WriteProgram wants it.
func appending(path string) func() (*os.File, error) {
	return func() (*os.File, error) { return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o700) }
}

func TestWhatWasWrittenCanBeRunWhileOthersStart(t *testing.T) {
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Skip("gantry needs /bin/true: ", err)
	}
	dir := t.TempDir()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				path := filepath.Join(dir, fmt.Sprint(worker, "-", i))
				if err := WriteProgram(bytes.NewReader(program), appending(path)); err != nil {
					t.Error(err)
					return
				}
				if err := exec.Command(path).Run(); err != nil {
					t.Errorf("worker %d, round %d: %v", worker, i, err)
				}
			}
		})
	}
	all.Wait()
}

func TestAProgramIsWrittenWholeOrTheErrorIsTold(t *testing.T) {
	whole := strings.Repeat("0123456789", 350_000) // more than three pieces
	for _, content := range []string{"", "short", whole} {
		path := filepath.Join(t.TempDir(), "program")
		if err := WriteProgram(iotest.HalfReader(strings.NewReader(content)), appending(path)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%d bytes were written of %d, %v", len(got), len(content), err)
		}
	}
	broken := errors.New("the line is cut")
	if err := WriteProgram(iotest.ErrReader(broken), appending(filepath.Join(t.TempDir(), "program"))); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

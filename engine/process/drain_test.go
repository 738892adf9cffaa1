package process

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestAFloodOfOutputArrivesWholeAndInOrder(t *testing.T) {
	var both bytes.Buffer // standard output and error are one pipe: two would race
	line := `i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; head -c 3000000 /dev/zero | tr '\0' x; echo; echo "the end" >&2`
	if err := Run(t.Context(), Command{Line: line, Env: os.Environ(), Stdout: &both, Stderr: &both}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(both.String(), "\n")
	if len(lines) != 20003 || lines[0] != "line 0" || lines[19999] != "line 19999" || len(lines[20000]) != 3_000_000 || lines[20001] != "the end" {
		t.Errorf("%d lines, the last are of %d and %d bytes", len(lines), len(lines[len(lines)-3]), len(lines[len(lines)-2]))
	}
}

func TestAFileIsWrittenToDirectly(t *testing.T) {
	if d, out, err, failed := draining(os.Stdout, nil); failed != nil || out != io.Writer(os.Stdout) || err != nil || len(d.all) > 0 {
		t.Errorf("%v and %v stand between a command and a file (%v)", out, err, failed)
	} else {
		d.abandon()
	}
	var a, b bytes.Buffer
	if d, out, err, failed := draining(&a, &b); failed != nil || out == err {
		t.Errorf("two writers have become one (%v)", failed)
	} else {
		d.abandon()
	}
}

// broken is a writer that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("the disk is gone")

func TestOutputThatCannotBePassedOnIsAnError(t *testing.T) {
	if err := Run(t.Context(), Command{Line: "echo a line", Stdout: broken{}}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the writer's error", err)
	}
	var verdict *Exit
	if err := Run(t.Context(), Command{Line: "exec yes", Env: os.Environ(), Stdout: broken{}}); !errors.As(err, &verdict) || verdict.Signal != "broken pipe" {
		t.Errorf("got %v from a command that nobody listens to any more, want its end by a broken pipe", err)
	}
}

func TestAProcessThatLeftTheGroupDoesNotKeepUsByItsPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(dir+"/never", 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	line := `setsid sh -c 'echo $$ >left; mv left away; read x <never' & until [ -e away ]; do :; done; cat away`
	if err := Run(t.Context(), Command{Line: line, Dir: dir, Env: os.Environ(), Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the process that left was not there any more: %v", err)
	}
}

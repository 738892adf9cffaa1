package process

import (
	"bytes"
	"io"
	"os"
	"strings"
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
	if out, err := draining(os.Stdout, nil); out != io.Writer(os.Stdout) || err != nil {
		t.Errorf("%v and %v stand between a command and a file", out, err)
	}
	var a, b bytes.Buffer
	if out, err := draining(&a, &b); out == err {
		t.Error("two writers have become one")
	}
}

package logs

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func writeUntilKilled(path string) {
	log, err := Create(path, time.Now, nil)
	if err != nil {
		panic(err)
	}
	to := log.Writer("unit")
	for n := 1; ; n++ {
		fmt.Fprintf(to, "line %d\n", n)
		if n%7 == 0 {
			if _, err := log.Lines(n-1, 1); err != nil {
				panic(err)
			}
			fmt.Println(n)
		}
	}
}

// What somebody has read in a log must not be another thing after a crash.
func TestAKilledWriterLosesNoLineThatAReaderWasShown(t *testing.T) {
	for round := range 20 {
		path := filepath.Join(t.TempDir(), "unit.log")
		writer := exec.Command(os.Args[0])
		writer.Env = append(os.Environ(), asWriter+"="+path)
		out, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		said, shown := bufio.NewScanner(out), 0
		for shown < 700*(round+1) && said.Scan() {
			if shown, err = strconv.Atoi(said.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for said.Scan() { // what it had said by then
			if n, err := strconv.Atoi(said.Text()); err == nil {
				shown = n
			}
		}
		_ = writer.Wait()
		wantLines(t, path, shown)
	}
}

// wantLines wants at least so many lines in a log, all in their places, also once another engine has gone on with it.
func wantLines(t *testing.T, path string, shown int) {
	t.Helper()
	next, err := Create(path, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if err := next.WriteLine("", "the next attempt"); err != nil {
		t.Fatal(err)
	}
	lines, err := next.Lines(0, next.Len())
	if err != nil || len(lines) < shown+1 {
		t.Fatalf("%d lines are left of %d, %v", len(lines), shown, err)
	}
	for i := range shown {
		if want := fmt.Sprintf("line %d", i+1); lines[i].Text != want || lines[i].Step != "unit" {
			t.Fatalf("line %d of %d is %q of %q", i+1, shown, lines[i].Text, lines[i].Step)
		}
	}
	if last := lines[len(lines)-1].Text; last != "the next attempt" {
		t.Errorf("it goes on with %q", last)
	}
}

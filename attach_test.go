package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/environments/sandbox"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// The test program is also the process in which a sandbox environment lives on, and the one of an engine.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == sandbox.HostCommand || os.Args[1] == "engine") {
		os.Args[0] = "gantry"
		main()
	}
	if len(os.Args) > 1 && os.Args[1] == pourCommand {
		pour(os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

// said is what a command that goes on has said so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed with the next words
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.more)
	s.more = make(chan struct{})
	return s.text.Write(p)
}

// until waits for words, or for the command's end.
func (s *said) until(words string, ended <-chan int) bool {
	for {
		s.mu.Lock()
		found, more := strings.Contains(s.text.String(), words), s.more
		s.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-more:
		case <-ended:
			return false
		}
	}
}

// begins gives a command that goes on until stop is called.
func (d *desk) begins(line string) (s *said, ended chan int, stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	s, ended = &said{more: make(chan struct{})}, make(chan int, 1)
	go func() {
		args := append([]string{"--config", filepath.Join(d.dir, "config.toml")}, strings.Fields(line)...)
		ended <- commandline.Main(ctx, wiring(), args, strings.NewReader(""), s, s)
		close(ended)
	}()
	d.t.Cleanup(func() { cancel(); <-ended })
	return s, ended, cancel
}

func TestASecondCommandWorksThroughTheEngineThatIsThere(t *testing.T) {
	d := newDesk(t)
	t.Cleanup(func() { // the sandbox outlives the engine, however the test ends
		if code, text := d.give(context.Background(), "down"); code != commandline.Done {
			t.Errorf("down ended with %d: %s", code, text)
		}
	})
	watch, ended, stop := d.begins("watch")
	if !watch.until("run 1", ended) { // the directory as it is: it has no git
		t.Fatalf("the watch says %s", watch.text.String())
	}
	d.want(commandline.Done, "hold app dev --reason look", "is on hold")
	d.want(commandline.Usage, "hold app dev --reason look", "has been on hold by", "gantry release")
	d.want(commandline.Usage, "pause 99", "no run 99")
	d.want(commandline.Usage, "run nope", `no service "nope"`)
	if code, text := d.give(t.Context(), "run app"); code != commandline.NoVerdict || !strings.Contains(text, "started by") {
		t.Errorf("the second run ended with %d: %s", code, text)
	}
	if !watch.until("run 2", ended) {
		t.Errorf("the engine did not do it: %s", watch.text.String())
	}
	stop()
	if code := <-ended; code != commandline.Interrupted && code != commandline.Done {
		t.Errorf("the watch ended with %d", code)
	}
	d.want(commandline.Done, "release app dev", "not on hold any more")
}

// begun starts a run whose build waits for a file, and returns once it waits.
func (d *desk) begun() (gate string) {
	d.t.Helper()
	gate = filepath.Join(d.dir, "open")
	text, err := os.ReadFile(filepath.Join(d.dir, "config.toml"))
	if err != nil {
		d.t.Fatal(err)
	}
	waits := strings.Replace(string(text), `run = "true"`, fmt.Sprintf(`run = "echo it waits; until [ -e '%s' ]; do sleep 0.05; done; touch $GANTRY_OUT/app $GANTRY_OUT/suite"`, gate), 1)
	if err := os.WriteFile(filepath.Join(d.dir, "config.toml"), []byte(waits), 0o600); err != nil {
		d.t.Fatal(err)
	}
	follows, ended, stop := d.begins("run app --until dev")
	if !follows.until("build/build started", ended) {
		d.t.Fatalf("the run says %s", follows.text.String())
	}
	stop()
	if code := <-ended; code != commandline.Interrupted || !strings.Contains(follows.text.String(), "run 1 goes on in gantry engine") {
		d.t.Fatalf("left, it ended with %d: %s", code, follows.text.String())
	}
	for {
		if code, text := d.give(d.t.Context(), "logs 1 build/build"); code == commandline.Done && strings.Contains(text, "it waits") {
			return gate
		}
		if d.t.Context().Err() != nil {
			d.t.Fatal("the build never began")
		}
	}
}

func (d *desk) opens(gate string) {
	d.t.Helper()
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// engine is the process that does the work.
func (d *desk) engine() attach.About {
	d.t.Helper()
	about, found, err := attach.Find(d.t.Context(), filepath.Join(d.dir, ".gantry"))
	if err != nil || !found {
		d.t.Fatalf("no engine is found: %v", err)
	}
	return about
}

// buildOf is how the build of run 1 went: its attempts.
func (d *desk) buildOf() string {
	d.t.Helper()
	_, text := d.give(d.t.Context(), "show 1")
	return text
}

func TestANewEngineGoesOnWhereTheStagesUnderWayHaveEnded(t *testing.T) {
	d := newDesk(t)
	gate := d.begun()
	before := d.engine()
	follows, ended, _ := d.begins("resume 1")
	if !follows.until("run 1", ended) {
		t.Fatalf("nobody follows: %s", follows.text.String())
	}
	d.want(commandline.Done, "pause 1")
	restart, restarted, _ := d.begins("engine restart")
	d.opens(gate)
	if code := <-restarted; code != commandline.Done {
		t.Fatalf("restart ended with %d: %s", code, restart.text.String())
	}
	<-ended
	if now := d.engine(); now.PID == before.PID {
		t.Errorf("it is still %s", before)
	}
	if text := follows.text.String(); !strings.Contains(text, "build/build succeeded") || strings.Contains(text, "attempt 2") {
		t.Errorf("whoever followed saw %s", text)
	}
	if show := d.buildOf(); strings.Contains(show, "interrupted") {
		t.Errorf("the build was broken off: %s", show)
	}
}

func TestAKilledEngineIsFollowedByAnother(t *testing.T) {
	d := newDesk(t)
	gate := d.begun()
	before := d.engine()
	follows, ended, _ := d.begins("resume 1")
	if !follows.until("run 1", ended) {
		t.Fatalf("nobody follows: %s", follows.text.String())
	}
	d.want(commandline.Done, "pause 1")
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.opens(gate)
	<-ended
	text := follows.text.String()
	for _, words := range []string{"its runs go on in gantry engine", "build/build interrupted", "paused before build/build"} {
		if !strings.Contains(text, words) {
			t.Errorf("whoever followed saw nothing of %q: %s", words, text)
		}
	}
	d.want(commandline.Waits, "step 1", "build/build started, attempt 2", "build/build succeeded", "paused before dev/push")
}

func TestAnEngineWithNothingToDoLeaves(t *testing.T) {
	d := newDesk(t)
	text := "[engine]\nidle_exit = \"50ms\"\n" + smallPipeline
	if err := os.WriteFile(filepath.Join(d.dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.want(commandline.Waits, "run app --step", "paused before build/build")
	for {
		if _, text := d.give(t.Context(), "engine status"); strings.Contains(text, "no engine works on") {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("it never leaves")
		}
	}
	d.want(commandline.NoVerdict, "step 1", "build/build started")
}

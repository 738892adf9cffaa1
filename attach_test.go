package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// The test program is also the process in which a sandbox environment lives on, and the one of an engine.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == sandbox.HostCommand || os.Args[1] == "engine") {
		os.Args[0] = "gantry"
		main()
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

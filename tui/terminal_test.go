package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// session is the whole console on a real pseudo-terminal, watched by a terminal emulator.
type session struct {
	t      *testing.T
	keys   *os.File
	screen vt10x.Terminal
	drawn  chan struct{} // something was written since the last look
	ended  chan error
	mu     sync.Mutex
	raw    strings.Builder
	state  string
	now    atomic.Pointer[time.Time]
}

// newTerminal is a pseudo-terminal of 120×40: the end of who types and looks, and the console's.
func newTerminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatalf("gantry needs a pseudo-terminal: %v", err)
		}
		t.Skipf("gantry needs a pseudo-terminal: %v", err)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Cols: 120, Rows: 40}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = keys.Close(), tty.Close() })
	return keys, tty
}

func begin(t *testing.T, e engine.Engine) *session {
	t.Helper()
	keys, tty := newTerminal(t)
	s := &session{t: t, keys: keys, screen: vt10x.New(vt10x.WithSize(120, 40)), drawn: make(chan struct{}, 1), ended: make(chan error, 1), state: t.TempDir()}
	s.at(situation.Start)
	go s.watch()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		s.ended <- Run(ctx, Options{Engine: e, In: tty, Out: tty, Env: []string{"TERM=xterm-256color", "PAGER=true"}, Actor: "ada", Now: func() time.Time { return *s.now.Load() }, State: s.state})
		_ = tty.Close()
	}()
	t.Cleanup(cancel)
	return s
}

// leave presses ctrl+c until the console has ended: it closes what is open, and asks while something is under way.
func (s *session) leave() {
	s.t.Helper()
	patience := time.After(20 * time.Second)
	for {
		s.at(s.now.Load().Add(time.Second))
		_, _ = s.keys.WriteString("\x03") // the console may have ended by now
		select {
		case err := <-s.ended:
			if err != nil {
				s.t.Fatalf("%v\n%s", err, s.report())
			}
			return
		case <-time.After(100 * time.Millisecond):
		case <-patience:
			s.t.Fatalf("the console did not end:\n%s", s.screen.String())
		}
	}
}

// at sets the console's clock.
func (s *session) at(now time.Time) { s.now.Store(&now) }

// watch feeds the emulator until the terminal is closed.
func (s *session) watch() {
	buf := make([]byte, 64*1024)
	for {
		n, err := s.keys.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.raw.Write(buf[:n])
		s.mu.Unlock()
		_, _ = s.screen.Write(buf[:n])
		select {
		case s.drawn <- struct{}{}:
		default:
		}
	}
}

// until waits until the screen says something.
func (s *session) until(want string) {
	s.t.Helper()
	s.wait(want, s.screen.String)
}

// wrote waits until something has been written to the terminal, ever.
func (s *session) wrote(want string) {
	s.t.Helper()
	s.wait(want, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.raw.String()
	})
}

func (s *session) wait(want string, in func() string) {
	s.t.Helper()
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	for !strings.Contains(in(), want) {
		select {
		case <-s.drawn:
		case <-patience.C:
			s.t.Fatalf("the terminal never got %q; the screen:\n%s", want, s.screen.String())
		}
	}
}

func (s *session) press(keys string) {
	s.t.Helper()
	s.at(s.now.Load().Add(time.Second)) // nobody presses the next key at once
	if _, err := s.keys.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) end() error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the console did not end:\n%s", s.screen.String())
		return nil
	}
}

// report is what the console has written down of its own end.
func (s *session) report() string {
	files, _ := filepath.Glob(filepath.Join(s.state, "gantry-panic-*.txt"))
	var all strings.Builder
	for _, file := range files {
		text, _ := os.ReadFile(file)
		all.Write(text)
	}
	return all.String()
}

func TestAWholeRunOnATerminal(t *testing.T) {
	e := situation.NewEngine(situation.New())
	s := begin(t, e)
	s.until("Nothing of orders has run yet.")
	s.press("r")
	s.until("Run orders?")
	s.press("r")
	s.until("Started run 1 of orders")
	e.Tell(func(s *situation.Story) { s.Until(1, "dev/deploy"); s.Starts(1) })
	s.until("dev/deploy")
	e.Tell(func(s *situation.Story) { s.Fails(1, promotion.Result{Cause: "port 4711 is taken"}) })
	s.until("keys work when you pause")
	s.until("port 4711 is taken")
	s.at(situation.Start.Add(time.Hour)) // the input has been quiet for long enough
	s.press("q")
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.until("orders  run 1")
	for _, want := range []string{"\x1b[?1049h", "\x1b[?1049l", beginFrame, endFrame, "\x1b[?25h"} {
		s.wrote(want)
	}
}

func TestAPanicRestoresTheTerminalAndNamesItsReport(t *testing.T) {
	s := begin(t, breaks{situation.NewEngine(situation.New())})
	s.until("Nothing of orders has run yet.")
	s.press("r")
	s.until("Run orders?")
	s.press("r")
	err := s.end()
	if err == nil || !strings.Contains(err.Error(), "the console broke: no such luck") {
		t.Fatalf("the error is %v", err)
	}
	reports, _ := filepath.Glob(filepath.Join(s.state, "gantry-panic-*.txt"))
	if len(reports) != 1 || !strings.Contains(err.Error(), reports[0]) {
		t.Fatalf("the reports are %v; the error is %v", reports, err)
	}
	text, _ := os.ReadFile(reports[0])
	if !strings.Contains(string(text), "terminal_test.go") {
		t.Errorf("the report does not say where:\n%s", text)
	}
	s.wrote("\x1b[?1049l") // the terminal is not left in the alternate screen
}

// breaks is an engine whose Start panics.
type breaks struct{ engine.Engine }

func (breaks) Start(context.Context, engine.StartRequest) (promotion.RunID, error) {
	panic("no such luck")
}

func TestTheMouseIsTakenFromTheTerminalAndGivenBack(t *testing.T) {
	s := begin(t, situation.NewEngine(situation.QARunning()))
	s.until("▌")
	if s.mouse() != "free" {
		t.Error("the mouse is taken although nobody asked for it")
	}
	s.press("m")
	s.until("m gives the mouse back")
	s.wrote("\x1b[?1002h")
	column, line := s.place("✓ migrate")
	s.press(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%d;%dm", column, line, column, line))
	s.until("▌✓ migrate")
	s.leave()
	s.wrote("\x1b[?1002l")
	s.wait("free", s.mouse)
}

// mouse is whose the mouse is: "taken" by the console, or "free".
func (s *session) mouse() string {
	s.screen.Lock()
	defer s.screen.Unlock()
	if s.screen.Mode()&vt10x.ModeMouseMask != 0 {
		return "taken"
	}
	return "free"
}

// place is where a text stands on the screen, from 1.
func (s *session) place(text string) (column, line int) {
	s.t.Helper()
	for y, line := range strings.Split(s.screen.String(), "\n") {
		if before, _, found := strings.Cut(line, text); found {
			return ansi.StringWidth(before) + 1, y + 1
		}
	}
	s.t.Fatalf("%q is not on the screen:\n%s", text, s.screen.String())
	return 0, 0
}

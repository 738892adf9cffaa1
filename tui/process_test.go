package tui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

const (
	// asConsole names the situation in which this very program is to be a console instead of running tests.
	asConsole = "GANTRY_TEST_CONSOLE"
	// toldTo names the file in which that console leaves what its engine was asked for.
	toldTo = "GANTRY_TEST_TOLD"
)

// told is what an engine was asked for.
type told struct {
	Asked   int
	Started string
	Rolled  string // what a rollback was previewed of; a preview changes nothing
	Runs    int
}

// mortal is an engine that dies at a signal.
type mortal struct {
	*situation.Engine
	dead chan os.Signal
}

func (m mortal) Watch(ctx context.Context) <-chan engine.Snapshot {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		<-m.dead
		cancel()
	}()
	return m.Engine.Watch(ctx)
}

// runConsole is the console as main runs it, over a story.
func runConsole(name string) int {
	story := situation.New
	for _, s := range situation.All() {
		if s.Name == name {
			story = s.Story
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	e := mortal{situation.NewEngine(story()), make(chan os.Signal, 1)}
	signal.Notify(e.dead, syscall.SIGUSR1)
	err := Run(ctx, Options{Engine: e, Env: os.Environ(), Actor: "ada", State: os.TempDir(), Shell: spokenShell()})
	var runs int
	e.Tell(func(s *situation.Story) { runs = len(s.Snapshot().Runs) })
	text, _ := json.Marshal(told{Asked: len(e.Commands()), Started: e.Started.Service, Rolled: e.Previewed.Service, Runs: runs})
	_ = os.WriteFile(os.Getenv(toldTo), text, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// program is a console in a process of its own, on a real pseudo-terminal.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File
	told string

	mu      sync.Mutex
	screen  vt10x.Terminal
	changed chan struct{} // closed and replaced with every change
	ended   chan struct{}
}

// patience bounds what must happen anyway, on a machine that may be slow.
const patience = time.Minute

// launch starts a command line with this program as a console in its environment; no words start the console itself.
func launch(t *testing.T, name string, words ...string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(words) == 0 {
		words = []string{self}
	}
	p := &program{t: t, told: filepath.Join(t.TempDir(), "told.json"), screen: vt10x.New(vt10x.WithSize(120, 40)), changed: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(words[0], words[1:]...)
	p.cmd.Env = append(os.Environ(), asConsole+"="+name, toldTo+"="+p.told, "TERM=xterm-256color", "PS1=$ ", "CONSOLE="+self)
	file, err := pty.StartWithSize(p.cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatalf("gantry needs a pseudo-terminal: %v", err)
		}
		t.Skipf("gantry needs a pseudo-terminal: %v", err)
	}
	p.file = interruptible(t, file)
	go p.draw()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.file.Close()
		<-p.ended
		_ = p.cmd.Wait()
	})
	return p
}

// interruptible is a terminal of which no read or write outlasts its end or its deadline: the library leaves it as one that
// waits in the kernel, where a program that reads nothing any more would hold up a test for ever.
func interruptible(t *testing.T, file *os.File) *os.File {
	t.Helper()
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), file.Name())
}

// draw feeds the emulator until the terminal is closed.
func (p *program) draw() {
	defer close(p.ended)
	for buf := make([]byte, 64<<10); ; {
		n, err := p.file.Read(buf)
		p.mu.Lock()
		_, _ = p.screen.Write(buf[:n])
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *program) shown() (string, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String(), p.changed
}

// until waits for a screen of which the condition holds.
func (p *program) until(what string, holds func(screen string) bool) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		screen, changed := p.shown()
		if holds(screen) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			p.t.Fatalf("never %s; the screen:\n%s", what, screen)
		}
	}
}

func (p *program) sees(text string) {
	p.t.Helper()
	p.until("saw "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

// types writes to the terminal, as fast as it is read: patience is for each piece, however slow the machine is.
func (p *program) types(keys string) {
	p.t.Helper()
	const piece = 4 << 10
	for rest := keys; rest != ""; rest = rest[min(piece, len(rest)):] {
		_ = p.file.SetWriteDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(p.file, rest[:min(piece, len(rest))]); err != nil {
			screen, _ := p.shown()
			p.t.Fatalf("with %d of %d bytes left it reads no more: %v; the screen:\n%s", len(rest), len(keys), err, screen)
		}
	}
}

// resize makes the terminal another size.
func (p *program) resize(w, h int) {
	p.t.Helper()
	p.mu.Lock()
	p.screen.Resize(w, h)
	p.mu.Unlock()
	raw, err := p.file.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	set := raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(w), Row: uint16(h)})
	})
	if err = errors.Join(set, err); err != nil {
		p.t.Fatal(err)
	}
}

// insists presses keys until the screen is as it should be: some do nothing where others are waited for, or too soon after
// them.
func (p *program) insists(what string, keys func(try int) string, holds func(screen string, try int) bool) {
	p.t.Helper()
	deadline := time.After(patience)
	for try := 0; ; try++ {
		if screen, _ := p.shown(); try > 0 && holds(screen, try-1) {
			return
		}
		if try > 0 {
			p.types(keys(try))
		}
		again := time.After(time.Second)
		for waiting := true; waiting; {
			screen, changed := p.shown()
			if holds(screen, try) {
				return
			}
			if try == 0 {
				break
			}
			select {
			case <-changed:
			case <-again:
				waiting = false
			case <-deadline:
				p.t.Fatalf("it never %s; the screen:\n%s", what, screen)
			}
		}
	}
}

// presses presses a key, again where need be, until the screen says something.
func (p *program) presses(key, want string) {
	p.t.Helper()
	p.insists("said "+want+" at "+key, func(int) string { return key }, func(s string, _ int) bool { return strings.Contains(s, want) })
}

// leaves presses a key, again where need be, until the screen says something no more.
func (p *program) leaves(key, unwanted string) {
	p.t.Helper()
	p.insists("stopped saying "+unwanted, func(int) string { return key }, func(s string, _ int) bool { return !strings.Contains(s, unwanted) })
}

// swallows waits until everything that was typed has been read: what is typed after it shows in a prompt or a dialog.
func (p *program) swallows() {
	p.t.Helper()
	p.insists("read everything", func(try int) string {
		if try%2 == 1 {
			return "\x1b" // alone: with more behind it, it would begin a sequence
		}
		return fmt.Sprintf("/marker-%d.", try)
	},
		func(s string, try int) bool { return strings.Contains(s, fmt.Sprintf("marker-%d.", try)) })
}

// quits presses q, again where need be, until the program has ended.
func (p *program) quits() {
	p.t.Helper()
	p.insists("ended at q", func(int) string { return "q" }, func(string, int) bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
}

// left waits for the program's end and gives its exit code, and what its engine was asked for.
func (p *program) left() (int, told) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		screen, _ := p.shown()
		p.t.Fatalf("it did not end:\n%s", screen)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode(), p.wasTold()
}

func (p *program) wasTold() told {
	p.t.Helper()
	var what told
	text, err := os.ReadFile(p.told)
	if err == nil {
		err = json.Unmarshal(text, &what)
	}
	if err != nil {
		p.t.Fatalf("what the engine was asked for: %v", err)
	}
	return what
}

// waitFor waits for a process to end by itself.
func waitFor(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it did not end")
	}
}

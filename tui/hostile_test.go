package tui

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
)

// much is about what ten seconds of noise on a fast serial line are.
const much = 128 << 10

// noise is bytes of every kind, with what may do most harm more often than chance would have it.
func noise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 42))
	harm := []string{"r", "b", "x", "X", "a", "t", " ", "s", "q", "\r", "\t", "\x1b", "\x03", "\x1a", "\x1b[A", "\x1b[200~", "\x1b[201~", "\x1b[<0;10;10M", "\x1b]0;x\x07", "prod"}
	b := make([]byte, 0, much+16)
	for len(b) < much {
		if r.IntN(3) == 0 {
			b = append(b, harm[r.IntN(len(harm))]...)
		} else {
			b = append(b, byte(r.IntN(256)))
		}
	}
	return b
}

// One console, on one real terminal, through what terminals do to a program.
func TestAConsoleOutlivesResizesNoiseAndAnOpenPaste(t *testing.T) {
	p := launch(t, "qa-e2e-running")
	p.sees("run 42")

	r := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		if i%25 != 24 {
			p.resize(1+r.IntN(220), 1+r.IntN(70))
			continue
		}
		// Now and then it is waited for, so that not all of them are taken for one.
		w, h := 20+r.IntN(15), 5+r.IntN(4)
		p.resize(w, h)
		p.sees(fmt.Sprintf("%d×%d", w, h))
	}
	p.resize(120, 40)
	p.until("drew the whole board", func(s string) bool { return strings.Contains(s, "Build") && strings.Contains(s, "q quit") })

	p.types(string(noise(1)))
	p.types("\x1b[200~rrr b x") // a paste that never ends
	p.swallows()
	// Whatever the noise has opened is closed, and then every key does what it says.
	p.leaves("\x1b", "[ Cancel ]")
	p.presses("\x1b", "enter inspect")
	p.presses("]", "● running")
	p.presses("?", "move between stages")
	p.leaves("\x1b", "move between stages")
	p.presses("f", "Last run")
	p.leaves("f", "Last run")
	p.presses(" ", "Paused run 42")
	p.quits()
	code, was := p.left()
	if code != 0 || was.Asked != 1 || was.Started != "" || was.Runs != 2 {
		t.Errorf("it ended with %d; of its engine it asked %+v, and only a pause was meant", code, was)
	}
}

func TestCtrlZAndBack(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("gantry needs a shell with job control: ", err)
	}
	p := launch(t, "qa-e2e-running", "/bin/sh", "-i")
	p.sees("$")
	p.types("\"$CONSOLE\"\n")
	p.sees("q quit")
	p.types("\x1a")
	p.until("went back to the shell", func(s string) bool { return strings.Contains(s, "Stopped") && !strings.Contains(s, "q quit") })
	p.types("echo the shell works $((20+22))\n")
	p.sees("works 42")
	p.types("fg\n")
	p.sees("q quit")
	p.types("?")
	p.sees("esc")
	p.types("\x1b")
	p.sees("q quit")
	p.presses("q", "under way: goes on")
	p.until("gave the terminal back", func(s string) bool { return strings.HasSuffix(strings.TrimSpace(s), "$") })
	p.types("echo code=$?\n")
	p.sees("code=0")
	p.types("exit\n")
	if _, was := p.left(); was.Asked != 0 {
		t.Errorf("its engine was asked for %+v", was)
	}
}

// A tab or a container that runs nothing but the console has no shell: stopped there, it would hang for ever.
func TestCtrlZWithoutAShellIsToldAndTheConsoleGoesOn(t *testing.T) {
	p := launch(t, "qa-e2e-running")
	p.sees("q quit")
	p.presses("\x1a", "Not now: no shell waits")
	p.presses("f", "Last run")
}

func TestAKilledEngineIsSaidAndTheConsoleCanBeLeft(t *testing.T) {
	p := launch(t, "qa-e2e-running")
	p.sees("q quit")
	if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	p.sees("the engine has stopped")
	p.types("q")
	if code, _ := p.left(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

func TestAKilledTerminalEndsTheConsole(t *testing.T) {
	p := launch(t, "qa-e2e-running")
	p.sees("q quit")
	_ = p.file.Close() // as when its window is closed: everybody on it gets SIGHUP
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	waitFor(t, done)
	if was := p.wasTold(); was.Asked != 0 || was.Runs != 2 {
		t.Errorf("its engine was asked for %+v", was)
	}
}

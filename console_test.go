package main

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is Gantry on a real pseudo-terminal, with an emulator that draws what a person would see.
type terminal struct {
	t        testing.TB
	file     io.ReadWriteCloser
	cmd      *exec.Cmd
	emulator vt10x.Terminal

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever the screen changes
	ended   chan struct{}
	raw     bytes.Buffer
	newest  time.Time // when what was drawn last had come, before it was drawn
}

func (h *house) console(columns, rows uint16, args ...string) *terminal {
	h.t.Helper()
	return onTerminal(h.t, h.dir, columns, rows, h.gantry, args...)
}

// onTerminal starts a program on a pseudo-terminal.
func onTerminal(t testing.TB, dir string, columns, rows uint16, program string, args ...string) *terminal {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor")
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: columns, Rows: rows})
	if err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	c := &terminal{
		t: t, file: file, cmd: cmd, changed: make(chan struct{}), ended: make(chan struct{}),
		emulator: vt10x.New(vt10x.WithSize(int(columns), int(rows)), vt10x.WithWriter(file)),
	}
	go c.draw()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.ended
		_ = cmd.Wait()
	})
	return c
}

// draw feeds the emulator until the program closes its terminal.
func (c *terminal) draw() {
	defer close(c.ended)
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.file.Read(buffer)
		now := time.Now()
		c.mu.Lock()
		c.newest = now
		c.raw.Write(buffer[:n])
		_, _ = c.emulator.Write(buffer[:n])
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// screen is what stands on the screen now, and a channel that tells of the next change.
func (c *terminal) screen() (string, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.emulator.String(), c.changed
}

// waitFor returns once the screen satisfies the condition; the limit is there only to end a test that has gone wrong.
func (c *terminal) waitFor(what string, limit time.Duration, holds func(screen string) bool) string {
	c.t.Helper()
	deadline := time.After(limit)
	for {
		screen, changed := c.screen()
		if holds(screen) {
			return screen
		}
		select {
		case <-changed:
		case <-c.ended:
			if screen, _ := c.screen(); holds(screen) {
				return screen
			}
			c.t.Fatalf("the console ended before %s; its last screen:\n%s", what, screen)
		case <-deadline:
			c.t.Fatalf("no %s within %s; the screen:\n%s", what, limit, screen)
		}
	}
}

func (c *terminal) waitForText(text string, limit time.Duration) string {
	c.t.Helper()
	return c.waitFor(text, limit, func(screen string) bool { return strings.Contains(screen, text) })
}

func (c *terminal) press(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.file, keys); err != nil {
		c.t.Fatalf("press %q: %v", keys, err)
	}
}

// quit leaves the console and returns its exit code.
func (c *terminal) exitCode() int {
	<-c.ended
	_ = c.cmd.Wait()
	return c.cmd.ProcessState.ExitCode()
}

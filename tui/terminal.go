package tui

import (
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gantry-cd/gantry/tui/theme"
)

const (
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
	smallWrite = 48 // shorter writes set a mode of the terminal and draw nothing
)

// screen is the terminal, to draw on and to call with.
type screen interface {
	io.Writer
	// ring writes a sequence that draws nothing: between two frames, never within one.
	ring(sequence string)
}

// synchronized makes every frame one write inside the marks of a synchronized update, so that a terminal that knows
// them never shows half of one; others ignore them. A file stays one: Bubble Tea asks it for its size.
func synchronized(out io.Writer) screen {
	if f, ok := out.(*os.File); ok {
		return &terminalFile{File: f, frames: frames{to: f}}
	}
	return &frames{to: out}
}

type terminalFile struct {
	*os.File
	frames frames
}

// Write writes one frame.
func (t *terminalFile) Write(p []byte) (int, error) { return t.frames.Write(p) }

func (t *terminalFile) ring(sequence string) { t.frames.ring(sequence) }

type frames struct {
	mu  sync.Mutex
	to  io.Writer
	pen theme.Pen
}

// Write writes one frame. It reports the length of what it was given.
func (f *frames) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p) < smallWrite {
		return f.to.Write(p)
	}
	marked := make([]byte, 0, len(p)+len(beginFrame)+len(endFrame))
	marked = append(marked, beginFrame...)
	marked = f.pen.Draw(marked, p)
	marked = append(marked, endFrame...)
	if _, err := f.to.Write(marked); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *frames) ring(sequence string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _ = io.WriteString(f.to, sequence) // a terminal that cannot be written to is found out by the next frame
}

// underShell tells whether a shell with job control started this program: it gave it a process group of its own. A
// program that leads its session (a tab that runs nothing else, a container, ssh with a command) is in the session's first
// group, where the kernel leaves out a stop at the terminal, and whoever waits to be continued waits for ever.
func underShell() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != syscall.Getpgrp()
}

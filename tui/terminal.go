package tui

import (
	"io"
	"os"
)

const (
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
	smallWrite = 48 // shorter writes set a mode of the terminal and draw nothing
)

// synchronized makes every frame one write inside the marks of a synchronized update, so that a terminal that knows
// them never shows half of one; others ignore them. A file stays one: Bubble Tea asks it for its size.
func synchronized(out io.Writer) io.Writer {
	if f, ok := out.(*os.File); ok {
		return &terminalFile{File: f}
	}
	return frames{out}
}

type terminalFile struct{ *os.File }

// Write writes one frame.
func (t *terminalFile) Write(p []byte) (int, error) { return frames{t.File}.Write(p) }

type frames struct{ to io.Writer }

// Write writes one frame. It reports the length of what it was given.
func (f frames) Write(p []byte) (int, error) {
	if len(p) < smallWrite {
		return f.to.Write(p)
	}
	marked := make([]byte, 0, len(p)+len(beginFrame)+len(endFrame))
	marked = append(marked, beginFrame...)
	marked = append(marked, p...)
	marked = append(marked, endFrame...)
	if _, err := f.to.Write(marked); err != nil {
		return 0, err
	}
	return len(p), nil
}

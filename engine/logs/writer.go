// Package logs keeps what attempts write: one text file per attempt with a small index beside it. Writing never waits for
// a reader; a reader pulls the lines it shows, from a log that may still grow, also in another process and after a crash.
package logs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

const (
	blockSize = 256 << 10             // a buffer of this size is written at once…
	patience  = 50 * time.Millisecond // …a smaller one after this time
	stuffed   = 1 << 20               // a buffer of this size that cannot be written takes no further lines
	maxLine   = 1 << 20               // longer lines are split
	limit     = 1 << 30               // what an attempt may write; Gantry's own lines come on top
)

// Writer writes the log of one attempt. Its methods, and those of its step writers, may be called from any goroutine.
type Writer struct {
	now    func() time.Time
	redact *redactor
	limit  int64

	mu      sync.Mutex
	file    *os.File
	size    int64  // bytes in the file
	buffer  []byte // what follows them, complete lines only
	lines   int    // complete lines, those in the buffer included
	index   *index
	steps   map[*stepWriter]bool
	flushed time.Time
	timer   *time.Timer // flushes the buffer when nobody else does; nil when the buffer is empty
	stamp   dateline
	left    leftOut
	failure error // why the buffer could not be written the last time
	reader  *Reader
	closed  bool
}

// leftOut counts what is not in the log.
type leftOut struct{ bytes, lines int64 }

var _ engine.Log = (*Writer)(nil)

// Create opens the log of an attempt for writing and makes the file and its directory. Every line is dated with now, and
// no secret shows in it. A log that exists is continued: its last line is ended if a crash cut it off.
func Create(path string, now func() time.Time, secrets []string) (*Writer, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of a log: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make a log: %w", err)
	}
	reader := newReader(file, readIndex(path))
	w := &Writer{now: now, redact: newRedactor(secrets), limit: limit, file: file, reader: reader, steps: map[*stepWriter]bool{}}
	if err := w.resume(path); err != nil {
		return nil, errors.Join(fmt.Errorf("continue the log %s: %w", path, err), file.Close())
	}
	return w, nil
}

// resume finds out what the file holds already.
func (w *Writer) resume(path string) error {
	if err := w.reader.grow(); err != nil {
		return err
	}
	info, err := w.file.Stat()
	if err != nil {
		return err
	}
	w.size = info.Size()
	if w.size > w.reader.end {
		if _, err := w.file.WriteAt([]byte{'\n'}, w.size); err != nil {
			return err
		}
		w.size++
		if err := w.reader.grow(); err != nil {
			return err
		}
	}
	w.lines = w.reader.lines
	w.index, err = createIndex(path, w.reader.offsets)
	return err
}

// WriteLine adds a line, or several when the text has line breaks. step is "" for Gantry itself.
func (w *Writer) WriteLine(step, text string) error {
	s := stepWriter{log: w, name: stepName(step)}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.now = w.now()
	if w.closed {
		return fmt.Errorf("write to the log %s: %w", w.file.Name(), os.ErrClosed)
	}
	s.split([]byte(strings.TrimSuffix(text, "\n")))
	s.line(s.partial, false)
	return w.failure
}

// Writer is where a step writes. It never fails: a log that cannot be written does not break what it logs, and says how
// much it lacks when it can. A line is complete with its line break or when the step's writer is closed.
func (w *Writer) Writer(step string) io.WriteCloser {
	s := &stepWriter{log: w, name: stepName(step)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps[s] = true
	return s
}

// add takes one line, redacted and without its line break. The caller holds mu.
func (w *Writer) add(at time.Time, step string, text []byte) {
	full := step != "" && w.size+int64(len(w.buffer)+len(text)) > w.limit
	if full && w.left.lines == 0 {
		w.put(at, "", fmt.Appendf(nil, "gantry: the log has reached its limit of %d bytes, what follows is left out", w.limit))
	}
	if full || w.failure != nil && len(w.buffer) > stuffed {
		w.left.bytes += int64(len(text)) + 1
		w.left.lines++
	} else {
		w.put(at, step, text)
	}
	if len(w.buffer) >= blockSize || at.Sub(w.flushed) >= patience {
		w.flush(at)
	} else if w.timer == nil {
		w.timer = time.AfterFunc(patience, w.late)
	}
}

func (w *Writer) put(at time.Time, step string, text []byte) {
	w.buffer = appendLine(w.buffer, w.stamp.of(at), step, text)
	w.lines++
	if w.lines%every == 0 {
		w.index.add(w.size + int64(len(w.buffer)))
	}
}

// late flushes what has waited long enough.
func (w *Writer) late() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.flush(w.now())
	}
}

// flush writes the buffer. What cannot be written stays in it for the next time, which overwrites what was half written.
// The caller holds mu.
func (w *Writer) flush(at time.Time) {
	w.flushed = at
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if len(w.buffer) == 0 {
		return
	}
	if _, err := w.file.WriteAt(w.buffer, w.size); err != nil {
		w.failure = fmt.Errorf("write the log: %w", err)
		return
	}
	w.failure = nil
	w.size += int64(len(w.buffer))
	w.buffer = w.buffer[:0]
	w.index.flush()
}

// Len is how many complete lines were written.
func (w *Writer) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines
}

// Lines reads back at most n lines from line from on.
func (w *Writer) Lines(from, n int) ([]engine.LogLine, error) {
	if err := w.readable(); err != nil {
		return nil, err
	}
	return w.reader.Lines(from, n)
}

// Until is how many lines had been written at a moment.
func (w *Writer) Until(at time.Time) (int, error) {
	if err := w.readable(); err != nil {
		return 0, err
	}
	return w.reader.Until(at)
}

// readable brings everything that was written to where it is read.
func (w *Writer) readable() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.flush(w.now())
	}
	return w.failure
}

// Close ends the lines of the steps that are still open, writes what is left, and says in the log how much it lacks.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	for s := range w.steps {
		s.now = w.now()
		s.end(s.partial)
	}
	if w.left.lines > 0 {
		w.put(w.now(), "", fmt.Appendf(nil, "gantry: %d bytes in %d lines were left out of this log", w.left.bytes, w.left.lines))
	}
	w.flush(w.now())
	w.closed = true
	return errors.Join(w.failure, w.file.Close(), w.index.close())
}

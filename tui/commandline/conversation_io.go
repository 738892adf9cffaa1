package commandline

import (
	"bufio"
	"bytes"
	"io"
	"sync"
)

// typedLines is what was typed, a line at a time: for whoever talks, and, as a Reader, for a command that asks.
type typedLines struct {
	lines  chan string
	before func() // is called before a command waits for an answer
	after  func() // and once it has one
	rest   string // of the line that is being read
}

// readLines reads until there is nothing more to read. A terminal cannot be asked to stop waiting: this ends with the program.
func readLines(in io.Reader, before, after func()) *typedLines {
	t := &typedLines{lines: make(chan string), before: before, after: after}
	go func() {
		defer close(t.lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			t.lines <- scanner.Text()
		}
	}()
	return t
}

func (t *typedLines) Read(p []byte) (int, error) {
	if t.rest == "" {
		t.before()
		line, more := <-t.lines
		t.after()
		if !more {
			return 0, io.EOF
		}
		t.rest = line + "\n"
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// wholeLines passes on whole lines, and a question that has no end: what two say at once is not mixed up.
type wholeLines struct {
	mu   sync.Mutex
	w    io.Writer
	open bool // a question stands at the end, without an answer
}

// Write passes on whole lines, on a line of their own also while a question waits for its answer.
func (l *wholeLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open {
		l.open = false
		if _, err := l.w.Write([]byte("\n")); err != nil {
			return 0, err
		}
	}
	return l.w.Write(p)
}

// ask passes on a question. Its answer begins behind it.
func (l *wholeLines) ask(question []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.w.Write(question)
	l.open = err == nil
}

// answered is told when something was typed: that has ended the line.
func (l *wholeLines) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = false
}

// speaker is one who says something: the parts of a line come together, and out, at its end.
type speaker struct {
	to   *wholeLines
	part bytes.Buffer
}

func (s *speaker) Write(p []byte) (int, error) {
	s.part.Write(p)
	if end := bytes.LastIndexByte(s.part.Bytes(), '\n') + 1; end > 0 {
		if _, err := s.to.Write(s.part.Next(end)); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// pause says what has no end yet: a question.
func (s *speaker) pause() {
	if s.part.Len() > 0 {
		s.to.ask(s.part.Next(s.part.Len()))
	}
}

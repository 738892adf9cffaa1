package situation

import (
	"sort"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

// Lines is a log in memory that may grow while it is read. It counts how many lines were ever asked for.
type Lines struct {
	mu    sync.Mutex
	lines []engine.LogLine
	asked int
}

// Add appends lines that were all written at one moment.
func (l *Lines) Add(at time.Time, step string, texts ...string) *Lines {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range texts {
		l.lines = append(l.lines, engine.LogLine{At: at, Step: step, Text: text})
	}
	return l
}

// Len is how many lines there are.
func (l *Lines) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// Lines reads at most n lines.
func (l *Lines) Lines(from, n int) ([]engine.LogLine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from = max(0, min(from, len(l.lines)))
	to := max(from, min(from+n, len(l.lines)))
	l.asked += to - from
	return append([]engine.LogLine(nil), l.lines[from:to]...), nil
}

// Until is how many lines had been written by then.
func (l *Lines) Until(at time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sort.Search(len(l.lines), func(i int) bool { return l.lines[i].At.After(at) }), nil
}

// Asked is how many lines were ever read.
func (l *Lines) Asked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// Close does nothing.
func (l *Lines) Close() error { return nil }

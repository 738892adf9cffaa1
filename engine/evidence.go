package engine

import (
	"sort"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// EvidenceLog names a run's evidence where a log is asked for: it is read like one.
const EvidenceLog promotion.StageID = "evidence"

// Log is the evidence as a log: what ran, the platform's events, and each piece under its name.
func (e Evidence) Log() Log {
	var all written
	add := func(step, text string) {
		for line := range strings.Lines(text) {
			all = append(all, LogLine{At: e.Taken, Step: step, Text: strings.TrimSuffix(line, "\n")})
		}
	}
	add("", "taken before anything was rolled back")
	add("live", e.Live)
	for _, event := range e.Events {
		add("events", event)
	}
	for _, file := range e.Logs {
		add(file.Name, file.Text)
	}
	return all
}

// written is a log that does not grow.
type written []LogLine

// Len is how many lines there are.
func (w written) Len() int { return len(w) }

// Lines are at most n lines from line from on.
func (w written) Lines(from, n int) ([]LogLine, error) {
	from = min(max(from, 0), len(w))
	return w[from:min(from+max(n, 0), len(w))], nil
}

// Until is how many lines had been written by then: all of them, or none.
func (w written) Until(at time.Time) (int, error) {
	return sort.Search(len(w), func(i int) bool { return w[i].At.After(at) }), nil
}

// Close has nothing to close.
func (w written) Close() error { return nil }

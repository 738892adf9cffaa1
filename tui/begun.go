package tui

import "github.com/gantry-cd/gantry/engine"

// begun is a log as it was when it had so many lines.
type begun struct {
	log engine.Log
	n   int
}

// Len is how many lines it had.
func (b begun) Len() int { return b.n }

// Lines are at most n of them.
func (b begun) Lines(from, n int) ([]engine.LogLine, error) {
	return b.log.Lines(from, min(n, b.n-from))
}

package stages

import (
	"bytes"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/reports"
)

// told is how often live counts are told at most: people read no faster.
const told = 100 * time.Millisecond

// counting reads a step's standard output along and counts its tests while they run.
type counting struct {
	counter reports.Counter
	tell    func(promotion.Tests)
	now     func() time.Time
	last    time.Time
	partial []byte
}

func newCounting(format string, now func() time.Time, tell func(promotion.Tests)) (*counting, error) {
	counter, err := reports.NewCounter(format)
	if err != nil {
		return nil, err
	}
	return &counting{counter: counter, tell: tell, now: now}, nil
}

// Write never fails: counting must not break what it counts.
func (c *counting) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, complete := bytes.Cut(p, []byte("\n"))
		if !complete {
			c.partial = append(c.partial, p...)
			break
		}
		c.counter.Line(string(append(c.partial, line...)))
		c.partial, p = c.partial[:0], rest
	}
	if now := c.now(); now.Sub(c.last) >= told {
		c.last = now
		c.tell(c.counter.Summary().Tests)
	}
	return n, nil
}

// close takes the last line into account, even without a line break, and sums up.
func (c *counting) close() (reports.Summary, error) {
	if len(c.partial) > 0 {
		c.counter.Line(string(c.partial))
	}
	return c.counter.Close()
}

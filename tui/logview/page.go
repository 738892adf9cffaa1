package logview

import (
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
)

const (
	scanLines = 20_000  // lines searched by one request, so that no request takes long
	scanBlock = 2_000   // lines read at a time while searching
	maxHits   = 200_000 // more hits than this are not counted
)

// Store is where the lines are: an engine.Log.
type Store interface {
	Len() int
	Lines(from, n int) ([]engine.LogLine, error)
}

// Request says what to read.
type Request struct {
	Source int
	From   int // the first line; below 0 the last N
	N      int
	Query  string // search for it too, in lower case…
	Scan   int    // …from this line on
}

// Page is what was read.
type Page struct {
	Source int
	Total  int
	From   int
	Lines  []engine.LogLine
	Err    error
	Query  string
	Hits   []int
	Scan   int  // the line to go on from
	Short  bool // the store had fewer lines than it says
}

// Want says what has to be read now. There is at most one request under way, so a log that grows faster than it can
// be read costs no more than one that grows slowly.
func (v *View) Want() (Request, bool) {
	searching := v.search.query != "" && v.search.scanned < v.total
	if !v.open || v.reads || v.h <= 0 || (!v.stale && !searching) {
		return Request{}, false
	}
	v.reads, v.stale = true, false
	r := Request{Source: v.source, N: 3 * v.h, From: max(0, v.top-v.h), Query: v.search.query, Scan: v.search.scanned}
	if v.follow {
		r.From, r.N = -1, 2*v.h
	}
	return r, true
}

// Read carries a request out. It is the only thing here that waits, and is meant to be called from a command.
func Read(s Store, r Request) Page {
	p := Page{Source: r.Source, Total: s.Len(), From: r.From, Query: r.Query, Scan: r.Scan}
	if r.From < 0 {
		p.From = max(0, p.Total-r.N)
	}
	n := max(0, min(r.N, p.Total-p.From))
	p.Lines, p.Err = s.Lines(p.From, n)
	if p.Short = len(p.Lines) < n; p.Err != nil || r.Query == "" {
		return p
	}
	for end := min(p.Total, r.Scan+scanLines); p.Scan < end; {
		lines, err := s.Lines(p.Scan, min(scanBlock, end-p.Scan))
		if err != nil || len(lines) == 0 {
			p.Err = err
			return p
		}
		for i, line := range lines {
			if strings.Contains(strings.ToLower(text.Clean(line.Text)), r.Query) {
				p.Hits = append(p.Hits, p.Scan+i)
			}
		}
		p.Scan += len(lines)
	}
	return p
}

// Take brings what was read onto the screen.
func (v *View) Take(p Page) {
	if p.Source != v.source {
		return
	}
	v.reads, v.drawn = false, nil
	if p.Err != nil {
		v.why = p.Err.Error()
		return
	}
	v.total, v.from, v.lines = p.Total, p.From, p.Lines
	if v.follow {
		v.top = max(0, v.total-v.h)
	}
	if p.Query == v.search.query && p.Query != "" {
		v.found(p)
	}
	// The screen may have moved on while the page was read.
	if !p.Short && !v.holds() {
		v.stale = true
	}
}

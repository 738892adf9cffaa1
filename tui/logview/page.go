package logview

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/terminal"
	"github.com/gantry-cd/gantry/tui/theme"
)

// atOnce is how many lines are read at a time: each of them may be a megabyte.
const atOnce = 16

// Store is where the lines are: an engine.Log, and better an engine.LogSearcher.
type Store interface {
	Len() int
	Lines(from, n int) ([]engine.LogLine, error)
}

// span is neighbouring lines.
type span struct{ from, n int }

// Request says what to read, or what to search.
type Request struct {
	source int
	spans  []span
	tail   int  // read the newest lines, so many of them, whatever spans says
	first  bool // when the log began is not known yet
	scan   *scan
}

// Page is what was read or found.
type Page struct {
	Request
	total int
	held  []held
	began time.Time
	short bool // the store had fewer lines than it says
	hits  []int
	next  int
	err   error
}

// Want says what has to be read now, and what searched. Of each there is at most one under way, so a log that grows faster
// than it can be read costs no more than one that grows slowly; and who reads does not wait for a search.
func (v *View) Want() []Request {
	if !v.open || v.h <= 0 {
		return nil
	}
	var all []Request
	if v.stale && !v.reads {
		v.reads, v.stale = true, false
		r := Request{source: v.source, first: v.began.IsZero()}
		if v.follow && v.filter == nil {
			r.tail = 2 * v.h
		} else {
			r.spans = v.around()
		}
		all = append(all, r)
	}
	if !v.scans && !v.halted {
		if s := v.scan(); s != nil {
			v.scans = true
			all = append(all, Request{source: v.source, scan: s})
		}
	}
	return all
}

// around is the lines on the screen, a screen before them and one behind.
func (v *View) around() []span {
	at := v.top
	if v.follow {
		at = v.lowest()
	}
	if v.filter == nil {
		from := max(0, at.line-v.h)
		return []span{{from, at.line + 2*v.h - from}}
	}
	first := at.line
	for range v.h {
		if before := v.prev(first - 1); before >= 0 {
			first = before
		}
	}
	var spans []span
	line := v.next(first)
	for range 3 * v.h {
		if line < 0 {
			break
		}
		if n := len(spans); n > 0 && spans[n-1].from+spans[n-1].n == line {
			spans[n-1].n++
		} else {
			spans = append(spans, span{line, 1})
		}
		line = v.next(line + 1)
	}
	return spans
}

// Read carries a request out. It is the only thing here that waits, and is meant to be called from a command.
func Read(s Store, r Request) Page {
	p := Page{Request: r, total: s.Len()}
	if r.scan != nil {
		p.hits, p.next, p.err = r.scan.search(s)
		return p
	}
	spans := r.spans
	if r.tail > 0 {
		from := max(0, p.total-r.tail)
		spans = []span{{from, p.total - from}}
	}
	if r.first && p.total > 0 {
		if lines, err := s.Lines(0, 1); err == nil && len(lines) > 0 {
			p.began = lines[0].At
		}
	}
	for _, span := range spans {
		if p.read(s, span); p.err != nil {
			break
		}
	}
	return p
}

// Unread is the answer to a request that could not be carried out.
func Unread(r Request, err error) Page { return Page{Request: r, err: err} }

func (p *Page) read(s Store, span span) {
	end := min(span.from+span.n, p.total)
	for at := span.from; at < end; {
		lines, err := s.Lines(at, min(atOnce, end-at))
		if err != nil || len(lines) == 0 {
			p.short, p.err = true, err
			return
		}
		for i, line := range lines {
			p.held = append(p.held, ready(at+i, line))
		}
		at += len(lines)
	}
}

// search looks for the lines of a finder.
func (s *scan) search(in Store) (hits []int, next int, err error) {
	if searcher, fast := in.(engine.LogSearcher); fast {
		hits, next, err = searcher.Search(s.texts, s.from, s.n)
	} else {
		hits, next, err = searchLines(in, s.texts, s.from, s.n)
	}
	if err == nil && s.judges {
		hits, err = judge(in, hits)
	}
	return hits, next, err
}

// searchLines searches a store that cannot do it itself.
func searchLines(in Store, texts []string, from, n int) (hits []int, next int, err error) {
	const block = 2000
	match := terminal.NewMatcher(texts...)
	for next = from; next < from+n; {
		lines, err := in.Lines(next, min(block, from+n-next))
		if err != nil || len(lines) == 0 {
			return hits, next, err
		}
		for i, line := range lines {
			if match.Match([]byte(line.Text)) {
				hits = append(hits, next+i)
			}
		}
		next += len(lines)
	}
	return hits, next, nil
}

// judge is which of the lines tell of an error. Those close together are read together.
func judge(in Store, hits []int) (errors []int, err error) {
	const close = 64
	for len(hits) > 0 {
		n := 1
		for n < len(hits) && hits[n] < hits[0]+close {
			n++
		}
		lines, err := in.Lines(hits[0], hits[n-1]-hits[0]+1)
		if err != nil {
			return nil, err
		}
		for _, hit := range hits[:n] {
			if i := hit - hits[0]; i < len(lines) && meaning(terminal.Plain(lines[i].Text)) == theme.Bad {
				errors = append(errors, hit)
			}
		}
		hits = hits[n:]
	}
	return errors, nil
}

// Take brings what was read or found onto the screen.
func (v *View) Take(p Page) {
	if p.source != v.source {
		return
	}
	v.drawn = nil
	if p.scan != nil {
		v.scans = false
		if v.halted = p.err != nil || p.next <= p.scan.from; p.err != nil {
			v.why = p.err.Error()
			return
		}
		v.found(p.scan, p.next, p.hits)
		return
	}
	v.reads = false
	if p.err != nil {
		v.why = p.err.Error()
		return
	}
	if p.total < v.total {
		v.forget()
	}
	early := v.mark >= v.total // it was gone to before anybody knew that it is there
	v.total, v.held = p.total, p.held
	if v.began.IsZero() {
		v.began = p.began
	}
	v.measure()
	if early && v.mark < v.total {
		v.goTo(v.mark)
	}
	v.jump()
	v.settle()
	if p.short {
		v.stale = false // there is no more than that, for now
	}
}

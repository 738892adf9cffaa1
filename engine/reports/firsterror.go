package reports

import (
	"iter"
	"strings"

	"github.com/gantry-cd/gantry/engine/logs"
)

// FirstError is the one line that explains a failure, with its number as the iterator gives it: the first of those that
// explain it best, wherever it stands. The end of an output is often only cleaning up.
func FirstError(lines iter.Seq2[int, string]) (line int, text string, found bool) {
	var f finder
	for n, text := range lines {
		f.feed(n, text)
	}
	return f.result()
}

// finder keeps the best line so far.
type finder struct {
	best rank
	line int
	text string

	test      string             // the Go test that is speaking
	messages  map[string]*spoken // of Go tests that have not ended
	pending   *spoken            // a Go test that has failed and whose message may follow
	traceback bool               // within a Python traceback, whose last line says why
	source    bool               // within the source that pytest quotes, whose last line says what is wrong with it
	collects  bool               // the line before said which file pytest could not collect

	heading *heading // its reason is still to come
	printed bool     // within what the code under test had printed by itself
	goesOn  bool     // the best line ended with ":", so the next one belongs to it
	trace   int      // the best line, while its stack trace goes on: its cause may follow
	why     int      // the line above, where one that begins with "> " goes deeper
}

// spoken is what a Go test said, and where.
type spoken struct {
	name string
	line int
	message
}

func (f *finder) result() (int, string, bool) {
	f.settle()
	f.unhead()
	return f.line, f.text, f.best > silent
}

func (f *finder) offer(r rank, line int, text string) bool {
	if r <= f.best {
		return false
	}
	f.best, f.line, f.text = r, line, shorten(strings.TrimSpace(text))
	f.goesOn, f.trace = false, line
	return true
}

func (f *finder) feed(n int, raw string) {
	raw, ok := goOutput(raw)
	if !ok {
		return
	}
	text := strings.TrimRight(logs.Plain(raw), " ")
	if f.goTest(n, text) {
		return
	}
	bare, _ := unframe(text)
	if f.prints(bare) || f.python(n, bare) || f.caused(n, bare) {
		return
	}
	if f.best < crashed || f.heading != nil || f.goesOn { // else nothing could be better
		f.plain(n, text, bare)
	}
}

// plain takes a line that no language has a form for.
func (f *finder) plain(n int, text, bare string) {
	f.goOn(bare)
	r := classify(text)
	h, found := headed(n, bare, r)
	if found && (f.heading == nil || h.rank >= f.heading.rank) {
		f.unhead()
		f.heading = h
		return
	}
	if h := f.heading; h != nil && h.take(n, bare, r) {
		f.unhead()
	}
	if f.offer(r, n, bare) {
		f.goesOn = r >= said && strings.HasSuffix(bare, ":")
	}
}

// goOn adds the line below to one that ended with ":".
func (f *finder) goOn(bare string) {
	trimmed := strings.TrimSpace(bare)
	if !f.goesOn || strings.Trim(trimmed, ruler) == "" {
		return
	}
	f.goesOn = false
	f.text = shorten(f.text + " " + trimmed)
}

// unhead gives up waiting for a better reason below a heading.
func (f *finder) unhead() {
	h := f.heading
	if f.heading = nil; h == nil {
		return
	}
	if h.below == 0 {
		f.offer(h.alone, h.line, h.text)
		return
	}
	if h.indent < 0 {
		f.why = h.below
	}
	reason := h.reason
	if h.name != "" {
		reason = h.name + ": " + reason
	}
	f.offer(h.rank, h.below, reason)
}

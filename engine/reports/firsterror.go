package reports

import (
	"iter"
	"regexp"
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

// ownOutput begins what the code under test had printed by itself, which a test runner repeats.
var ownOutput = regexp.MustCompile(`^(?:\s*● Console|-+ Captured \w+ (?:call|setup|teardown) -+)$`)

// reported begins something else.
var reported = regexp.MustCompile(`^(?:_{3,} .* _{3,}|={3,} .* ={3,}|PASS .*|FAIL .*|\s*● .*)$`)

// prints passes over what the code under test had printed by itself: that is not the test's reason.
func (f *finder) prints(text string) bool {
	switch {
	case (strings.HasSuffix(text, "Console") || strings.HasPrefix(text, "---")) && ownOutput.MatchString(text):
		f.printed = true
		f.unhead()
	case f.printed && reported.MatchString(text):
		f.printed = false
	}
	return f.printed
}

// caused follows a cause to the one below it: "Caused by:" in a stack trace of Java, "> " in Gradle's explanations.
func (f *finder) caused(n int, text string) bool {
	trimmed := strings.TrimSpace(text)
	if f.why > 0 && trimmed != "" {
		deeper := strings.HasPrefix(trimmed, "> ") && !exitLine.MatchString(trimmed)
		if deeper && (f.line == f.why || f.best < said) {
			f.best = silent
			f.offer(said, n, trimmed)
		}
		if f.why = 0; deeper {
			f.why = n
			return true
		}
	}
	if f.trace == 0 || f.trace != f.line {
		return false
	}
	if strings.HasPrefix(trimmed, "Caused by: ") {
		f.line, f.text, f.trace = n, shorten(trimmed), n
		return true
	}
	if trimmed != "" && !frame.MatchString(text) {
		f.trace = 0
	}
	return false
}

// goTest follows the output of Go tests: the reason of a failure stands before its "--- FAIL" with -v, and after it
// without.
func (f *finder) goTest(n int, text string) bool {
	if name, found := speaker(text); found {
		f.settle()
		f.test = name
		return true
	}
	if verdict, name, found := goVerdict(text); found {
		if f.pending == nil || !strings.HasPrefix(name, f.pending.name+"/") {
			f.settle()
		}
		f.ended(n, verdict, name)
		return true
	}
	if text != "" && text[0] != ' ' && text[0] != '\t' {
		f.settle()
	}
	s := f.pending
	if s == nil && f.test != "" {
		s = f.speaking(f.test)
	}
	if s != nil {
		before := s.strength
		if s.add(text); s.strength > before {
			s.line = n
		}
	}
	return false
}

func (f *finder) speaking(test string) *spoken {
	if f.messages == nil {
		f.messages = map[string]*spoken{}
	}
	if f.messages[test] == nil {
		f.messages[test] = &spoken{name: test}
	}
	return f.messages[test]
}

// ended takes the end of a Go test into account.
func (f *finder) ended(n int, verdict, name string) {
	said := f.speaking(name)
	delete(f.messages, name)
	f.test = ""
	if verdict != "FAIL" {
		return
	}
	if said.strength >= located {
		f.pending = nil
		f.offer(failed, said.line, name+": "+said.text())
		return
	}
	f.pending = &spoken{name: name, line: n}
}

// settle gives up waiting for the message of a failed test.
func (f *finder) settle() {
	if f.pending == nil {
		return
	}
	s := f.pending
	f.pending = nil
	text := s.name + " failed"
	if s.strength > unsaid {
		text = s.name + ": " + s.text()
	}
	f.offer(failed, s.line, text)
}

// python follows tracebacks.
func (f *finder) python(n int, bare string) bool {
	if strings.HasPrefix(bare, "Traceback (most recent call last)") {
		f.traceback = true
		return true
	}
	if f.traceback && bare != "" && bare[0] != ' ' {
		f.traceback = false
		f.offer(crashed, n, bare)
		return true
	}
	return false
}

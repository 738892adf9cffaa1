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
}

// spoken is what a Go test said, and where.
type spoken struct {
	name string
	line int
	message
}

func (f *finder) result() (int, string, bool) {
	f.settle()
	return f.line, f.text, f.best > silent
}

func (f *finder) offer(r rank, line int, text string) {
	if r > f.best {
		f.best, f.line, f.text = r, line, shorten(strings.TrimSpace(text))
	}
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
	if f.python(n, text) {
		return
	}
	if f.best < crashed { // nothing could be better
		f.offer(classify(text), n, text)
	}
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
func (f *finder) python(n int, text string) bool {
	if strings.HasPrefix(text, "Traceback (most recent call last)") {
		f.traceback = true
		return true
	}
	if f.traceback && text != "" && text[0] != ' ' {
		f.traceback = false
		f.offer(crashed, n, text)
		return true
	}
	return false
}

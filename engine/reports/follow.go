package reports

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// ownOutput begins what the code under test had printed by itself, which a test runner repeats.
var ownOutput = pattern.New(`^(?:\s*● Console|-+ Captured \w+ (?:call|setup|teardown) -+)$`)

// reported begins something else.
var reported = pattern.New(`^(?:_{3,} .* _{3,}|={3,} .* ={3,}|PASS .*|FAIL .*|\s*● .*)$`)

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

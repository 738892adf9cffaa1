// Package reports understands what the output of a step said: tests that passed and failed, findings of scanners, and the
// one line that explains a failure.
package reports

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxFailing is how many failed tests a summary lists; it counts all of them.
const maxFailing = 50

// Summary is what a report said.
type Summary struct {
	Tests    promotion.Tests
	Flaky    []promotion.FailedTest // failed, then passed with the same inputs; counted as passed
	Findings []Finding
	// Unended is how many of the failed tests were not seen to fail: they, or all that should have followed, did not come to
	// an end. They are the last of Tests.Failing.
	Unended int
	// Killed is the output's own word for having been ended from outside; "" when it has none.
	Killed string
}

// Proven are the tests without those that did not come to an end.
func (s Summary) Proven() promotion.Tests {
	tests := s.Tests
	tests.Failed -= s.Unended
	tests.Failing = tests.Failing[:min(len(tests.Failing), tests.Failed)]
	return tests
}

// Proves tells whether the report is a negative verdict whatever became of the command that wrote it.
func (s Summary) Proves() bool { return s.Tests.Failed > s.Unended || s.errors() > 0 }

// Failed tells whether the report itself is a negative verdict: a test failed, or a scanner calls a finding an error.
func (s Summary) Failed() bool { return s.Tests.Failed > 0 || s.errors() > 0 }

func (s Summary) errors() int {
	n := 0
	for _, f := range s.Findings {
		if f.Level == LevelError {
			n++
		}
	}
	return n
}

// Cause is one line that says what failed first; "" when nothing did.
func (s Summary) Cause() string {
	if len(s.Tests.Failing) > 0 {
		first := s.Tests.Failing[0]
		cause := first.Name
		if first.Message != "" {
			cause += ": " + first.Message
		}
		return cause + more(s.Tests.Failed, "tests")
	}
	for _, f := range s.Findings {
		if f.Level == LevelError {
			return f.String() + more(s.errors(), "findings")
		}
	}
	return ""
}

// more says how many there are besides the first.
func more(n int, what string) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" (the first of %d %s)", n, what)
}

// tally adds up tests.
type tally struct {
	promotion.Tests
	unended []promotion.FailedTest
}

func (t *tally) fail(name, message string) {
	t.Failed++
	if len(t.Failing) < maxFailing {
		t.Failing = append(t.Failing, promotion.FailedTest{Name: name, Message: oneLine(message)})
	}
}

// miss takes in what did not come to an end.
func (t *tally) miss(name, message string) {
	t.unended = append(t.unended, promotion.FailedTest{Name: name, Message: oneLine(message)})
}

// summary is everything, what did not come to an end last.
func (t *tally) summary() Summary {
	s := Summary{Tests: t.Tests, Unended: len(t.unended)}
	s.Tests.Failed += s.Unended
	s.Tests.Failing = append(s.Tests.Failing[:len(s.Tests.Failing):len(s.Tests.Failing)], t.unended...)
	s.Tests.Failing = s.Tests.Failing[:min(len(s.Tests.Failing), maxFailing)]
	return s
}

// maxMessage is how much of a message is kept, in characters.
const maxMessage = 400

// oneLine is the first line of a text that says something.
func oneLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return shorten(line)
		}
	}
	return ""
}

func shorten(text string) string {
	n := 0
	for i := range text {
		if n++; n > maxMessage {
			return text[:i] + "…"
		}
	}
	return text
}

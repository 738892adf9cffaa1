package reports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// junit reads JUnit's XML as the many tools write it: any nesting of suites, several failures of one test, Surefire's reruns,
// failures of a whole suite. It takes the report in parts of any size, holds one test at a time, and knows at any time what
// was said so far.
type junit struct {
	scan   xmlScan
	sum    tally
	flaky  []promotion.FailedTest
	suites []junitSuite // open ones, the outermost first
	test   *junitTest   // nil between tests
	why    *junitReason // nil when none is being read
	skip   int          // elements that are open and of no interest
	over   bool
	err    error
}

type junitSuite struct {
	name    string
	counted int // failures, as it says itself
	before  int // failures that were known before it
}

type junitTest struct {
	name       string
	bad, flaky []string
	reruns     int
	skipped    bool
}

// junitReason is a failure, an error or one of their kind.
type junitReason struct {
	message, kind string
	text          []byte
	depth         int // of elements within it
	into          func(string)
}

// maxReason is how much text is kept to find a failure's first line in.
const maxReason = 16 << 10

func newJUnit() *junit {
	j := &junit{}
	j.scan = xmlScan{start: j.start, end: j.end, text: j.text}
	return j
}

// readJUnit reads a whole report. What was understood before an error is returned with it.
func readJUnit(from io.Reader) (Summary, error) {
	j := newJUnit()
	if _, err := io.Copy(j, from); err != nil && j.err == nil {
		return j.Summary(), err
	}
	return j.Close()
}

// Write takes the next part of a report.
func (j *junit) Write(p []byte) (int, error) {
	if j.err == nil && !j.over {
		j.err = j.scan.write(p)
	}
	return len(p), j.err
}

// Line takes a line of a report on standard output.
func (j *junit) Line(text string) {
	if _, err := j.Write([]byte(text)); err == nil {
		_, _ = j.Write([]byte{'\n'}) // an error is kept
	}
}

// Summary is what the report said so far.
func (j *junit) Summary() Summary {
	s := j.sum.summary()
	s.Flaky = slices.Clone(j.flaky)
	return s
}

// Close ends the report.
func (j *junit) Close() (Summary, error) {
	var notReport *notJUnit
	switch {
	case errors.As(j.err, &notReport):
		return j.Summary(), j.err
	case j.err != nil:
		return j.Summary(), fmt.Errorf("it is no well-formed XML: %w", j.err)
	case j.over:
		return j.Summary(), nil
	case !j.scan.seen:
		return j.Summary(), errors.New("it is empty: a report has at least a <testsuites> element")
	}
	return j.Summary(), fmt.Errorf("it is cut off: %w", errUnclosed)
}

// notJUnit is some other XML.
type notJUnit struct{ root string }

func (e *notJUnit) Error() string {
	return fmt.Sprintf("its first element is <%s>, not <testsuites>: is it a report of JUnit's format?", e.root)
}

func (j *junit) start(name string, attributes []xmlAttribute) error {
	suite := name == "testsuites" || name == "testsuite"
	switch {
	case j.over:
	case j.skip > 0:
		j.skip++
	case j.why != nil:
		j.why.depth++
	case j.test != nil:
		j.within(name, attributes)
	case suite:
		counted := number(attributes, "failures") + number(attributes, "errors")
		j.suites = append(j.suites, junitSuite{attribute(attributes, "name"), counted, j.sum.Failed})
	case len(j.suites) == 0:
		return &notJUnit{name}
	case name == "testcase":
		j.test = &junitTest{name: title(attributes), skipped: notRun(attributes)}
	case name == "failure" || name == "error":
		suite := j.suites[len(j.suites)-1].name
		j.reason(attributes, func(why string) { j.sum.fail(suite, why) })
	default:
		j.skip = 1
	}
	return nil
}

// within begins an element of a test.
func (j *junit) within(name string, attributes []xmlAttribute) {
	test := j.test
	switch name {
	case "failure", "error":
		j.reason(attributes, func(why string) { test.bad = append(test.bad, why) })
	case "flakyFailure", "flakyError":
		j.reason(attributes, func(why string) { test.flaky = append(test.flaky, why) })
	case "rerunFailure", "rerunError":
		test.reruns++
		j.skip = 1
	case "skipped", "disabled", "ignored":
		test.skipped = true
		j.skip = 1
	default: // output, properties
		j.skip = 1
	}
}

func (j *junit) reason(attributes []xmlAttribute, into func(string)) {
	j.why = &junitReason{message: oneLine(attribute(attributes, "message")), kind: attribute(attributes, "type"), into: into}
}

func (j *junit) text(part []byte) error {
	if why := j.why; why != nil && why.message == "" && len(why.text) < maxReason {
		why.text = append(why.text, part[:min(len(part), maxReason-len(why.text))]...)
	}
	return nil
}

func (j *junit) end(string) error {
	switch {
	case j.over:
	case j.skip > 0:
		j.skip--
	case j.why != nil && j.why.depth > 0:
		j.why.depth--
	case j.why != nil:
		j.why.into(j.why.line())
		j.why = nil
	case j.test != nil:
		j.verdict(j.test)
		j.test = nil
	case len(j.suites) > 0:
		j.leave(j.suites[len(j.suites)-1])
		j.suites = j.suites[:len(j.suites)-1]
		j.over = len(j.suites) == 0
	}
	return nil
}

// line is the first line that says why: the message, or else of the text, or else the type.
func (w *junitReason) line() string {
	if w.message != "" {
		return w.message
	}
	if line := oneLine(plainText(w.text)); line != "" {
		return line
	}
	return w.kind
}

func (j *junit) verdict(test *junitTest) {
	switch {
	case len(test.bad) > 0:
		why := test.bad[0] + more(len(test.bad), "failures")
		if test.reruns > 0 {
			why += fmt.Sprintf(" (run %d times, never passed)", test.reruns+1)
		}
		j.sum.fail(test.name, why)
	case test.skipped:
		j.sum.Skipped++
	default:
		j.sum.Passed++
		if len(test.flaky) > 0 && len(j.flaky) < maxFailing {
			j.flaky = append(j.flaky, promotion.FailedTest{Name: test.name, Message: test.flaky[0]})
		}
	}
}

// leave ends a suite. Failures that it counts but does not name are taken into account: it must not look green.
func (j *junit) leave(suite junitSuite) {
	if suite.counted > 0 && j.sum.Failed == suite.before {
		j.sum.fail(suite.name, fmt.Sprintf("the report counts %d failures here and names none", suite.counted))
	}
}

// title is the test's name with its class before it.
func title(attributes []xmlAttribute) string {
	class, name := attribute(attributes, "classname"), attribute(attributes, "name")
	if class == "" || strings.HasPrefix(name, class) {
		return name
	}
	return class + "." + name
}

// notRun tells whether a test says by its attributes that it did not run, as GoogleTest has it.
func notRun(attributes []xmlAttribute) bool {
	for _, key := range []string{"status", "result"} {
		switch attribute(attributes, key) {
		case "notrun", "skipped", "suppressed", "disabled":
			return true
		}
	}
	return false
}

func attribute(attributes []xmlAttribute, name string) string {
	for _, a := range attributes {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

func number(attributes []xmlAttribute, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(attribute(attributes, name)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

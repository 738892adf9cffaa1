package reports

import (
	"encoding/json"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// How well a message explains why a Go test failed.
const (
	unsaid  = iota
	printed // something was printed
	located // t.Error and the like: "cart_test.go:12: total = 3, want 4"
	broke   // a panic
)

var (
	goPlace   = pattern.New(`(?:^|\s)([\w.+-]+\.go:\d+):(?:\s+(.*))?$`)
	goFailure = pattern.New(`^--- (PASS|FAIL|SKIP|BENCH): (.+?) \(\d[\d.]*s\)$`)
)

// message finds the line in a test's output that says why it failed.
type message struct {
	strength int
	best     string
	place    string // a place whose text is still to come
	error    bool   // the text after "Error:" is still to come
	join     int    // how many more lines belong to the text
}

func (m *message) text() string {
	if m.best == "" {
		return m.place
	}
	return m.best
}

// add takes one more line of the test's output.
func (m *message) add(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "" || strings.HasPrefix(trimmed, "=== "):
	case m.strength < broke && (strings.HasPrefix(trimmed, "panic: ") || strings.HasPrefix(trimmed, "fatal error: ")):
		*m = message{strength: broke, best: trimmed}
	case m.strength == broke:
	case m.place != "":
		m.assertion(trimmed)
	case m.join > 0:
		m.join--
		m.best = shorten(m.best + " " + trimmed)
	case m.strength < located:
		m.first(trimmed)
	}
}

func (m *message) first(trimmed string) {
	found := goPlace.FindStringSubmatch(trimmed)
	switch {
	case found != nil && found[2] == "":
		m.strength, m.place, m.best = located, found[1]+":", ""
	case found != nil:
		m.strength, m.best = located, shorten(found[1]+": "+found[2])
	case m.strength < printed:
		m.strength, m.best = printed, shorten(trimmed)
	}
}

// assertion reads what stands under a bare place. Testify prints a table there: the trace first, then the error, and the
// two values below it.
func (m *message) assertion(trimmed string) {
	label, rest, _ := strings.Cut(trimmed, ":")
	switch {
	case label == "Error Trace":
		m.error = true
		return
	case label == "Error" && m.error:
		trimmed = strings.TrimSpace(rest)
		if strings.HasSuffix(trimmed, ":") {
			m.join = 2
		}
	case m.error: // more of the trace
		return
	}
	m.best = shorten(m.place + " " + trimmed)
	m.place, m.error = "", false
}

// goEvent is a line of `go test -json`.
type goEvent struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string
	FailedBuild string
}

// parseGoEvent reads a line of `go test -json`.
func parseGoEvent(line string) (goEvent, bool) {
	var e goEvent
	if !strings.HasPrefix(line, "{") || !strings.Contains(line, `"Action"`) {
		return e, false
	}
	err := json.Unmarshal([]byte(line), &e)
	return e, err == nil && e.Action != ""
}

// goOutput is what a test binary wrote, without what `go test -json` and -test.v=test2json put around it; not ok for an
// event without output.
func goOutput(line string) (text string, ok bool) {
	if e, found := parseGoEvent(line); found {
		return strings.TrimSuffix(e.Output, "\n"), e.Output != ""
	}
	return strings.ReplaceAll(line, marker, ""), true
}

// marker stands before what the testing package itself prints with -test.v=test2json.
const marker = "\x16"

// speaker is the test that speaks from this line on: "=== RUN   TestAdd/two".
func speaker(line string) (test string, found bool) {
	for _, frame := range []string{"=== RUN ", "=== CONT ", "=== NAME "} {
		if name, found := strings.CutPrefix(line, frame); found {
			return strings.TrimSpace(name), true
		}
	}
	return "", line == "=== NAME"
}

// goVerdict reads "    --- FAIL: TestAdd/two (0.00s)".
func goVerdict(line string) (verdict, test string, found bool) {
	trimmed := strings.TrimLeft(line, " ")
	if !strings.HasPrefix(trimmed, "--- ") {
		return "", "", false
	}
	parts := goFailure.FindStringSubmatch(trimmed)
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// tap counts the tests of the Test Anything Protocol, versions 12 to 14. Subtests count, the tests that hold them do not.
type tap struct {
	sum    tally
	levels []level // by indentation
	yaml   bool    // within a block of details…
	block  bool    // …whose message is on the next line
	failed int     // 1 + index in Failing of the test that details now are about; 0 none
	bail   bool
}

// level is what was seen at one depth since the last result above it.
type level struct {
	title   string // of "# Subtest: title"
	results int
	failed  int
	plan    int // -1: none yet
}

func newTAP() *tap { return &tap{levels: []level{{plan: -1}}} }

// maxDepth is how deep subtests may be nested.
const maxDepth = 100

// Line takes one line of output. What is no TAP is none of its business.
func (t *tap) Line(line string) {
	line = strings.TrimRight(line, "\r")
	text := strings.TrimLeft(line, " ")
	depth := min((len(line)-len(text))/4, maxDepth)
	switch {
	case t.yaml:
		t.detail(text)
	case text == "---":
		t.yaml = true
	case strings.HasPrefix(text, "ok") && boundary(text[2:]):
		t.result(depth, true, text[2:])
	case strings.HasPrefix(text, "not ok") && boundary(text[6:]):
		t.result(depth, false, text[6:])
	case strings.HasPrefix(text, "#"):
		t.comment(depth, strings.TrimSpace(text[1:]))
	case strings.HasPrefix(text, "1.."):
		t.plan(depth, text[3:])
	case strings.HasPrefix(text, "Bail out!"):
		t.bail = true
		t.sum.fail("bailed out", strings.TrimSpace(strings.TrimPrefix(text, "Bail out!")))
	}
}

// boundary tells "ok" and "ok 1" from "okay".
func boundary(rest string) bool { return rest == "" || rest[0] == ' ' }

// at is the level of a depth; deeper ones are over.
func (t *tap) at(depth int) *level {
	for len(t.levels) <= depth {
		t.levels = append(t.levels, level{plan: -1})
	}
	return &t.levels[depth]
}

func (t *tap) result(depth int, ok bool, rest string) {
	name, directive := description(rest)
	t.at(depth + 1)
	children := t.levels[depth+1]
	t.levels = t.levels[:depth+1]
	here := &t.levels[depth]
	here.results++
	t.failed = 0
	switch {
	case strings.HasPrefix(directive, "SKIP"), strings.HasPrefix(directive, "TODO"):
		if children.results == 0 {
			t.sum.Skipped++
		}
	case !ok:
		here.failed++
		if children.failed == 0 {
			t.sum.fail(t.title(depth, name), "")
			if t.sum.Failed == len(t.sum.Failing) {
				t.failed = len(t.sum.Failing)
			}
		}
	case children.results == 0:
		t.sum.Passed++
	}
	here.title = ""
}

// description takes "12 - adds items # SKIP no server" apart.
func description(rest string) (name, directive string) {
	rest = strings.TrimSpace(rest)
	if number, after, _ := strings.Cut(rest, " "); number != "" && strings.Trim(number, "0123456789") == "" {
		rest = strings.TrimSpace(after)
	}
	rest = strings.TrimSpace(strings.TrimPrefix(rest, "-"))
	for i := range len(rest) {
		if rest[i] == '#' && (i == 0 || rest[i-1] != '\\') {
			directive = strings.ToUpper(strings.TrimSpace(rest[i+1:]))
			if strings.HasPrefix(directive, "SKIP") || strings.HasPrefix(directive, "TODO") {
				return strings.TrimSpace(rest[:i]), directive
			}
		}
	}
	return rest, ""
}

// title is the test's name with those of the tests that hold it.
func (t *tap) title(depth int, name string) string {
	var parts []string
	for _, l := range t.levels[:depth] {
		if l.title != "" {
			parts = append(parts, l.title)
		}
	}
	if name == "" {
		name = fmt.Sprintf("test %d", t.levels[depth].results)
	}
	return strings.Join(append(parts, name), " > ")
}

func (t *tap) comment(depth int, text string) {
	if title, found := strings.CutPrefix(text, "Subtest: "); found {
		t.at(depth).title = title
		t.failed = 0
		return
	}
	t.explain(text)
}

// repeated is what Perl's tests say besides: that they failed, and where.
var repeated = pattern.New(`^(?:Failed (?:\(TODO\) )?test\b|Looks like you |at .* line \d+\.$)`)

// explain gives the test that failed last its message, unless it has one. What was got and what was expected come in two
// lines.
func (t *tap) explain(text string) {
	text = oneLine(text)
	if t.failed == 0 || text == "" || repeated.MatchString(text) {
		return
	}
	// The list may have been handed out: it is replaced, not changed.
	failing := append([]promotion.FailedTest(nil), t.sum.Failing...)
	message := &failing[t.failed-1].Message
	if *message != "" {
		text = shorten(*message + ", " + text)
	}
	*message = text
	t.sum.Failing = failing
	if !strings.HasPrefix(text, "got:") || strings.Contains(text, "expected:") {
		t.failed = 0
	}
}

// detail takes a line of a YAML block: its message or error says why.
func (t *tap) detail(text string) {
	if text == "..." {
		t.yaml, t.block = false, false
		return
	}
	if t.block {
		t.block = false
		t.explain(text)
		return
	}
	key, value, _ := strings.Cut(text, ":")
	if key != "message" && key != "error" {
		return
	}
	value = strings.TrimSpace(value)
	if value == "" || value[0] == '|' || value[0] == '>' {
		t.block = true
		return
	}
	t.explain(strings.Trim(value, `"'`))
}

func (t *tap) plan(depth int, rest string) {
	number, _, _ := strings.Cut(rest, " ")
	if n, err := strconv.Atoi(number); err == nil && n >= 0 {
		t.at(depth).plan = n
	}
}

// Summary is what the tests came to so far.
func (t *tap) Summary() Summary { return t.sum.summary() }

// Close compares what came with what was planned: tests that never ran have not passed.
func (t *tap) Close() (Summary, error) {
	top := t.levels[0]
	switch {
	case t.bail:
	case top.plan < 0 && top.results > 0:
		t.sum.miss("the test plan", fmt.Sprintf("there is none: the output ends after %d tests, maybe too early", top.results))
	case top.plan >= 0 && top.plan != top.results:
		t.sum.miss("the test plan", fmt.Sprintf("%d tests were planned, %d ran", top.plan, top.results))
	}
	return t.Summary(), nil
}

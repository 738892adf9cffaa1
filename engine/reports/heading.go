package reports

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// heading is a line that says what failed. Why it failed stands below it.
type heading struct {
	rank   rank // of the reason
	alone  rank // of the heading itself, if there is none
	line   int
	text   string
	name   string // goes before the reason; "" when it tells nothing
	indent int
	colon  bool // it ended with ":", or a line that goes on with it did
	listed bool // "1) Cart takes a tenth off"
	strict bool // only a line that is an error by its form can be the reason: anything may stand below
	age    int  // lines that were seen since
	gap    bool // one of them was empty
	below  int  // the line of the reason; 0 none yet
	reason string
}

// reach is how many lines below a heading its reason may stand.
const reach = 14

var (
	testHead = pattern.New(`^\s*(?:[●✕✖✗×] \S|\d+\) \S|---- \S+ stdout ----$|FAIL {1,2}\S|not ok \d)|^\S.* > .* FAILED$|<<< (?:FAILURE|ERROR)!$`)
	// announcing is a line that says only that what is wrong comes next.
	announcing = pattern.New(`(?i)\b(?:errors?|failed|failures?|problems?|wrong|exceptions?)\b[^:]*:$|^\w+ aborted!$`)
	// thrown is the name of an exception alone, whose message stands below.
	thrown   = pattern.New(`^(?:[A-Z]\w*(?:::|\.))*[A-Z]\w*(?:Error|Exception):$`)
	pointing = pattern.New(`(?i)\b(?:see|read|visit|information|help|try|run|rerun)\b`)
	headSign = pattern.New(`^(?:[●✕✖✗×]|\d+\)|----|FAIL) +`)
	headTail = pattern.New(` (?:\([\d.]+ ?m?s\)|FAILED|stdout ----| *Time elapsed: .*)$`)
	tallied  = pattern.New(`(?i)\b\d+ (?:\w+ )?(?:errors?|problems?|failures?|failed|failing|tests?)\b|failing tests:$`)
	frame    = pattern.New(`^\s+at \S|^\s+\.\.\. \d+ (?:more|common)\b|^\s+from \S+:\d+`)
	// quoted is a line of source with its number, as compilers and test runners show it.
	quoted = pattern.New(`^\s*>? *\d* \|(?: |$)`)
)

// ruler is what lines are drawn with.
const ruler = "-=~^_*. +"

// headed tells whether a line, which ranks as r by itself, is a heading.
func headed(n int, text string, r rank) (*heading, bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, false
	}
	h := &heading{line: n, text: trimmed, alone: named, indent: indentation(text), colon: strings.HasSuffix(trimmed, ":")}
	switch {
	case h.colon && r >= failed && strings.HasPrefix(trimmed, "thread "):
		h.rank, h.alone, h.name = r, r, strings.TrimSuffix(trimmed, ":")
	case h.colon && thrown.MatchString(trimmed):
		h.rank, h.alone, h.name = failed, said, strings.TrimSuffix(trimmed, ":")
	case mayHead(trimmed) && testHead.MatchString(text) && !strings.Contains(text, "# TODO") && !tallied.MatchString(text):
		h.rank, h.name = failed, headTail.ReplaceAllString(headSign.ReplaceAllString(strings.TrimSuffix(trimmed, ":"), ""), "")
		h.listed = trimmed[0] >= '0' && trimmed[0] <= '9'
		h.strict = strings.HasPrefix(trimmed, "not ok") || strings.HasPrefix(trimmed, "----") || strings.HasPrefix(trimmed, "FAIL ")
		if h.listed || strings.HasPrefix(trimmed, "FAIL ") {
			h.alone = left // a list of anything may be numbered
		}
	case r < said && (h.colon || strings.HasSuffix(trimmed, "!")) &&
		announcing.MatchString(trimmed) && !pointing.MatchString(trimmed):
		h.rank, h.alone, h.indent, h.colon = said, max(r, left), -1, true
	default:
		return nil, false
	}
	return h, true
}

// mayHead keeps most lines from a regular expression.
func mayHead(trimmed string) bool {
	c := trimmed[0]
	return c >= '0' && c <= '9' && strings.Contains(trimmed[:min(len(trimmed), 5)], ")") || c >= 0x80 || c == '-' || strings.HasPrefix(trimmed, "FAIL ") || strings.HasPrefix(trimmed, "not ok") ||
		strings.HasSuffix(trimmed, " FAILED") || strings.HasSuffix(trimmed, "!")
}

func indentation(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// take looks at a line below the heading, and tells whether the reason is known now.
func (h *heading) take(n int, text string, r rank) bool {
	h.age++
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		h.gap = true
	case r >= said && r != compile && r != named:
		h.below, h.reason = n, trimmed
		return true
	case strings.Trim(trimmed, ruler) == "", frame.MatchString(text), quoted.MatchString(text):
	case strings.HasSuffix(trimmed, ":") && !h.gap && !h.strict && h.rank == failed && h.over(text):
		h.name, h.below, h.colon = strings.TrimSuffix(h.sofar()+" "+trimmed, ":"), 0, true
	case h.below == 0 && !h.strict && h.over(text):
		h.below, h.reason = n, trimmed
		if r == left {
			h.rank = left
		}
		return h.colon
	}
	return h.age >= reach
}

// sofar is the heading's name as far as it is known; what was taken for a reason may belong to it.
func (h *heading) sofar() string {
	if h.below > 0 {
		return h.name + " " + h.reason
	}
	return h.name
}

// over tells whether a line belongs under the heading, by where it stands.
func (h *heading) over(text string) bool {
	indent := indentation(text)
	return indent > h.indent || h.colon || h.listed && h.age == 1 && indent == h.indent && indent < 4
}

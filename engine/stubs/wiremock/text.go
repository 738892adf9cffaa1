package wiremock

import (
	"fmt"
	"regexp"
	"strings"
)

// Op names a matcher as WireMock does.
type Op string

// The matchers of texts, and EqualToJSON for bodies.
const (
	EqualTo        Op = "equalTo"
	Contains       Op = "contains"
	DoesNotContain Op = "doesNotContain"
	Matches        Op = "matches"
	DoesNotMatch   Op = "doesNotMatch"
	Absent         Op = "absent"
	EqualToJSON    Op = "equalToJson"
)

// Text is a condition on a text that may be absent.
type Text struct {
	Op      Op
	Value   string
	Fold    bool // equalTo only: upper and lower case are the same
	pattern *regexp.Regexp
}

// Match says whether a text meets the condition. An absent text meets only what is said in the negative.
func (t Text) Match(value string, present bool) bool {
	if !present {
		return t.Op == Absent || t.Op == DoesNotContain || t.Op == DoesNotMatch
	}
	switch t.Op {
	case EqualTo:
		return value == t.Value || t.Fold && strings.EqualFold(value, t.Value)
	case Contains:
		return strings.Contains(value, t.Value)
	case DoesNotContain:
		return !strings.Contains(value, t.Value)
	case Matches:
		return t.pattern.MatchString(value)
	case DoesNotMatch:
		return !t.pattern.MatchString(value)
	}
	return false
}

// MatchAny says whether one of a name's values meets the condition.
func (t Text) MatchAny(values []string) bool {
	for _, value := range values {
		if t.Match(value, true) {
			return true
		}
	}
	return len(values) == 0 && t.Match("", false)
}

func (t Text) String() string {
	switch t.Op {
	case Absent:
		return "absent"
	case EqualTo:
		return fmt.Sprintf("%q", t.Value)
	}
	return fmt.Sprintf("%s %q", t.Op, t.Value)
}

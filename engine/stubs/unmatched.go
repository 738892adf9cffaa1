package stubs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gantry-cd/gantry/engine/stubs/wiremock"
)

// Unmatched is a request that no stub answers, and the stub that comes closest.
type Unmatched struct {
	Service    string
	Method     string
	Target     string
	Closest    string // its title; "" when there are no stubs
	File       string
	Mismatches []wiremock.Mismatch
}

// String is the request and what sets it apart from the closest stub, in one line.
func (u Unmatched) String() string {
	if u.Closest == "" {
		return fmt.Sprintf("%s %s (there are no stubs)", u.Method, u.Target)
	}
	missed := make([]string, len(u.Mismatches))
	for i, m := range u.Mismatches {
		missed[i] = m.String()
	}
	return fmt.Sprintf("%s %s (closest stub: %s; %s)", u.Method, u.Target, u.Closest, strings.Join(missed, "; "))
}

// SideBySide is the request beside the closest stub, a condition a line.
func (u Unmatched) SideBySide() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gantry: no stub of %s answers %s %s\n", u.Service, u.Method, u.Target)
	if u.Closest == "" {
		b.WriteString("There are no stubs.")
		return b.String()
	}
	fmt.Fprintf(&b, "closest: %s (%s)\n\n", u.Closest, u.File)
	part, want := width("differs in"), width("stub")
	for _, m := range u.Mismatches {
		part, want = max(part, width(m.Part)), max(want, width(m.Want))
	}
	line := func(a, b, c string) string {
		return "  " + a + strings.Repeat(" ", part-width(a)+2) + b + strings.Repeat(" ", want-width(b)+2) + c + "\n"
	}
	b.WriteString(line("differs in", "stub", "request"))
	for _, m := range u.Mismatches {
		b.WriteString(line(m.Part, m.Want, m.Got))
	}
	return b.String()
}

func width(text string) int { return utf8.RuneCountInString(text) }

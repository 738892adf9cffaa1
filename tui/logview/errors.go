package logview

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
	"github.com/gantry-cd/gantry/tui/theme"
)

// errorWords are what a line that tells of an error shows, one of them at least.
var errorWords = []string{"error", "fail", "panic", "fatal", "exception", "not ok ", "✗"}

var (
	badWord = pattern.New(`(?i)(^|[^\w./-])(errors?|fail|failed|failures?|panic|fatal|exception)($|[^\w./-]|\.($|\s))|(^|\W)[A-Z]\w*(?-i:Error|Exception)\b`)
	// harmless is how tools say that nothing is wrong.
	harmless = pattern.New(`(?i)\b(0|no|without|zero)\s+(errors?|fail(ed|ures?)?|exceptions?)\b|\b(errors?|fail(ed|ures?)?|exceptions?)\b["']?\s*[:=]\s*0\b|\b(if|on|or|when)[ _-](an? )?(error|fail(ed|ure)?)\b`)
)

// meaning is what a line of a test runner, a compiler or a program says about good and bad ends.
func meaning(s string) theme.Role {
	s = strings.TrimLeft(s, " ")
	for _, good := range []string{"--- PASS", "PASS", "ok  ", "ok ", "✓"} {
		if strings.HasPrefix(s, good) {
			return theme.Good
		}
	}
	for _, dull := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "$ ", "+ "} {
		if strings.HasPrefix(s, dull) {
			return theme.Muted
		}
	}
	if tellsOfError(s) {
		return theme.Bad
	}
	return theme.Text
}

// tellsOfError judges a line by its beginning: what follows thousands of characters is data.
func tellsOfError(s string) bool {
	if strings.HasPrefix(s, "$ ") { // a command, whatever it is about
		return false
	}
	s = s[:min(len(s), 2000)]
	if strings.HasPrefix(s, "--- FAIL") || strings.HasPrefix(s, "not ok ") || strings.HasPrefix(s, "✗") {
		return true
	}
	lower := strings.ToLower(s)
	for _, word := range errorWords[:5] {
		if strings.Contains(lower, word) {
			return badWord.MatchString(harmless.ReplaceAllString(s, " "))
		}
	}
	return false
}

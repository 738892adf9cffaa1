package reports

import "strings"

// hints are in every line that one of the expressions above could match, places aside. Looking for them first keeps a log
// of a million lines from taking a minute.
var hints = []string{"error", "fail", "fatal", "panic", "exception", "cannot", "can't", "could", "unable", "not found", "no such", "denied",
	"refused", "timed out", "undefined", "unknown", "invalid", "exit", "return", "killed", "terminate", "abort", "signal: ", "***", "sig",
	"segm", "core dumped", "critical", "severe", "race", "err!", "not ok", "comparison", "e   ", "●", "✕", "✖", "✗", "----", ":in ", "assert",
	"not exist", "unbound", "conflict", "previous", "non-zero", ": line ", "problem",
	"definition", "duplicate", "mismatch", "missing", "unexpected", "unsupported", "unrecogni", "unresolved", "illegal", "forbidden",
	"reject", "exceed", "violat", "not ", "already", "must ", "locked", "deadlock", "too ", "✘", "lua"}

// hintsAt are the hints by where their first two bytes lead; the case of letters does not matter there.
var hintsAt = func() (table [1 << 10][]string) {
	for _, hint := range hints {
		i := lead(hint[0], hint[1])
		table[i] = append(table[i], hint)
	}
	return table
}()

func lead(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// hinted tells whether a text holds a hint, whatever its case.
func hinted(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		for _, hint := range hintsAt[lead(text[i], text[i+1])] {
			if i+len(hint) <= len(text) && strings.EqualFold(text[i:i+len(hint)], hint) {
				return true
			}
		}
	}
	return false
}

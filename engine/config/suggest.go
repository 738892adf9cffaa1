package config

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean is " (did you mean …?)", to follow a word, for a slip of the fingers; "" when nothing known is near.
func DidYouMean(word string, known []string) string {
	best, near := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < near && d < max(len(word), len(k)) {
			best, near = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance counts the letters to insert, drop, replace or swap to get from a to b. Words that differ by more than the
// longest key of the configuration are far apart anyway.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	var older, old []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		older, old, row = old, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, old[j+1]+1, old[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// oneOf lists words for a sentence: `a`, `a or b`, `a, b or c`.
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// listed are words for a sentence that says what there is; "none" when there is nothing.
func listed(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// repeated are the positions of the words that stood before already.
func repeated(words []string) []int {
	var again []int
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			again = append(again, i)
		}
	}
	return again
}

package palette

import (
	"strings"
	"unicode"
)

// What a match is worth: every letter something, more where a word begins and where letters follow each other.
const (
	worthLetter = 1
	worthNext   = 4
	worthStart  = 6
	worthPrefix = 12
	worthExact  = 1000
)

// Match tells how well a text answers to what was typed, and at which of its runes; found is false where a letter is
// missing. Letters must come in order, in any case; the best of the possible places counts.
func Match(typed, text string) (score int, at []int, found bool) {
	pattern, runes := []rune(strings.ToLower(typed)), []rune(strings.ToLower(text))
	if len(pattern) == 0 {
		return 0, nil, true
	}
	if len(pattern) > len(runes) {
		return 0, nil, false
	}
	for i, r := range runes {
		if r != pattern[0] || len(runes)-i < len(pattern) {
			continue
		}
		s, places, ok := from(pattern, runes, i, true)
		if !ok { // what stood at the beginning of a word has cost it the rest
			s, places, ok = from(pattern, runes, i, false)
		}
		if ok && (!found || s > score) {
			score, at, found = s, places, true
		}
	}
	switch {
	case !found:
		return 0, nil, false
	case string(pattern) == string(runes):
		score += worthExact
	case strings.HasPrefix(string(runes), string(pattern)):
		score += worthPrefix
	}
	return score, at, true
}

// from matches greedily from one place on: next to the letter before where that is right, else where a word begins if words
// are asked for, else at the first place that is left.
func from(pattern, runes []rune, first int, words bool) (score int, at []int, found bool) {
	place := first
	for n := range pattern {
		if n > 0 {
			if place = next(pattern[n:], runes, place+1, words); place < 0 {
				return 0, nil, false
			}
		}
		score += worthLetter
		if begins(runes, place) {
			score += worthStart
		}
		if place == 0 {
			score++
		}
		if n > 0 && place == at[n-1]+1 {
			score += worthNext
		}
		at = append(at, place)
	}
	return score, at, true
}

// next is where the first letter of the rest stands, from a place on; -1 where it does not, or the rest would not fit.
func next(rest, runes []rune, start int, words bool) int {
	if start < len(runes) && runes[start] == rest[0] {
		return start
	}
	nearest := -1
	for i := start; i <= len(runes)-len(rest); i++ {
		if runes[i] != rest[0] {
			continue
		}
		if !words || begins(runes, i) {
			return i
		}
		if nearest < 0 {
			nearest = i
		}
	}
	return nearest
}

func begins(runes []rune, i int) bool {
	return i == 0 || !unicode.IsLetter(runes[i-1]) && !unicode.IsDigit(runes[i-1])
}

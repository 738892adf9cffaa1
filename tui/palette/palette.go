// Package palette is a line to type a command into, with what may stand there: commands first, then what they take.
// Nothing in it knows what a command does.
package palette

import (
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/tui/text"
)

// Item is something that may be typed next.
type Item struct {
	Text   string // as it is typed: "pause", "42", "orders"
	Usage  string // of a command, what it takes: "RUN [ENV]"
	Note   string // what it is or does
	Key    string // of a command, the key that does the same to what is on the screen; ""
	WhyNot string // why it would do nothing now; "" when it would
	Goes   bool   // of a command: it works with nothing more typed
}

// Offer is what may be typed in one place.
type Offer struct {
	Items []Item
	Maybe bool   // it may be left out: without a word typed, none of the items is chosen
	Asks  string // what is wanted here, where there are no items: "a reason", "10m"
}

// Answer is what came of a key.
type Answer int

// The answers.
const (
	Open   Answer = iota // still typing
	Closed               // nothing is done
	Run                  // do what Words says
)

// longest is how much may be typed.
const longest = 200

// View is the line, and what of the offer answers to it.
type View struct {
	typed  []rune
	at     int // the cursor, in runes
	offer  Offer
	found  []hit
	chosen int // in found; -1 none
	first  int // the first row shown
	said   string
}

// hit is an item that answers to what was typed.
type hit struct {
	item  Item
	at    []int
	score int
}

// New is a palette with a text typed already.
func New(typed string) View { return View{typed: []rune(typed), at: len([]rune(typed))} }

// Words are the words before the one that is being typed, and that one, which may be empty.
func (v *View) Words() (before []string, word string) {
	line := string(v.typed)
	before = strings.Fields(line)
	if line == "" || strings.HasSuffix(line, " ") {
		return before, ""
	}
	return before[:len(before)-1], before[len(before)-1]
}

// Line is every word that was typed.
func (v *View) Line() []string { return strings.Fields(string(v.typed)) }

// Text is what was typed, as it was typed.
func (v *View) Text() string { return string(v.typed) }

// More makes room for another word.
func (v *View) More() {
	if n := len(v.typed); n > 0 && v.typed[n-1] != ' ' {
		v.typed = append(v.typed, ' ')
	}
	v.at = len(v.typed)
}

// Say shows a sentence beneath the line until the next key.
func (v *View) Say(s string) { v.said = s }

// Offer sets what may be typed now. Whoever holds the palette sets it again after every key, and whenever the world has
// changed.
func (v *View) Offer(o Offer) {
	_, word := v.Words()
	was := ""
	if v.chosen >= 0 && v.chosen < len(v.found) {
		was = v.found[v.chosen].item.Text
	}
	v.offer, v.found = o, v.found[:0]
	for _, item := range o.Items {
		if score, at, ok := Match(word, item.Text); ok {
			v.found = append(v.found, hit{item, at, score})
		}
	}
	slices.SortStableFunc(v.found, func(a, b hit) int {
		if a.score != b.score {
			return b.score - a.score
		}
		return index(a.item.WhyNot != "") - index(b.item.WhyNot != "")
	})
	v.chosen = slices.IndexFunc(v.found, func(h hit) bool { return was != "" && h.item.Text == was })
	if v.chosen < 0 && len(v.found) > 0 && (word != "" || !o.Maybe) {
		v.chosen = 0
	}
}

func index(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Key handles one key, as Bubble Tea names it; typed is the text that it types.
func (v *View) Key(name, typed string) Answer {
	v.said = ""
	switch name {
	case "esc", "ctrl+c":
		return Closed
	case "enter":
		return v.enter()
	case "tab", "ctrl+i":
		v.chosen = max(v.chosen, 0)
		v.complete()
	case "up", "ctrl+p", "shift+tab":
		v.move(-1)
	case "down", "ctrl+n":
		v.move(1)
	case "pgup":
		v.move(-page)
	case "pgdown":
		v.move(page)
	case "left", "ctrl+b":
		v.at = max(0, v.at-1)
	case "right", "ctrl+f":
		v.at = min(len(v.typed), v.at+1)
	case "home", "ctrl+a":
		v.at = 0
	case "end", "ctrl+e":
		v.at = len(v.typed)
	case "backspace", "ctrl+h":
		if len(v.typed) == 0 {
			return Closed
		}
		v.cut(v.at-1, v.at)
	case "delete", "ctrl+d":
		v.cut(v.at, v.at+1)
	case "ctrl+u":
		v.cut(0, v.at)
	case "ctrl+w", "alt+backspace":
		v.cut(v.wordBefore(), v.at)
	default:
		v.insert(text.Clean(typed))
	}
	return Open
}

// page is how many rows a page key moves.
const page = 8

func (v *View) move(by int) {
	least := 0
	if _, word := v.Words(); word == "" && v.offer.Maybe {
		least = -1
	}
	v.chosen = max(least, min(v.chosen+by, len(v.found)-1))
}

func (v *View) insert(s string) {
	if s == "" || text.Width(string(v.typed)+s) > longest {
		return
	}
	v.typed = slices.Insert(v.typed, v.at, []rune(s)...)
	v.at += len([]rune(s))
	v.chosen = -1 // the best answer to what stands there now
}

func (v *View) cut(from, to int) {
	from, to = max(0, from), min(to, len(v.typed))
	if from < to {
		v.typed = slices.Delete(v.typed, from, to)
		v.at, v.chosen = from, -1
	}
}

func (v *View) wordBefore() int {
	i := v.at
	for i > 0 && v.typed[i-1] == ' ' {
		i--
	}
	for i > 0 && v.typed[i-1] != ' ' {
		i--
	}
	return i
}

// complete writes the chosen item in the place of the word that is being typed.
func (v *View) complete() {
	if v.chosen < 0 || v.chosen >= len(v.found) {
		return
	}
	before, _ := v.Words()
	v.typed = []rune(strings.Join(append(slices.Clone(before), v.found[v.chosen].item.Text), " ") + " ")
	v.at, v.chosen = len(v.typed), -1
}

// enter takes what is chosen. A command that needs more, or does nothing as things stand, is written down for its words
// to follow; anything else is done.
func (v *View) enter() Answer {
	if v.chosen < 0 || v.chosen >= len(v.found) {
		if before, word := v.Words(); len(before) == 0 && word == "" {
			return Closed
		}
		return Run
	}
	before, _ := v.Words()
	item := v.found[v.chosen].item
	v.complete()
	switch {
	case len(before) > 0:
		return Run
	case item.Goes && item.WhyNot == "":
		return Run
	case item.Usage == "":
		v.Say("Not now: " + item.WhyNot)
	}
	return Open
}

// Package dialog is a question in the middle of the screen. The focus starts on Cancel, and what is dangerous wants a
// word typed.
package dialog

import (
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Row is one line of a dialog: a label and what it says.
type Row struct {
	Label string
	Text  string
	Role  theme.Role
}

// Choice is one of several things that may be meant.
type Choice struct {
	Label  string
	Text   string
	WhyNot string // why it cannot be chosen; "" when it can
	Looks  bool   // it only shows more: nothing has to be typed for it
}

// Field is a line to type.
type Field struct {
	Label string
	Want  string // only this will do; "" takes any text
	Due   bool   // Confirm works only with a text
	text  string
}

// Name is a field that wants a name typed, so that nobody confirms by habit.
func Name(name string) Field { return Field{Label: "Type " + name + " to go on", Want: name} }

// Why is a field for a reason.
func Why(due bool) Field {
	if due {
		return Field{Label: "Why", Due: true}
	}
	return Field{Label: "Why (may be left out)"}
}

func (f Field) filled() bool {
	if f.Want != "" {
		return f.text == f.Want
	}
	return !f.Due || strings.TrimSpace(f.text) != ""
}

// Dialog is a question. Its zero value asks nothing.
type Dialog struct {
	Title   string
	Rows    []Row
	Choices []Choice
	Fields  []Field
	Confirm string // the button that does it; "" leaves only Close
	Show    string // a button that only shows what Confirm would do, for which nothing has to be typed; "" none
	Again   string // the key that asked the question, which also says yes where nothing is to be typed; "" none
	Danger  bool
	Cancel  string // "" is "Cancel"

	focus  int // 0 Cancel, then the fields, then Confirm, then Show
	chosen int
	first  int // the first row shown
}

// Answer is what came of a key.
type Answer int

// The answers.
const (
	Open      Answer = iota // still asking
	Cancelled               // closed without doing anything
	Confirmed               // do it
	Shown                   // show what it would do
)

const (
	longest    = 200 // how much may be typed into a field
	longestRow = 6   // how many lines a row may take
)

// Text is what was typed into a field.
func (d Dialog) Text(i int) string {
	if i >= len(d.Fields) {
		return ""
	}
	return strings.TrimSpace(d.Fields[i].text)
}

// Choose is the dialog with that choice made beforehand.
func (d Dialog) Choose(i int) Dialog {
	d.chosen = i
	return d
}

// Chosen is the choice that was made, by its place.
func (d Dialog) Chosen() int { return d.chosen }

// ready tells whether Confirm would work.
func (d Dialog) ready() bool {
	return d.Confirm != "" && d.missing() < 0 && d.possible()
}

// onShow tells whether the focus is on the button that only shows, and that works for what is chosen.
func (d Dialog) onShow() bool { return d.Show != "" && d.focus == len(d.Fields)+2 && d.possible() }

// possible tells whether what is chosen can be.
func (d Dialog) possible() bool { return len(d.Choices) == 0 || d.Choices[d.chosen].WhyNot == "" }

// missing is the first field that lacks what it wants; -1 when none does.
func (d Dialog) missing() int {
	if len(d.Choices) > 0 && d.Choices[d.chosen].Looks {
		return -1
	}
	return slices.IndexFunc(d.Fields, func(f Field) bool { return !f.filled() })
}

// Key handles one key, as Bubble Tea names it; runes is the text it types.
func (d Dialog) Key(key, runes string) (Dialog, Answer) {
	switch key {
	case "esc", "ctrl+c":
		return d, Cancelled
	case "enter":
		return d.enter()
	case "tab", "right":
		return d.move(1), Open
	case "shift+tab", "left":
		return d.move(-1), Open
	case "up", "down":
		return d.upDown(key == "down"), Open
	case "pgdown":
		d.first = min(d.first+page, longestRow*(len(d.Rows)+len(d.Choices)))
		return d, Open
	case "pgup":
		d.first = max(0, d.first-page)
		return d, Open
	case "backspace":
		return d.edit(func(s string) string {
			r := []rune(s)
			return string(r[:max(0, len(r)-1)])
		}), Open
	}
	switch {
	case runes != "" && len(d.Fields) > 0 && d.Confirm != "":
		if d.focus == 0 || d.focus > len(d.Fields) {
			d.focus = max(0, d.missing()) + 1
		}
		return d.edit(func(s string) string {
			if typed := s + text.Clean(runes); text.Width(typed) <= longest {
				return typed
			}
			return s
		}), Open
	case key == "q" || key == "n":
		return d, Cancelled
	case key == d.Again && d.ready():
		return d, Confirmed
	}
	return d, Open
}

// edit changes the field that has the focus.
func (d Dialog) edit(change func(string) string) Dialog {
	if i := d.focus - 1; i >= 0 && i < len(d.Fields) {
		d.Fields = slices.Clone(d.Fields)
		d.Fields[i].text = change(d.Fields[i].text)
	}
	return d
}

func (d Dialog) move(by int) Dialog {
	if d.Confirm != "" {
		n := len(d.Fields) + 2
		if d.Show != "" {
			n++
		}
		d.focus = (d.focus + by + n) % n
	}
	return d
}

// upDown moves among the choices, and without any between what can have the focus. Who chooses means to go on.
func (d Dialog) upDown(down bool) Dialog {
	by := -1
	if down {
		by = 1
	}
	if len(d.Choices) == 0 {
		return d.move(by)
	}
	d.chosen = max(0, min(d.chosen+by, len(d.Choices)-1))
	d.focus = len(d.Fields) + 1
	return d
}

func (d Dialog) enter() (Dialog, Answer) {
	switch {
	case d.focus == 0 || d.Confirm == "":
		return d, Cancelled
	case d.Show != "" && d.focus == len(d.Fields)+2:
		if d.onShow() {
			return d, Shown
		}
		return d, Open
	case d.ready():
		return d, Confirmed
	}
	if i := d.missing(); i >= 0 {
		d.focus = i + 1
	}
	return d, Open
}

package keys

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/present"
)

// spoken is how people call keys that Bubble Tea calls otherwise, or that a terminal cannot tell from another one.
var spoken = map[string]string{
	"space": " ", "escape": "esc", "return": "enter", "pageup": "pgup", "pagedown": "pgdown", "del": "delete", "ins": "insert",
	"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "esc",
}

// shown is how keys are written on the screen.
var shown = map[string]string{" ": "space", "pgup": "PgUp", "pgdown": "PgDn"}

// named are the keys that have a name, as Bubble Tea calls them.
var named = func() map[string]tea.KeyType {
	all := map[string]tea.KeyType{}
	for t := tea.KeyType(-128); t < 128; t++ {
		if name := (tea.Key{Type: t}).String(); len(name) > 1 && t != tea.KeyRunes {
			all[name] = t
		}
	}
	return all
}()

// Press is what Bubble Tea tells of a key that is pressed.
func Press(key string) tea.KeyMsg {
	if with, held := strings.CutPrefix(key, "alt+"); held && with != "" {
		k := Press(with)
		k.Alt = true
		return k
	}
	if t, found := named[key]; found {
		return tea.KeyMsg{Type: t}
	}
	if key == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}
}

// Read is the key that people write so, as Bubble Tea calls it.
func Read(written string) (key string, known bool) {
	if utf8.RuneCountInString(written) == 1 {
		r, _ := utf8.DecodeRuneInString(written)
		return written, unicode.IsGraphic(r) && r != utf8.RuneError
	}
	key = strings.ToLower(written)
	if with, held := strings.CutPrefix(key, "alt+"); held && with != "" {
		if utf8.RuneCountInString(with) == 1 {
			with = written[len("alt+"):] // alt+a and alt+A are two keys
		}
		key, known = Read(with)
		return "alt+" + key, known
	}
	if other, found := spoken[key]; found {
		key = other
	}
	_, known = named[key]
	return key, known || key == " "
}

// Names are the keys that have a name, as people write them.
func Names() []string {
	names := []string{"space"}
	for name := range named {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Written is how a key is written on the screen.
func Written(key string) string {
	if s, found := shown[key]; found {
		return s
	}
	return key
}

// aside is a key that a sentence names by its action: "press {run}".
var aside = regexp.MustCompile(`\{[a-z-]+\}`)

// Spell writes a sentence with the keys of the actions that it names: "press {run}".
func (t Table) Spell(sentence string) string {
	if !strings.Contains(sentence, "{") {
		return sentence
	}
	return aside.ReplaceAllStringFunc(sentence, func(name string) string {
		if b := t.Of(Action(strings.Trim(name, "{}"))); len(b.Keys) > 0 {
			return b.Key()
		}
		return name
	})
}

// spelled is the table whose reasons name its own keys.
func (t Table) spelled() Table {
	for i := range t {
		if why := t[i].WhyNot; why != nil {
			t[i].WhyNot = func(f present.Facts) string { return t.Spell(why(f)) }
		}
	}
	return t
}

// ofDialogs are the keys that a dialog takes for something else than the key that asked.
var ofDialogs = []string{"esc", "ctrl+c", "enter", "tab", "shift+tab", "left", "right", "up", "down", "pgup", "pgdown", "backspace", "q", "n"}

// Again is the key that says yes to the question which it asked; "" when all of them mean something else there.
func (b Binding) Again() string {
	for _, key := range b.Keys {
		if !slices.Contains(ofDialogs, key) {
			return key
		}
	}
	return ""
}

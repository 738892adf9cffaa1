package config

import (
	"cmp"
	"slices"
)

// Console is how the console looks, which keys it has, and how it calls a person who looks elsewhere, and when: occasions
// as of Notify.
type Console struct {
	Bell  []string // the terminal's bell; by default when something failed or waits
	OSC9  []string // the terminal's own notices on the desktop, by the control sequence OSC 9; by default as Bell
	Theme string   // "" where nothing is said
	ASCII bool     // seven bits only
	Mouse bool     // it works from the start; else a key turns it on
	Keys  []Keys   // in the order of their lines
}

// Keys are the keys of an action of the console, in place of those that it has by itself.
type Keys struct {
	Action string
	Keys   []string // at least one
	line   int
}

// Words are what [console] may say. The engine knows no screen: a front end hands them in. Without them, as a run's own
// copy of the configuration is read, only the form of [console] is checked.
type Words struct {
	Themes []string
	// Wrong is what is wrong with keys that are given to actions; nil checks nothing.
	Wrong func([]Keys) []WrongKey
}

// WrongKey is what is wrong with a key, or with all keys of an action.
type WrongKey struct {
	Of    int // of which Keys
	Key   int // which of its keys; -1 all
	Text  string
	Word  string   // what is not known, where that is what is wrong
	Known []string // …and what is
}

func (r *reader) readConsole(top *table) Console {
	c := Console{Bell: []string{"failed", "waits"}, OSC9: []string{"failed", "waits"}}
	t := top.table("console")
	if t == nil {
		return c
	}
	if on := t.choices("bell", occasions); on != nil {
		c.Bell = on
	}
	if on := t.choices("osc9", occasions); on != nil {
		c.OSC9 = on
	}
	if r.words.Themes == nil {
		c.Theme = t.text("theme", "")
	} else {
		c.Theme = t.choice("theme", "", r.words.Themes)
	}
	c.ASCII, c.Mouse = t.flag("ascii", false), t.flag("mouse", false)
	if sub := t.table("keys"); sub != nil {
		c.Keys = sub.readKeys(r.words)
	}
	t.done()
	return c
}

// readKeys reads actions with their keys, one or a list of them.
func (t *table) readKeys(words Words) []Keys {
	var all []Keys
	for _, action := range sortedKeys(t.values) {
		k := Keys{Action: action, line: t.line(action)}
		if one, fits := t.values[action].(string); fits {
			k.Keys = []string{one}
		} else {
			k.Keys = t.texts(action)
		}
		if t.empty(action) {
			t.complain(k.line, "%s has no key: give it one, or leave the line out", action)
		}
		if len(k.Keys) > 0 {
			all = append(all, k)
		}
	}
	slices.SortStableFunc(all, func(a, b Keys) int { return cmp.Compare(a.line, b.line) })
	if words.Wrong == nil {
		return all
	}
	for _, wrong := range words.Wrong(all) {
		k, line := all[wrong.Of], all[wrong.Of].line
		if wrong.Key >= 0 {
			line = t.item(k.Action, wrong.Key)
		}
		t.complain(line, "%s%s", wrong.Text, DidYouMean(wrong.Word, wrong.Known))
	}
	return all
}

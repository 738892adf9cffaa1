package keys

import (
	"fmt"
	"maps"
	"slices"
)

// Change gives an action other keys than its own, on every screen that it works on.
type Change struct {
	Action Action
	Keys   []string // as people write them: "ctrl+a", "space", "F"
}

// Mistake is what is wrong with a change.
type Mistake struct {
	Of    int // which change
	Key   int // which of its keys; -1 all
	Text  string
	Word  string   // what is not known, where that is what is wrong
	Known []string // …and what is
}

// reserved are keys that no other action can have: whatever is changed, they get one out of where one is.
var reserved = map[string]Action{"ctrl+c": Quit, "ctrl+z": Suspend, "esc": Back}

// Rebind is the table with other keys, or everything that is wrong with them.
func Rebind(changes []Change) (Table, []Mistake) {
	r := rebinding{table: rows(), by: map[Action]int{}}
	for i, c := range changes {
		r.change(i, c)
	}
	r.clashes(changes)
	if len(r.wrong) > 0 {
		return nil, r.wrong
	}
	r.table.arrows()
	return r.table.spelled(), nil
}

type rebinding struct {
	table Table
	by    map[Action]int // the change that gave an action its keys
	wrong []Mistake
}

func (r *rebinding) mistake(of, key int, format string, args ...any) *Mistake {
	r.wrong = append(r.wrong, Mistake{Of: of, Key: key, Text: fmt.Sprintf(format, args...)})
	return &r.wrong[len(r.wrong)-1]
}

// change gives an action its new keys.
func (r *rebinding) change(i int, c Change) {
	if !slices.ContainsFunc(r.table, func(b Binding) bool { return b.Action == c.Action }) {
		m := r.mistake(i, -1, "there is no action %q", string(c.Action))
		m.Word, m.Known = string(c.Action), Actions()
		return
	}
	var read []string
	for n, written := range c.Keys {
		key, known := Read(written)
		owner, kept := reserved[key]
		switch {
		case !known:
			m := r.mistake(i, n, "%s: %q is no key: write a letter, or a name like space, f5 or ctrl+a", c.Action, written)
			m.Word, m.Known = written, Names()
		case kept && owner != c.Action:
			r.mistake(i, n, "%s: %q stays with %s, whatever else is changed", c.Action, written, owner)
		case slices.Contains(read, key):
			r.mistake(i, n, "%s: %q is a key that stands there already", c.Action, written)
		default:
			read = append(read, key)
		}
	}
	for key, owner := range reserved {
		if owner == c.Action && !slices.Contains(read, key) {
			read = append(read, key)
		}
	}
	if len(read) == 0 {
		return
	}
	r.by[c.Action] = i
	for n := range r.table {
		if b := &r.table[n]; b.Action == c.Action {
			b.Keys, b.Shown = read, ""
		}
	}
}

// clashes finds keys that would mean two things on one screen. The change that comes last is told of it.
func (r *rebinding) clashes(changes []Change) {
	type pair struct {
		key      string
		old, new Action
	}
	on := map[pair]Screen{}
	for _, screen := range r.table.screens() {
		owner := map[string]Action{}
		for _, b := range r.table {
			if b.Where&screen == 0 {
				continue
			}
			for _, key := range b.Keys {
				if other, taken := owner[key]; taken && other != b.Action {
					p := pair{key, other, b.Action}
					if r.changed(p.old) > r.changed(p.new) {
						p.old, p.new = p.new, p.old
					}
					on[p] |= screen
				}
				owner[key] = b.Action
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(on), func(a, b pair) int {
		return slices.Compare([]string{string(a.new), a.key}, []string{string(b.new), b.key})
	}) {
		i := r.changed(p.new)
		if i < 0 {
			continue // no change has to do with it, and a test keeps the table itself free of it
		}
		n := slices.IndexFunc(changes[i].Keys, func(written string) bool { key, _ := Read(written); return key == p.key })
		r.mistake(i, n, "%s: %q is %s as well %s: give one of the two another key", p.new, Written(p.key), p.old, on[p].On())
	}
}

// screens are those on which any key works, one by one.
func (t Table) screens() (all []Screen) {
	whole := Screen(0)
	for _, b := range t {
		whole |= b.Where
	}
	for screen := Screen(1); screen <= whole; screen <<= 1 {
		if whole&screen != 0 {
			all = append(all, screen)
		}
	}
	return all
}

func (r *rebinding) changed(a Action) int {
	if i, changed := r.by[a]; changed {
		return i
	}
	return -1
}

// Actions are the names of all actions, in the order of the table.
func Actions() []string {
	var names []string
	for _, b := range rows() {
		if !slices.Contains(names, string(b.Action)) {
			names = append(names, string(b.Action))
		}
	}
	return names
}

// arrows writes the four keys that move together as one.
func (t Table) arrows() {
	all, signs := "", map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→"}
	for _, a := range []Action{Up, Down, Left, Right} {
		key := t.Of(a).Keys[0]
		if sign, arrow := signs[key]; arrow {
			key = sign
		}
		all += Written(key)
	}
	for i := range t {
		if t[i].Action == Up {
			t[i].Shown = all
		}
	}
}

package keys

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/tui/present"
)

func TestAnActionGetsOtherKeysThanItsOwn(t *testing.T) {
	table, wrong := Rebind([]Change{{Abort, []string{"f8", "Ctrl+X"}}, {Pause, []string{"."}}, {Run, []string{"space"}}, {Up, []string{"w"}}, {Wrap, []string{"W"}}})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for key, want := range map[string]Action{"f8": Abort, "ctrl+x": Abort, "x": "", ".": Pause, " ": Run, "r": "", "w": Up, "W": Wrap, "up": "", "down": Down} {
		if b, _ := table.Find(Board, key); b.Action != want {
			t.Errorf("%q is %q, want %q", key, b.Action, want)
		}
	}
	if shown := table.Of(Run).Key() + " " + table.Of(Abort).Key() + " " + table.Of(Up).Key(); shown != "space f8 w↓←→" {
		t.Errorf("the keys are written %s", shown)
	}
	if why := table.Of(Pause).Disabled(present.Facts{Service: "orders"}); why != "nothing has run yet: press space" {
		t.Errorf("a reason names the old key: %s", why)
	}
	if why := Default().Of(Pause).Disabled(present.Facts{Service: "orders"}); why != "nothing has run yet: press r" {
		t.Errorf("the table itself has changed: %s", why)
	}
}

func TestAChangeThatCannotBeIsToldWithWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		situation string
		changes   []Change
		want      string // of change, key: text
		word      string
	}{
		{"a key that another action has", []Change{{Retry, []string{"f4", "x"}}}, `0,1: retry: "x" is abort as well on the board, in the inspector, in the log: give one of the two another key`, ""},
		{"two changes that want one key", []Change{{Retry, []string{"ctrl+t"}}, {Abort, []string{"f3", "ctrl+t"}}}, `1,1: abort: "ctrl+t" is retry as well on the board, in the inspector, in the log: give one of the two another key`, ""},
		{"a key that another action has on one screen only", []Change{{Sort, []string{"/"}}}, `0,0: sort: "/" is search as well in the fleet: give one of the two another key`, ""},
		{"an action that does not exist", []Change{{"abrot", []string{"x"}}}, `0,-1: there is no action "abrot"`, "abrot"},
		{"a key that does not exist", []Change{{Abort, []string{"ctl+x"}}}, `0,0: abort: "ctl+x" is no key: write a letter, or a name like space, f5 or ctrl+a`, "ctl+x"},
		{"the key that always leaves", []Change{{Abort, []string{"ctrl+c"}}}, `0,0: abort: "ctrl+c" stays with quit, whatever else is changed`, ""},
		{"the key that always goes back, as terminals also send it", []Change{{Abort, []string{"ctrl+["}}}, `0,0: abort: "ctrl+[" stays with back, whatever else is changed`, ""},
		{"one key written twice", []Change{{Abort, []string{"return", "enter"}}, {Inspect, []string{"i"}}, {OpenRow, []string{"o"}}, {Cause, []string{"c"}}, {Compare, []string{"C"}}}, `0,1: abort: "enter" is a key that stands there already`, ""},
	} {
		table, wrong := Rebind(c.changes)
		if table != nil || len(wrong) != 1 {
			t.Errorf("%s: %v", c.situation, wrong)
			continue
		}
		if got := fmt.Sprintf("%d,%d: %s", wrong[0].Of, wrong[0].Key, wrong[0].Text); got != c.want || wrong[0].Word != c.word || (c.word != "") != (len(wrong[0].Known) > 0) {
			t.Errorf("%s is told as\n%s, %q\nwant\n%s", c.situation, got, wrong[0].Word, c.want)
		}
	}
}

func TestNobodyIsLockedIn(t *testing.T) {
	table, wrong := Rebind([]Change{{Quit, []string{"Q"}}, {Back, []string{"backspace"}}, {Suspend, []string{"ctrl+y"}}})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for key, want := range map[string]Action{"Q": Quit, "ctrl+c": Quit, "q": "", "backspace": Back, "esc": Back, "ctrl+y": Suspend, "ctrl+z": Suspend} {
		if b, _ := table.Find(Board, key); b.Action != want {
			t.Errorf("%q is %q, want %q", key, b.Action, want)
		}
	}
}

// Whatever is asked for: either something is wrong with it, or each key means one thing on each screen and every action
// has one.
func TestATableThatIsBoundAnewIsWhole(t *testing.T) {
	actions := Actions()
	keys := append([]string{"a", "b", "g", "n", "x", "X", "ж", "+", "F1", "space", "alt+b", "alt+B", "PgUp"}, Names()...)
	taken := 0
	rapid.Check(t, func(r *rapid.T) {
		var changes []Change
		for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom(actions), 0, 5, rapid.ID[string]).Draw(r, "actions") {
			changes = append(changes, Change{Action(a), rapid.SliceOfN(rapid.SampledFrom(keys), 1, 2).Draw(r, "keys")})
		}
		table, wrong := Rebind(changes)
		if len(wrong) > 0 {
			for _, m := range wrong {
				if m.Of >= len(changes) || m.Key >= len(changes[m.Of].Keys) || !strings.Contains(m.Text, string(changes[m.Of].Action)) {
					r.Fatalf("%+v is about nothing in %v", m, changes)
				}
			}
			return
		}
		taken++
		for _, screen := range table.screens() {
			owner := map[string]Action{}
			for _, b := range table {
				for _, key := range b.Keys {
					if other, twice := owner[key]; twice && other != b.Action && b.Where&screen != 0 {
						r.Fatalf("%v: %q is %s and %s %s", changes, key, other, b.Action, screen.On())
					}
					if b.Where&screen != 0 {
						owner[key] = b.Action
					}
				}
			}
			if screen&Everywhere != 0 && (owner["ctrl+c"] != Quit || owner["esc"] != Back) {
				r.Fatalf("%v: nobody gets out %s", changes, screen.On())
			}
		}
		for _, a := range actions {
			if len(table.Of(Action(a)).Keys) == 0 {
				r.Fatalf("%v: %s has no key", changes, a)
			}
		}
	})
	if taken == 0 {
		t.Error("no change was taken")
	}
}

// What a click presses is what a terminal sends for that key.
func TestAKeyIsPressedByItsName(t *testing.T) {
	for _, name := range append(Names(), "a", "A", "alt+x", "+", "é") {
		key, known := Read(name)
		if got := Press(key).String(); !known || got != key {
			t.Errorf("%s presses %q", name, got)
		}
	}
	if k := Press("enter"); k.Type != tea.KeyEnter {
		t.Errorf("enter is %v", k)
	}
	for _, none := range []string{"", "\x1b", "shift+a", "hyper+x", "alt+", "ctrl+"} {
		if key, known := Read(none); known {
			t.Errorf("%q is taken for the key %q", none, key)
		}
	}
}

func TestADialogIsNeverConfirmedByTheKeyThatMovesInIt(t *testing.T) {
	table, wrong := Rebind([]Change{{Retry, []string{"n", "f5"}}, {Numbers, []string{"N"}}, {SearchNext, []string{"ctrl+n"}}, {SearchPrev, []string{"ctrl+p"}}})
	if len(wrong) > 0 || table.Of(Retry).Again() != "f5" || Default().Of(Run).Again() != "r" {
		t.Errorf("%v, or %q says yes", wrong, table.Of(Retry).Again())
	}
	if slices.Contains(table.Of(Retry).Keys, "t") {
		t.Error("the old key is still there")
	}
}

package dialog

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/gantry-cd/gantry/tui/theme"
)

// press presses keys, and types everything that names no key.
func press(t *testing.T, d Dialog, keys ...string) (Dialog, Answer) {
	t.Helper()
	named := map[string]bool{"enter": true, "tab": true, "shift+tab": true, "up": true, "down": true, "esc": true, "backspace": true, "pgdown": true, "pgup": true}
	answer := Open
	for _, key := range keys {
		if named[key] {
			d, answer = d.Key(key, "")
			continue
		}
		for _, r := range key {
			d, answer = d.Key(string(r), string(r))
		}
	}
	return d, answer
}

func TestWhatIsToBeTypedComesBeforeTheAnswer(t *testing.T) {
	protected := Dialog{Title: "Roll back?", Confirm: "Roll back", Fields: []Field{Name("prod"), Why(true)}}
	for name, c := range map[string]struct {
		keys []string
		want Answer
	}{
		"the focus is on Cancel":           {[]string{"enter"}, Cancelled},
		"nothing was typed":                {[]string{"tab", "enter"}, Open},
		"the reason is missing":            {[]string{"prod", "enter"}, Open},
		"another name was typed":           {[]string{"prad", "enter"}, Open},
		"both were typed":                  {[]string{"prod", "enter", "INC-7", "enter"}, Confirmed},
		"a typing error was put right":     {[]string{"prud", "backspace", "backspace", "od", "tab", "INC-7", "enter"}, Confirmed},
		"q is a letter where one types":    {[]string{"q"}, Open},
		"only spaces are no reason":        {[]string{"prod", "tab", "   ", "enter"}, Open},
		"esc closes whatever was typed":    {[]string{"prod", "esc"}, Cancelled},
		"on Cancel again, nothing is done": {[]string{"prod", "tab", "INC-7", "tab", "tab", "enter"}, Cancelled},
	} {
		d, answer := press(t, protected, c.keys...)
		if answer != c.want {
			t.Errorf("%s: the answer is %d, want %d", name, answer, c.want)
		}
		if answer == Confirmed && d.Text(1) != "INC-7" {
			t.Errorf("%s: the reason is %q", name, d.Text(1))
		}
	}
	if protected.Fields[0].text != "" {
		t.Error("a key has changed the dialog that it was not given to")
	}
}

func TestTheKeyThatAskedSaysYesOnlyWhereNothingIsTyped(t *testing.T) {
	if _, answer := press(t, Dialog{Confirm: "Retry", Again: "t"}, "t"); answer != Confirmed {
		t.Error("t again did not retry")
	}
	if d, answer := press(t, Dialog{Confirm: "Retry", Again: "t", Fields: []Field{Why(false)}}, "t"); answer != Open || d.Text(0) != "t" {
		t.Error("t was not typed")
	}
}

func TestWhatCannotBeChosenIsNotConfirmed(t *testing.T) {
	d := Dialog{Confirm: "Rerun", Choices: []Choice{{Label: "build"}, {Label: "dev"}, {Label: "prod", WhyNot: "qa was not passed"}}}
	if got, answer := press(t, d, "down", "down", "enter"); answer != Open || got.Chosen() != 2 {
		t.Errorf("the answer is %d with %d chosen", answer, got.Chosen())
	}
	if got, answer := press(t, d, "down", "down", "up", "enter"); answer != Confirmed || got.Chosen() != 1 {
		t.Errorf("the answer is %d with %d chosen", answer, got.Chosen())
	}
}

func TestALookAtAnotherChoiceNeedsNoName(t *testing.T) {
	d := Dialog{Confirm: "Roll back", Fields: []Field{Name("prod")}, Choices: []Choice{{Label: "as above"}, {Label: "another", Looks: true}}}
	if _, answer := press(t, d, "down", "up", "enter"); answer != Open {
		t.Error("the name was not asked for")
	}
	if _, answer := press(t, d, "down", "enter"); answer != Confirmed {
		t.Error("a look asked for the name")
	}
}

func TestALongDialogScrollsAndKeepsItsButtons(t *testing.T) {
	d := Dialog{Title: "Roll back?", Confirm: "Roll back", Fields: []Field{Name("prod")}}
	for _, s := range strings.Split("abcdefghijklmnop", "") {
		d.Rows = append(d.Rows, Row{Text: "row " + s})
	}
	th := theme.New(theme.Options{Profile: termenv.Ascii})
	screen := func() string { return ansi.Strip(strings.Join(d.Draw(th, 60, 12), "\n")) }
	if s := screen(); !strings.Contains(s, "row a") || strings.Contains(s, "row p") || !strings.Contains(s, "Type prod") || !strings.Contains(s, "[ Cancel ]") {
		t.Errorf("it shows:\n%s", s)
	}
	d, _ = press(t, d, "pgdown", "pgdown", "pgdown")
	if s := screen(); !strings.Contains(s, "row p") || !strings.Contains(s, "[ Cancel ]") {
		t.Errorf("after the key for a page it shows:\n%s", s)
	}
}

func TestAButtonThatOnlyShowsWantsNothingTyped(t *testing.T) {
	d := Dialog{Confirm: "Rerun", Show: "Dry run", Fields: []Field{Name("prod")}, Choices: []Choice{{Label: "build", WhyNot: "no commit"}, {Label: "qa"}}}
	d = d.Choose(1)
	for range 3 { // the field, Rerun, Dry run
		d, _ = d.Key("tab", "")
	}
	if _, answer := d.Key("enter", ""); answer != Shown {
		t.Errorf("it answers %v, want that it be shown", answer)
	}
	if _, answer := d.Choose(0).Key("enter", ""); answer != Open {
		t.Errorf("what cannot be chosen is answered with %v", answer)
	}
	around, _ := d.Key("tab", "")
	if _, answer := around.Key("enter", ""); answer != Cancelled {
		t.Errorf("after the last button comes %v, want Cancel", answer)
	}
	back, _ := d.Key("shift+tab", "")
	if _, answer := back.Key("enter", ""); answer != Open {
		t.Errorf("Rerun without the name typed is answered with %v", answer)
	}
}

package tui

import (
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/tui/commandline"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// wholeShell is the whole command line.
func wholeShell() Shell {
	return Shell{
		Verbs: sync.OnceValue(func() (verbs []Verb) {
			for _, v := range commandline.Verbs() {
				verbs = append(verbs, Verb(v))
			}
			return verbs
		}),
		Command: func(words []string) (*exec.Cmd, error) { return exec.Command("gantry", words...), nil },
	}
}

func TestEveryVerbOfTheCommandLineCanBeTyped(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	all := c.m.orders()
	for _, v := range commandline.Verbs() {
		i := slices.IndexFunc(all, func(o order) bool { return o.name == v.Name })
		if i < 0 {
			t.Errorf("%s cannot be typed", v.Name)
			continue
		}
		if all[i].help == "" && all[i].action == "" {
			t.Errorf("%s does not say what it does", v.Name)
		}
	}
}

func TestWhatTheConsoleHasNoScreenForTheCommandLineDoes(t *testing.T) {
	for typed, want := range map[string]string{
		"version":                     "gantry|version",
		"stub list":                   "gantry|stub|list",
		"gc --yes":                    "gantry|gc|--yes",
		"run orders --team blue":      "gantry|run|orders|--team|blue",
		`veto d7 --reason 'it leaks'`: "gantry|veto|d7|--reason|it leaks",
	} {
		c := open(t, situation.QARunning(), 160, 48)
		c.command(typed)
		if got := strings.Join(c.ran, "|"); got != want {
			t.Errorf("%s: ran %q, want %q", typed, got, want)
		}
		c.seesNot("Commands")
	}
	c := open(t, situation.QARunning(), 160, 48)
	c.press(":")
	c.types("stub pu")
	c.sees("enter does it in this terminal")
	c.types(" 'open")
	c.press("enter")
	c.sees("a quotation mark is not closed", "Commands")
	if c.ran != nil {
		t.Errorf("ran %v", c.ran)
	}
}

// spokenShell is a command line that says what it was told, and fails to validate.
func spokenShell() Shell {
	s := wholeShell()
	s.Command = func(words []string) (*exec.Cmd, error) {
		return exec.Command("sh", append([]string{"-c", `echo "told $*"; read -r line; echo "heard $line"; test "$1" != validate`, "gantry"}, words...)...), nil
	}
	return s
}

func TestACommandHasTheTerminalAndWhatItSaidCanBeReadBeforeTheConsoleComesBack(t *testing.T) {
	p := launch(t, "qa-e2e-running")
	p.sees("following")
	p.types(":")
	p.sees("what shall be done")
	p.types("stub list")
	p.sees("enter does it in this terminal")
	p.presses("\r", "told stub list")
	p.types("an answer\r")
	p.sees("heard an answer")
	p.sees("gantry stub list has ended. Any key goes back")
	p.types("\x03") // Ctrl-C is a key, and does not end the console
	p.sees("following")
	p.types(":")
	p.sees("what shall be done")
	p.types("validate --config x")
	p.sees("enter does it in this terminal")
	p.presses("\r", "told validate --config x")
	p.types("\r")
	p.sees("gantry validate --config x: exit status 1.")
	p.types(" ")
	p.sees("following")
}

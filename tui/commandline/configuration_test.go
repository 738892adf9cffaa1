package commandline

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/tui/keys"
)

// console is the default configuration with a [console] of its own, and how many lines stand before it.
func console(t *testing.T, text string) (whole string, before int) {
	t.Helper()
	of, err := os.ReadFile(filepath.Join("..", "..", "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(of) + "\n" + text, strings.Count(string(of), "\n") + 1
}

func TestTheConsolesKeysAreReadFromTheConfiguration(t *testing.T) {
	text, _ := console(t, "[console]\ntheme = \"protanopia\"\nascii = true\nmouse = true\n[console.keys]\nabort = [\"f8\", \"ctrl+x\"]\nrun = \"f5\"\n")
	p, err := words().Parse("config.toml", text, filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Console; c.Theme != "protanopia" || !c.ASCII || !c.Mouse {
		t.Errorf("the console is %+v", c)
	}
	table := Keys(p.Console)
	for key, want := range map[string]keys.Action{"f8": keys.Abort, "ctrl+x": keys.Abort, "x": "", "f5": keys.Run, "t": keys.Retry} {
		if b, _ := table.Find(keys.Board, key); b.Action != want {
			t.Errorf("%q is %q, want %q", key, b.Action, want)
		}
	}
}

func TestEveryMistakeInTheConsolesTableIsToldWithItsLine(t *testing.T) {
	text, before := console(t, `[console]
theme = "protanopa"
mouse = "yes"
[console.keys]
abrot = "f8"
retry = [
  "f5",
  "a",
]
approve = "ctrl+c"
reject = []
hold = "shft+tab"
veto = 7
`)
	_, err := words().Parse("config.toml", text, filepath.Join("..", ".."))
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	got := strings.Split(err.Error(), "\n")
	want := []string{
		`2: console: theme is "protanopa": it must be dark, light, `,
		`3: console: mouse is a text: it must be true or false`,
		`5: console: keys: there is no action "abrot" (did you mean "abort"?)`,
		`8: console: keys: retry: "a" is approve as well on the board, in the inspector, in the log: give one of the two another key`,
		`10: console: keys: approve: "ctrl+c" stays with quit, whatever else is changed`,
		`11: console: keys: reject has no key: give it one, or leave the line out`,
		`12: console: keys: hold: "shft+tab" is no key: write a letter, or a name like space, f5 or ctrl+a (did you mean "shift+tab"?)`,
		`13: console: keys: veto is a whole number: it must be a list of texts`,
	}
	for i, w := range want {
		line, rest, _ := strings.Cut(w, ":")
		n, _ := strconv.Atoi(line)
		if w = fmt.Sprintf("config.toml:%d:%s", before+n, rest); i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Errorf("problem %d is not\n%s\nbut the problems are\n%s", i+1, w, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d:\n%s", len(got), len(want), err)
	}
	if !strings.Contains(got[0], `(did you mean "protanopia"?)`) {
		t.Errorf("no help: %s", got[0])
	}
}

func TestWithABrokenConfigurationOneStillGetsAtWhatRuns(t *testing.T) {
	dir := t.TempDir()
	file, state := filepath.Join(dir, "config.toml"), filepath.Join(dir, ".gantry")
	broken := config.Problems{{File: file, Line: 7, Text: "there is no key \"hold_fro\" here"}}
	w := Wiring{
		Open: func(context.Context, Files, string, Mode) (Engine, error) { return nil, broken },
		Read: func(context.Context, Files) (Engine, error) { return nil, broken },
	}
	said := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := Main(t.Context(), w, append([]string{"--config", file}, args...), strings.NewReader(""), &out, &errs); code != Usage {
			t.Errorf("%q ends with %d", args, code)
		}
		return errs.String()
	}
	if s := said("status"); strings.Contains(s, "as-it-was") {
		t.Errorf("nothing has run here, and it says %s", s)
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, journal.File), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	way := fmt.Sprintf("git -C %[1]s show HEAD:./config.toml > %[1]s/as-it-was.toml; gantry --config %[1]s/as-it-was.toml\n", dir)
	for _, args := range [][]string{{"status"}, {"--plain"}, {"run", "orders"}} {
		if s := said(args...); !strings.Contains(s, "config.toml:7: there is no key") || !strings.HasSuffix(s, way) {
			t.Errorf("%q says %s", args, s)
		}
	}
	if s := said("--state", state, "status"); !strings.HasSuffix(s, way) {
		t.Errorf("for the directory where the state is by itself it says %s", s)
	}
}

package help

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/tui/theme"
)

var entries = []Entry{
	{Group: "Drive", Keys: "r", Words: "run", Does: "start a run of this service"},
	{Group: "Drive", Keys: "t", Words: "retry", Does: "attempt the stage again", WhyNot: "qa/e2e is running"},
	{Group: "Log", Keys: "n", Words: "next match", Does: "the next match", Where: "works while the log is searched"},
}

func drawn(v *View, w, h int) string {
	return ansi.Strip(strings.Join(v.Draw(theme.New(theme.Options{}), entries, w, h), "\n"))
}

func TestEveryWordThatIsSoughtStandsInWhatIsFound(t *testing.T) {
	for sought, found := range map[string][]bool{
		"": {true, true, true}, "stage": {false, true, false}, "log": {false, false, true}, "e2e retry": {false, true, false}, "drive": {true, true, false}, "nothing": {false, false, false},
	} {
		v := View{Sought: sought}
		screen := drawn(&v, 90, 30)
		for i, e := range entries {
			if strings.Contains(screen, e.Does) != found[i] {
				t.Errorf("%q: %q is shown: %v\n%s", sought, e.Does, !found[i], screen)
			}
		}
	}
}

func TestTheHelpIsClosedByTheKeyThatOpensItButNotWhileItIsSearched(t *testing.T) {
	v := View{}
	if v.Key("?", "?") {
		t.Error("? does not close it")
	}
	v.Key("r", "r")
	if !v.Key("?", "?") || v.Sought != "r?" {
		t.Errorf("it seeks %q", v.Sought)
	}
	if !v.Key("esc", "") || v.Sought != "" || v.Key("esc", "") {
		t.Error("esc does not first end the search, then the help")
	}
}

func TestTheHelpFitsAnyScreen(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := View{Sought: rapid.SampledFrom([]string{"", "run", "zzz"}).Draw(r, "sought")}
		w, h := rapid.IntRange(24, 200).Draw(r, "w"), rapid.IntRange(4, 60).Draw(r, "h")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"up", "down", "pgdown", "end", "home"}), 0, 5).Draw(r, "keys") {
			v.Key(k, "")
		}
		lines := v.Draw(theme.New(theme.Options{}), entries, w, h)
		if len(lines) > h {
			r.Fatalf("%d lines in %d", len(lines), h)
		}
		for _, line := range lines {
			if got := ansi.StringWidth(line); got != min(w, wide) {
				r.Fatalf("a line of %d cells in %d: %q", got, w, ansi.Strip(line))
			}
		}
	})
}

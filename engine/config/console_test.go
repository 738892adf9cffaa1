package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

func TestTheConsoleCallsWhenSomethingFailedOrWaitsUnlessToldOtherwise(t *testing.T) {
	usual := []string{"failed", "waits"}
	for text, want := range map[string]config.Console{
		"":                                     {Bell: usual, OSC9: usual},
		"[console]\nbell = []\n":               {OSC9: usual},
		"[console]\nosc9 = [\"succeeded\"]\n":  {Bell: usual, OSC9: []string{"succeeded"}},
		"[console]\nbell=[\"waits\"]\nosc9=[]": {Bell: []string{"waits"}},
	} {
		if p := parsed(t, whole+text); !slices.Equal(p.Console.Bell, want.Bell) || !slices.Equal(p.Console.OSC9, want.OSC9) {
			t.Errorf("%q is %+v", text, p.Console)
		}
	}
	if p := parsed(t, whole+"[console]\ntheme = \"of another time\"\n[console.keys]\nfly = [\"f1\", \"f2\"]\n"); p.Console.Theme == "" || len(p.Console.Keys) != 1 {
		t.Errorf("a run's copy from another time, which nobody checks the words of, is %+v", p.Console)
	}
	_, err := config.Parse("config.toml", whole+"[console]\nbell = [\"wait\"]\n", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), `"wait" must be succeeded, failed or waits`) {
		t.Errorf("a wrong occasion: %v", err)
	}
}

package environments

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

func TestAnEnvironmentIsMadeByTheNameOfItsPlatform(t *testing.T) {
	e, err := New(config.Pipeline{}, config.Environment{Name: "dev", Platform: "sandbox"}, t.TempDir())
	if err != nil || e.Name() != "dev" {
		t.Errorf("got %v, %v", e, err)
	}
}

func TestAnUnknownPlatformIsToldWithTheKnownOnes(t *testing.T) {
	_, err := New(config.Pipeline{}, config.Environment{Name: "dev", Platform: "mainframe"}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "mainframe") || !strings.Contains(err.Error(), "sandbox") {
		t.Errorf("got %v", err)
	}
}

func TestANameThatLeavesItsDirectoryIsRefused(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "dev.1"} {
		if _, err := New(config.Pipeline{}, config.Environment{Name: name, Platform: "sandbox"}, t.TempDir()); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

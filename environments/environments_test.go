package environments

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// The test program is also the sandbox's host.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.HostCommand {
		if err := Host(context.Background(), os.Args[2:]); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAChannelThatWasNeverPublishedToIsEmpty(t *testing.T) {
	state := t.TempDir()
	if _, err := Stubs(config.Pipeline{}, state).Resolve(t.Context(), "inventory", "qa"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("got %v", err)
	}
	if _, err := Down(t.Context(), state); err != nil {
		t.Error(err)
	}
}

func TestAnEnvironmentIsMadeByTheNameOfItsPlatform(t *testing.T) {
	for _, platform := range Platforms() {
		e, err := New(config.Pipeline{}, config.Environment{Name: "dev", Platform: platform}, t.TempDir())
		if err != nil || e.Name() != "dev" {
			t.Errorf("%s: got %v, %v", platform, e, err)
		}
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

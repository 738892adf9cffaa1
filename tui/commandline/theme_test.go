package commandline

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/theme"
)

func TestThemesAreListedPlainlyWhereNoColourCanBeShown(t *testing.T) {
	for _, name := range []string{"GANTRY_THEME", "NO_COLOR", "COLORFGBG", "GANTRY_ASCII"} {
		t.Setenv(name, "")
	}
	code, out, errs := give(t.Context(), situation.QARunning(), strings.NewReader(""), "theme", "--config", filepath.Join(t.TempDir(), "none.toml"))
	if code != Done || errs != "" || strings.Contains(out, "\x1b") {
		t.Fatalf("exit code %d: %q%s", code, out, errs)
	}
	for _, name := range theme.Palettes() {
		if !strings.Contains(out, "\n"+name+" ") && !strings.HasPrefix(out, name+" ") {
			t.Errorf("%s is not listed:\n%s", name, out)
		}
	}
	if !strings.Contains(out, "for a dark terminal (in use)") || strings.Count(out, "in use") != 1 {
		t.Errorf("it is not told which one is in use:\n%s", out)
	}
}

func TestOneThemeIsShownWithItsColours(t *testing.T) {
	t.Setenv("GANTRY_THEME", "tritanopia")
	t.Setenv("COLORFGBG", "")
	t.Setenv("NO_COLOR", "")
	code, out, _ := give(t.Context(), situation.QARunning(), strings.NewReader(""), "theme", "tritanopia", "--config", filepath.Join(t.TempDir(), "none.toml"))
	if code != Done || strings.Contains(out, "\x1b") {
		t.Fatalf("exit code %d: %q", code, out)
	}
	for _, said := range []string{"tritanopia", "(in use)", "Prod", "TestPlaceOrder: 409", "ROLE", "danger"} {
		if !strings.Contains(out, said) {
			t.Errorf("%q is not shown:\n%s", said, out)
		}
	}
}

func TestAThemeThatDoesNotExistIsRefusedWithThoseThatDo(t *testing.T) {
	code, _, errs := give(t.Context(), situation.QARunning(), strings.NewReader(""), "theme", "solarized")
	if code != Usage || !strings.Contains(errs, `there is no theme "solarized": there are dark, light, high-contrast`) {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

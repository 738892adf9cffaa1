package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/internal/picture"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/preview"
	"github.com/gantry-cd/gantry/tui/theme"
)

// The pictures of the documentation are frames of the program itself.
func TestThePicturesOfTheDocumentationAreTrue(t *testing.T) {
	for name, shown := range map[string]struct {
		story situation.Situation
		keys  []string
		w, h  int
		title string
	}{
		"board":    {situation.Situation{Story: situation.QARunning}, nil, 140, 36, "The board: orders is in QA, its E2E tests run, Prod waits"},
		"failed":   {situation.Situation{Story: situation.DevMovedOn, Show: 42}, []string{"enter"}, 120, 40, "A failed stage: the cause, the environments now, the failing tests, what has changed, the next keys"},
		"palette":  {situation.Situation{Story: situation.Waits}, []string{":", "p", "a", "u", "tab"}, 110, 30, "The palette: a command, with what it may be about, and why not"},
		"timeline": {situation.Situation{Story: situation.DevMovedOn, Show: 42}, []string{"g"}, 140, 44, "A run as a chart of time: what worked, what waited, and what its end waited for"},
		"replay":   {situation.Situation{Story: situation.DevMovedOn, Show: 42}, []string{"p", "tab", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown"}, 140, 36, "A run once more, as it went"},
		"log":      {situation.Situation{Story: situation.QAFailed}, []string{"z", "/", "d", "i", "s", "c", "o", "u", "n", "t", "enter"}, 110, 26, "The log: a search in it"},
		"fleet":    {situation.Situation{Story: situation.Company}, []string{"f", "s"}, 140, 16, "Every service in every environment: what drifted, what is under way"},
		"history":  {situation.Situation{Story: situation.DevMovedOn, Show: 42}, []string{"h"}, 110, 16, "The runs of a service"},
		"compare":  {situation.Situation{Story: situation.DevMovedOn, Show: 42}, []string{"h", "c", "G", "c"}, 110, 34, "Two runs side by side"},
		"numbers":  {situation.Situation{Story: situation.Everything}, []string{"n"}, 120, 40, "How often, how fast, how well"},
		"dry-run":  {situation.Situation{Story: situation.HeldByAPerson}, []string{"d"}, 110, 34, "What a run would do, stage by stage"},
		"approval": {situation.Situation{Story: situation.WaitsForApproval}, []string{"a"}, 110, 30, "A release waits for a person's word"},
		"rollback": {situation.Situation{Story: situation.QARunning}, []string{"b"}, 110, 30, "What a rollback would do, before it is done"},
	} {
		c := openOn(t, shown.story, shown.w, shown.h)
		c.engine.Plan = situation.Rehearsed(c.story)
		c.engine.Differs(otherThanLastGood(c.now))
		c.press(shown.keys...)
		drawn := picture.SVG(c.m.View(), shown.title)
		isPicture(t, name, drawn)
	}
}

func TestThePictureOfTheThemesIsTrue(t *testing.T) {
	var lines []string
	for _, name := range []string{"dark", "light", "high-contrast", "protanopia"} {
		lines = append(append(lines, preview.Lines(theme.New(theme.Options{Palette: name}), name, theme.About(name), 80)...), "")
	}
	isPicture(t, "themes", picture.SVG(strings.Join(lines, "\n"), "The same board in four themes"))
}

// isPicture tells whether a picture of the documentation is the one that is drawn.
func isPicture(t *testing.T, name, drawn string) {
	t.Helper()
	file := filepath.Join("..", "docs", name+".svg")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: draw it with -update, and look at it", err)
	}
	if string(kept) != drawn {
		t.Errorf("%s does not show the program as it is: draw it anew with go test ./tui -update", file)
	}
}

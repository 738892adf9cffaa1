package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/gantry-cd/gantry/tui/internal/situation"
)

var update = flag.Bool("update", false, "write the golden frames anew")

var sizes = [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}}

// Frames without colour are kept of every situation and size, as text that can be read in a review. Colours and the
// seven-bit set are kept of two situations.
func TestGoldenFrames(t *testing.T) {
	inColour := map[string]bool{"qa-e2e-running": true, "qa-e2e-failed-rolling-back": true}
	for _, s := range situation.All() {
		for _, size := range sizes {
			name := fmt.Sprintf("%s/%dx%d", s.Name, size[0], size[1])
			golden(t, name+".txt", openOn(t, s, size[0], size[1], "NO_COLOR=1").screen())
			if inColour[s.Name] {
				golden(t, name+".ansi", openOn(t, s, size[0], size[1]).m.View())
				golden(t, name+".ascii.txt", openOn(t, s, size[0], size[1], "NO_COLOR=1", "GANTRY_ASCII=1").screen())
			}
		}
	}
}

// Every screen, and everything that may lie over one, in every size and kind.
func TestGoldenScreens(t *testing.T) {
	running := situation.Situation{Story: situation.QARunning}
	moved := situation.Situation{Story: situation.DevMovedOn, Show: 42}
	approval := situation.Situation{Story: situation.WaitsForApproval}
	stalled := situation.Situation{Story: situation.Stalled}
	for name, shown := range map[string]struct {
		in   situation.Situation
		keys []string
	}{
		"inspector": {moved, []string{"enter"}}, "inspector-below": {moved, []string{"enter", "pgdown"}},
		"log": {moved, []string{"z"}}, "log-search": {moved, []string{"z", "/", "D", "i", "s", "enter"}}, "log-filter": {moved, []string{"z", "&", "D", "i", "s", "enter"}},
		"log-select": {moved, []string{"z", "v", "up", "up"}}, "log-save": {moved, []string{"z", "S"}},
		"fleet": {running, []string{"f"}}, "audit": {approval, []string{"u"}}, "numbers": {running, []string{"n"}},
		"dry-run":  {situation.Situation{Story: situation.HeldByAPerson}, []string{"d"}},
		"timeline": {moved, []string{"g"}}, "timeline-waits": {approval, []string{"g", "G"}},
		"history": {moved, []string{"h"}}, "replay": {moved, []string{"p", "G"}}, "compare": {moved, []string{"h", "c", "G", "c"}},
		"help": {running, []string{"?"}}, "help-sought": {running, []string{"?", "l", "o", "g"}},
		"palette": {running, []string{":", "r", "e"}}, "palette-runs": {moved, []string{":", "p", "a", "u", "tab"}},
		"run": {running, []string{"r"}}, "abort": {running, []string{"x"}}, "abort-and-roll-back": {running, []string{"X"}}, "rollback": {running, []string{"left", "b"}},
		"rollback-protected": {situation.Situation{Story: situation.OnHold}, []string{"b"}}, "hold": {running, []string{"H"}}, "veto": {running, []string{"v"}},
		"approve": {approval, []string{"a"}}, "reject": {approval, []string{"A"}}, "override": {situation.Situation{Story: situation.Frozen}, []string{"O"}},
		"retry": {stalled, []string{"t"}}, "retry-from": {stalled, []string{"up", "F"}}, "rerun": {moved, []string{"R"}}, "reprovision": {moved, []string{"P"}},
	} {
		for _, size := range sizes {
			for kind, env := range map[string][]string{".txt": {"NO_COLOR=1"}, ".ascii.txt": {"NO_COLOR=1", "GANTRY_ASCII=1"}, ".ansi": nil} {
				c := openOn(t, shown.in, size[0], size[1], env...)
				c.engine.Plan = situation.Rehearsed(c.story)
				c.engine.Differs(otherThanLastGood(c.now))
				c.press(shown.keys...)
				frame := c.screen()
				if env == nil {
					frame = c.m.View()
				}
				golden(t, fmt.Sprintf("screens/%s/%dx%d%s", name, size[0], size[1], kind), frame)
			}
		}
	}
}

func golden(t *testing.T, name, frame string) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	frame = strings.Join(lines, "\n") + "\n"
	file := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(frame), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: write it with -update, and look at it", err)
	}
	if string(want) != frame {
		t.Errorf("%s has changed; it is now:\n%s", name, frame)
	}
}

// Whatever is shown, at whatever size: as many lines as the screen is high, each as wide as it is.
func TestEveryFrameIsExactlyAsLargeAsTheScreen(t *testing.T) {
	all := situation.All()
	keys := []string{"?", "enter", "f", "z", "b", "x", "q", "tab", "right", "left", "down", "w", "esc", "/", "t", "F", "R", "a", "A", "O", "H", "v", "X", "u", "n", "d", "up", "pgdown", "e", ":", "p", " ", "h", "c", "g", "G", "]", "m"}
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(all).Draw(r, "situation")
		w, h := rapid.IntRange(1, 230).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
		env := rapid.SampledFrom([]string{"A=1", "NO_COLOR=1", "GANTRY_ASCII=1", "GANTRY_THEME=light", "GANTRY_THEME=high-contrast", "GANTRY_THEME=mono"}).Draw(r, "environment")
		c := openOn(t, s, w, h, env)
		fits(r, c)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 3).Draw(r, "keys") {
			c.press(k)
			fits(r, c)
		}
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func fits(t failer, c *console) {
	t.Helper()
	view := c.m.View()
	lines := strings.Split(view, "\n")
	if len(lines) != c.m.h {
		t.Fatalf("%d lines on a screen of %d:\n%s", len(lines), c.m.h, ansi.Strip(view))
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != c.m.w {
			t.Fatalf("line %d is %d cells wide on a screen of %d: %q", i, w, c.m.w, line)
		}
	}
}

func TestASCIIFramesHoldNothingButSevenBits(t *testing.T) {
	for _, s := range situation.All() {
		for _, screen := range [][]string{nil, {"enter"}, {"?"}, {"f"}, {"left", "b"}, {"z"}, {"u"}, {"n"}, {"d"}, {"a"}, {"R"}, {"H"}, {"h"}, {"g"}, {"p"}, {"p", "G"}, {"h", "c", "G", "c"}, {":"}, {":", "s", "h", "o", "w", " "}} {
			c := openOn(t, s, 120, 40, "GANTRY_ASCII=1")
			c.press(screen...)
			for _, r := range c.screen() {
				if r > 0x7e {
					t.Fatalf("%s %v shows %q:\n%s", s.Name, screen, r, c.screen())
				}
			}
		}
	}
}

func TestNoFrameLetsForeignTextWriteToTheTerminal(t *testing.T) {
	c := openOn(t, situation.Situation{Story: situation.Hostile, Show: 1}, 120, 40, "NO_COLOR=1")
	for _, keys := range [][]string{nil, {"enter"}, {"esc", "z"}, {"z", "f"}, {"f", "x"}, {"esc", "R"}, {"esc", "v"}, {"esc", "u"}, {"u", "n"}, {"n", "d"}, {"d", "right", "H"}, {"esc", ":", "r", "u", "n", " "}, {"esc", ":", "s", "h", "o", "w", " "}, {"esc", "?"}, {"esc", "esc", "esc", "h"}, {"c"}, {"p"}, {"G"}, {"esc", "esc", "esc", "g"}} {
		c.press(keys...)
		for i, rest := 0, c.m.View(); ; {
			i = strings.IndexByte(rest, 0x1b)
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			if !strings.HasPrefix(rest, "[") || strings.TrimLeft(rest[1:], "0123456789;")[0] != 'm' {
				t.Fatalf("a sequence that is no colour: %q", rest[:min(20, len(rest))])
			}
		}
		for _, bad := range []string{"\x07", "\x9b", "\r", "\t", "\u202e"} {
			if strings.Contains(c.m.View(), bad) {
				t.Errorf("the frame holds %q", bad)
			}
		}
	}
}

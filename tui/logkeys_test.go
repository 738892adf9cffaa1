package tui

import (
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// zoomed opens a console on the log of a stage, and keeps what it writes to the terminal besides frames.
func zoomed(t *testing.T) (c *console, rung *string) {
	c, rung = open(t, situation.QARunning(), 120, 30), new(string)
	c.m.work.ring = func(sequence string) { *rung += sequence }
	c.press("z")
	return c, rung
}

// copied is what an OSC 52 sequence puts onto it.
func copied(t *testing.T, sequence string) string {
	t.Helper()
	encoded, found := strings.CutPrefix(sequence, "\x1b]52;c;")
	encoded, ends := strings.CutSuffix(encoded, "\a")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if !found || !ends || err != nil {
		t.Fatalf("%q is no OSC 52 sequence: %v", sequence, err)
	}
	return string(text)
}

func TestALineASelectionOrAllOfALogIsCopied(t *testing.T) {
	c, rung := zoomed(t)
	c.press("y")
	c.sees("Copied 1 line, 32 bytes")
	if text := copied(t, *rung); text != "--- PASS: TestCheckout16 (1.16s)" {
		t.Errorf("copied %q", text)
	}
	*rung = ""
	c.press("v", "up", "up", "y")
	c.sees("Copied 3 lines, 91 bytes")
	if text := copied(t, *rung); text != "--- PASS: TestCheckout15 (1.15s)\n=== RUN   TestCheckout16\n--- PASS: TestCheckout16 (1.16s)\n" {
		t.Errorf("copied %q", text)
	}
	c.seesNot("selected")
	*rung = ""
	c.press("&")
	c.types("pass")
	c.press("enter", "<", "Y")
	if text := copied(t, *rung); strings.Count(text, "\n") != 17 || strings.Count(text, "--- PASS") != 17 {
		t.Errorf("of a filtered log %q was copied", text)
	}
}

func TestAClipboardTakesWholeLinesUntilItIsFull(t *testing.T) {
	c, rung := zoomed(t)
	c.tell(func(s *situation.Story) {
		for _, log := range s.Log {
			log.Add(s.Now, "e2e", strings.Repeat("x", 999))
			for range 1000 {
				log.Add(s.Now, "e2e", strings.Repeat("x", 999))
			}
		}
	})
	c.press("Y")
	c.sees("a terminal's clipboard takes no more", "S saves all of it")
	if text := copied(t, *rung); len(text) > clipboardHolds || !strings.HasSuffix(text, "x\n") {
		t.Errorf("%d bytes were copied, up to %q", len(text), text[len(text)-10:])
	}
}

func TestALogIsSavedAndNothingOverwrittenSilently(t *testing.T) {
	c, _ := zoomed(t)
	c.press("S")
	c.sees("save to orders-run42-qa-e2e-1.log", "enter save")
	c.press("enter")
	c.sees("Saved 34 lines", "to /home/ada/orders-run42-qa-e2e-1.log")
	const name = "orders-run42-qa-e2e-1.log"
	if text := c.saved[name]; strings.Count(text, "\n") != 34 || !strings.Contains(text, "run: === RUN   TestCheckout16") {
		t.Errorf("saved %q", text)
	}
	c.saved[name] = "something else"
	c.press("S", "enter")
	c.sees("Overwrite the file?", name, "[ Cancel ]")
	c.press("enter")
	if c.saved[name] != "something else" {
		t.Error("the file was overwritten, though nobody agreed")
	}
	c.press("S", "enter", "tab", "enter")
	if c.saved[name] == "something else" {
		t.Error("the file was not overwritten")
	}
	c.sees("Saved 34 lines")
}

func TestAPagerReadsTheLogAndTheConsoleGoesOn(t *testing.T) {
	c, _ := zoomed(t)
	c.press("o")
	if strings.Count(c.paged, "\n") != 34 {
		t.Errorf("the pager was given %q", c.paged)
	}
	c.sees("following")
}

func TestEscTakesBackOneThingAfterTheOther(t *testing.T) {
	c, _ := zoomed(t)
	c.press("&")
	c.types("checkout1")
	c.press("enter", "/")
	c.types("run")
	c.press("enter", "v")
	c.sees("1 selected", "&checkout1", "/run")
	c.press("esc")
	c.seesNot("selected")
	c.press("esc")
	c.seesNot("/run")
	c.sees("&checkout1")
	c.press("esc")
	c.seesNot("&checkout1")
	if c.m.screen != keys.Log {
		t.Error("esc left the log before what was open in it")
	}
	c.press("esc")
	if c.m.screen != keys.Board {
		t.Error("esc did not leave the log")
	}
}

func TestKeysThatPourInTakeNothingAway(t *testing.T) {
	c, rung := zoomed(t)
	for _, k := range []string{"y", "Y", "o", "S", "enter"} {
		c.send(keyMsg(k))
	}
	if *rung != "" || c.paged != "" || len(c.saved) > 0 {
		t.Errorf("copied %q, paged %q, saved %v", *rung, c.paged, c.saved)
	}
}

func TestFilesOfTheDiskAreWrittenWholeOrNotAtAll(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.log")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	content := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("the file holds %q, %v; want %q", got, err, want)
		}
	}
	if at, err := (disk{}).write(name, false, text("one")); at != name || err != nil {
		t.Fatal(at, err)
	}
	content("one")
	var there *existsError
	if _, err := (disk{}).write(name, false, text("two")); !errors.As(err, &there) || !strings.Contains(err.Error(), "3 bytes") {
		t.Errorf("a file that exists: %v", err)
	}
	content("one")
	broken := errors.New("the log is gone")
	if _, err := (disk{}).write(name, true, func(w io.Writer) error { return errors.Join(text("half")(w), broken) }); !errors.Is(err, broken) {
		t.Errorf("a log that cannot be read: %v", err)
	}
	content("one")
	if _, err := (disk{}).write(name, true, text("two")); err != nil {
		t.Error(err)
	}
	content("two")
	if _, err := (disk{}).write(filepath.Dir(name), true, text("x")); err == nil || !strings.Contains(err.Error(), "name a file in it") {
		t.Errorf("a directory: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAPagerIsAProgramWithItsArguments(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct{ line, want, fails string }{
		{"cat > '" + out + "'; echo \"$GIVEN\" >> '" + out + "'", "a line\nyes\n", ""},
		{"true", "", ""}, // left before its end
		{"exit 3", "", "exit status 3"},
	} {
		_ = os.Remove(out)
		p := newPager(c.line, append(os.Environ(), "GIVEN=yes"), func(w io.Writer) error {
			_, err := io.WriteString(w, "a line\n")
			return err
		})
		err := p.Run()
		if text, _ := os.ReadFile(out); string(text) != c.want || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %q, %v", c.line, text, err)
		}
	}
}

// A pager has the terminal to itself: what is typed to interrupt or to suspend it reaches neither Gantry nor a shell, that
// may not be there.
func TestAPagerHasTheTerminalUntilItIsLeft(t *testing.T) {
	// The shell waits for who reads the key: an interruption that comes right before it would read itself is noticed only
	// when the key is there.
	t.Setenv("PAGER", `trap 'echo interrupted, and still here' INT; head -n 1; echo "read by a pager"; head -n 1 < /dev/tty > /dev/null & while ! wait $!; do :; done`)
	p := launch(t, "qa-e2e-running")
	p.sees("run 42")
	p.sees("following")
	p.presses("o", "read by a pager")
	p.sees("run: === RUN   TestCheckout00")
	p.types("\x1a") // Ctrl-Z
	p.types("\x03")
	p.sees("interrupted, and still here")
	p.types("\r")
	p.sees("following")
	p.presses("?", "move between stages")
}

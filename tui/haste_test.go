package tui

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// rushes presses keys without a pause between them.
func (c *console) rushes(keys ...string) {
	for _, k := range keys {
		c.now = c.now.Add(time.Millisecond)
		c.send(keyMsg(k))
	}
	c.refresh()
}

func TestKeysThatNobodyCanPressSoFastStartNothing(t *testing.T) {
	c := open(t, situation.New(), 120, 40)
	c.press("down")
	c.rushes("r", "r", "r", "r")
	c.seesNot("run 1")
	c.press("esc", "r")
	c.sees("Run orders?")
	c.rushes("r")
	c.sees("Run orders?", "faster than anybody types")
	c.press("r")
	c.sees("Started run 1 of orders")
}

func TestKeysThatPourInNeitherDriveNorLeaveUntilItIsQuiet(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.rushes("a", "j", "?", "k", "esc", "l", "h", "u", "esc", "f", "f")
	for range 3 {
		c.now = c.now.Add(60 * time.Millisecond) // slower, as when the machine is busy
		for _, k := range []string{"space", "s", "q", "ctrl+z", "ctrl+c"} {
			c.now = c.now.Add(60 * time.Millisecond)
			c.send(keyMsg(k))
		}
	}
	if len(c.asked()) > 0 || c.quit || c.asleep {
		t.Fatalf("it asked for %v, left: %v, slept: %v", c.asked(), c.quit, c.asleep)
	}
	c.press("esc", "esc", "space")
	if len(c.asked()) != 1 {
		t.Errorf("when it was quiet again the engine was asked for %v", c.asked())
	}
}

// A program that the machine stops again and again sees pauses in what comes without any.
func TestKeysThatWaitInGreatNumberAreNobodysHoweverSlowlyTheyAreTaken(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	c.m.haste.pours = func() bool { return true }
	for _, k := range []string{"space", "s", "q", "ctrl+z", "ctrl+c"} {
		c.now = c.now.Add(time.Second)
		c.send(keyMsg(k))
	}
	if len(c.asked()) > 0 || c.quit || c.asleep {
		t.Errorf("it asked for %v, left: %v, slept: %v", c.asked(), c.quit, c.asleep)
	}
}

func TestOnlyWhatComesInGreatNumberAndIsNoPastePours(t *testing.T) {
	for text, pours := range map[string]bool{
		strings.Repeat("r", aHandful):                           true,
		strings.Repeat("r", aHandful-1):                         false,
		pasteBegins + strings.Repeat("r", aHandful) + pasteEnds: false,
	} {
		_, in := listen(strings.NewReader(text), time.Now)
		if _, err := in.Read(make([]byte, 256)); err != nil || in.pours.Load() != pours {
			t.Errorf("%d bytes pour: %v, %v", len(text), in.pours.Load(), err)
		}
	}
}

func TestAKeyThatIsHeldDownIsNoFlood(t *testing.T) {
	c := open(t, situation.QARunning(), 120, 40)
	for range 40 {
		c.now = c.now.Add(33 * time.Millisecond)
		c.send(keyMsg("down"))
	}
	c.now = c.now.Add(100 * time.Millisecond)
	c.send(keyMsg("space"))
	if len(c.asked()) != 1 {
		t.Errorf("after down was held the engine was asked for %v", c.asked())
	}
}

func TestKeysThatASlowLineBringsTogetherAreAllPressed(t *testing.T) {
	c := open(t, situation.QARunning(), 160, 48)
	c.press("up", "up", "up")
	before := c.m.cursor
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjk")})
	c.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("j")})
	c.press("up", "up")
	if c.m.cursor != before {
		t.Errorf("the cursor is on %s instead of %s", c.m.cursor.Stage, before.Stage)
	}
}

// chunks is a terminal that gives what was typed in these pieces.
type chunks []string

func (c *chunks) Read(p []byte) (int, error) {
	if len(*c) == 0 {
		return 0, io.EOF
	}
	n := copy(p, (*c)[0])
	if (*c)[0] = (*c)[0][n:]; (*c)[0] == "" {
		*c = (*c)[1:]
	}
	return n, nil
}

// keyedIn reads everything in pieces, with a pause before each.
func keyedIn(t *testing.T, pause time.Duration, pieces ...string) []string {
	t.Helper()
	now := situation.Start
	from := chunks(slices.Clone(pieces))
	in, _ := listen(&from, func() time.Time { return now })
	var read []string
	for p := make([]byte, 256); ; {
		now = now.Add(pause)
		n, err := in.Read(p)
		if errors.Is(err, io.EOF) {
			return read
		}
		if n >= len(p) {
			t.Fatal("the buffer was filled: Bubble Tea waits for more")
		}
		read = append(read, string(p[:n]))
	}
}

func TestAPasteThatIsLeftOpenIsEnded(t *testing.T) {
	if got := keyedIn(t, time.Second, pasteBegins+"rrr", "q"); !slices.Equal(got, []string{pasteBegins + "rrr", pasteEnds + "q"}) {
		t.Errorf("read %q", got)
	}
	if got := keyedIn(t, time.Millisecond, pasteBegins+"rrr", "q"); !slices.Equal(got, []string{pasteBegins + "rrr", "q"}) {
		t.Errorf("within a paste, read %q", got)
	}
	if got := keyedIn(t, time.Second, pasteBegins+"rrr"+pasteEnds, "q"); !slices.Equal(got, []string{pasteBegins + "rrr" + pasteEnds, "q"}) {
		t.Errorf("after a paste, read %q", got)
	}
}

func TestMuchInputIsReadAsItWasTypedAndNoSequenceIsTorn(t *testing.T) {
	for _, much := range []string{strings.Repeat("x", 700), strings.Repeat("\x1b[A", 300), strings.Repeat("ab", 120) + "\x1b[200~" + strings.Repeat("r", 400) + "\x1b[201~"} {
		got := keyedIn(t, 0, much)
		if strings.Join(got, "") != much {
			t.Errorf("%d bytes became %d", len(much), len(strings.Join(got, "")))
		}
		for _, piece := range got {
			if at := strings.LastIndexByte(piece, 0x1b); at >= 0 && len(piece)-at < 3 {
				t.Errorf("a sequence is torn: %q", piece[at:])
			}
		}
	}
}

func TestTwoLoopsReadOneAfterTheOther(t *testing.T) {
	text := strings.Repeat("r", 230) + "\x1b[A" // a sequence that may go on where the buffer ends within it
	from := chunks(append(slices.Repeat([]string{text}, 200), "r"))
	in, _ := listen(&from, time.Now)
	var loops sync.WaitGroup
	var read atomic.Int64
	for range 2 {
		loops.Go(func() {
			for p := make([]byte, 256); ; {
				n, err := in.Read(p)
				read.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
	}
	loops.Wait()
	if got, want := read.Load(), int64(200*len(text)+1); got != want {
		t.Errorf("of %d bytes %d were read", want, got)
	}
}

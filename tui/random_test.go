package tui

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// presses is how many keys the tests with random ones press: GANTRY_KEYS, or a few.
func presses(t *testing.T) int {
	t.Helper()
	n := 4000
	if text := os.Getenv("GANTRY_KEYS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("GANTRY_KEYS=%q: a number of keys is needed", text)
		}
	}
	return n
}

// tries lets rapid press about so many keys, twenty in a story.
func tries(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(strconv.Itoa(max(1, presses(t)/40))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(before) })
}

// anyKeys are the keys of the table, and some that mean nothing outside of a prompt. None of them leaves.
func anyKeys() []string {
	names := []string{"p", "o", "d", "backspace", "ü", "東"}
	for _, b := range keys.Default() {
		if b.Action != keys.Quit {
			names = append(names, b.Keys...)
		}
	}
	return slices.DeleteFunc(names, func(k string) bool { return strings.HasPrefix(k, "ctrl+") })
}

// sent is what a terminal sends for a key.
var sent = map[string]string{
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "home": "\x1b[H", "end": "\x1b[F", "backspace": "\x7f",
}

// The whole program, with all its goroutines, while the engine goes on: for the race detector.
func TestRandomKeysWhileTheEngineGoesOn(t *testing.T) {
	t.Chdir(t.TempDir()) // some keys save a log
	n, seed := presses(t), uint64(time.Now().UnixNano())
	if text := os.Getenv("GANTRY_SEED"); text != "" { // the same keys and events again; how they meet is chance
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatalf("GANTRY_SEED=%q: a number is needed", text)
		}
	}
	t.Logf("GANTRY_SEED=%d", seed)
	all := situation.All()
	const each = 500
	for begun := 0; begun < n; begun += each {
		r := rand.New(rand.NewPCG(seed, uint64(begun)))
		e := situation.NewEngine(all[r.IntN(len(all))].Story())
		s := begin(t, e)
		s.until("gantry")
		var both sync.WaitGroup
		both.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(begun)+1))
			for range each / 5 {
				e.Tell(func(s *situation.Story) { happens(s, r.IntN(4) == 0) })
			}
		})
		names := anyKeys()
		for range min(each, n-begun) {
			key := names[r.IntN(len(names))]
			if bytes, special := sent[key]; special {
				key = bytes
			}
			if r.IntN(6) == 0 { // the mouse, but for the last line, which has the key that leaves
				key = fmt.Sprintf("\x1b[<%d;%d;%dM", []int{0, 0, 64, 65}[r.IntN(4)], 1+r.IntN(120), 1+r.IntN(39))
			}
			s.press(key)
		}
		both.Wait()
		s.answers(e)
		s.leave()
	}
}

// answers waits until the console says what the engine tells it: keys may be on their way that say something else, or have
// opened a prompt.
func (s *session) answers(e *situation.Engine) {
	s.t.Helper()
	patience := time.After(20 * time.Second)
	for try := 0; ; try++ {
		text := fmt.Sprintf("That was all, try %d.", try)
		s.press("\x1b")
		e.Tell(func(story *situation.Story) {
			story.Base.Notices = append(story.Base.Notices, engine.Notice{At: story.Now, Text: text})
		})
		again := time.After(300 * time.Millisecond)
		for waiting := true; waiting; {
			if strings.Contains(s.screen.String(), text) {
				return
			}
			select {
			case <-s.drawn:
			case err := <-s.ended:
				s.t.Fatalf("the console ended: %v\n%s", err, s.report())
			case <-again:
				waiting = false
			case <-patience:
				s.t.Fatalf("the console does not answer; its screen:\n%s", s.screen.String())
			}
		}
	}
}

func TestRandomKeysAreKnownToTheTerminal(t *testing.T) {
	for _, key := range anyKeys() {
		if _, special := sent[key]; !special && len([]rune(key)) > 1 {
			t.Errorf("nobody knows what a terminal sends for %q", key)
		}
	}
}

package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// talkative is a run whose newest log holds what programs like to print.
func talkative() *situation.Story {
	s := situation.QARunning()
	for _, log := range s.Log {
		for i, text := range []string{
			"\x1b[1;32m✓\x1b[0m adds \x1b[2m(3 ms)\x1b[0m", "\x1b[31m✗ takes away\x1b[0m", "    error: expected \x1b[32m3\x1b[39m, got \x1b[31m4\x1b[0m", "fetching 10%\rfetching 55%\rfetching 100%, done",
			"\x1b]0;a title\a\x1b[2J\x1b[1;1Hno sequence comes through", "größer als 東京 🚀 e\u0301", "{\"a\":\"" + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" + "\"}",
			"0 errors", "\x1b[38;2;200;120;40mmixed\x1b[0m, \x1b[48;5;24mnumbered\x1b[0m, \x1b[4;3munderlined\x1b[0m",
		} {
			log.Add(s.Now.Add(time.Duration(i)*130*time.Millisecond), []string{"run", "report"}[i%2], text)
		}
	}
	return s
}

func TestGoldenLogs(t *testing.T) {
	for name, keys := range map[string][]string{
		"followed": {}, "errors-and-times": {"T", "T", "e"}, "wrapped-and-searched": {"w", "/", "0", "1", "enter"}, "filtered-and-selected": {"&", "f", "e", "t", "enter", ">", "v", "up"},
	} {
		for _, size := range sizes {
			for kind, env := range map[string][]string{"txt": {"NO_COLOR=1"}, "ansi": nil, "ascii.txt": {"NO_COLOR=1", "GANTRY_ASCII=1"}} {
				c := openOn(t, situation.Situation{Story: talkative}, size[0], size[1], env...)
				c.press("z")
				c.press(keys...)
				frame := c.screen()
				if kind == "ansi" {
					frame = c.m.View()
				}
				fits(t, c)
				golden(t, fmt.Sprintf("log/%s-%dx%d.%s", name, size[0], size[1], kind), frame)
			}
		}
	}
}

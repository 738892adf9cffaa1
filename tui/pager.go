package tui

import (
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/theme"
)

// usualPager is what reads a log where $PAGER names nothing.
const usualPager = "less"

// openPager opens lines of a log in a program to read them, at a line of theirs counted from 1.
func (c commands) openPager(key engine.AttemptKey, part logview.Part, first int) tea.Cmd {
	return func() tea.Msg {
		log, err := c.engine.Log(key.Run, key.Stage, key.Attempt)
		if err != nil {
			return doneMsg{err: err}
		}
		env := theme.Environ(c.env)
		line := env.Getenv("PAGER")
		if strings.TrimSpace(line) == "" {
			line = usualPager
		}
		p := newPager(line, c.env, func(w io.Writer) error {
			_, err := part.WriteTo(w, log)
			return err
		})
		if first > 1 {
			p.cmd.Env = append(p.cmd.Env, fmt.Sprintf("LESS=%s +%dg", env.Getenv("LESS"), first))
		}
		return c.exec(p, func(err error) tea.Msg {
			_ = log.Close() // it was only read
			if err != nil {
				err = fmt.Errorf("the pager %q failed: %w: set PAGER to another one", line, err)
				return doneMsg{err: err}
			}
			return nil
		})()
	}
}

// newPager is a program that reads lines while the console steps aside. For its keys it asks the terminal.
func newPager(line string, env []string, feed func(io.Writer) error) *aside {
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = slices.Clone(env)
	return &aside{cmd: cmd, feed: feed}
}

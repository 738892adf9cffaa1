package tui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/sys/unix"

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
		p := &pager{line: env.Getenv("PAGER"), env: c.env, feed: func(w io.Writer) error {
			_, err := part.WriteTo(w, log)
			return err
		}}
		if strings.TrimSpace(p.line) == "" {
			p.line = usualPager
		}
		if first > 1 {
			p.env = append(p.env[:len(p.env):len(p.env)], fmt.Sprintf("LESS=%s +%dg", env.Getenv("LESS"), first))
		}
		return c.exec(p, func(err error) tea.Msg {
			_ = log.Close() // it was only read
			if err != nil {
				err = fmt.Errorf("the pager %q failed: %w: set PAGER to another one", p.line, err)
				return doneMsg{err: err}
			}
			return nil
		})()
	}
}

// pager is a program that reads lines while the console steps aside.
type pager struct {
	line string
	env  []string
	feed func(io.Writer) error
	in   io.Reader
	out  io.Writer
	errs io.Writer
}

// SetStdin says where the keys come from. A pager asks the terminal for them.
func (p *pager) SetStdin(r io.Reader) { p.in = r }

// SetStdout says what to draw on.
func (p *pager) SetStdout(w io.Writer) { p.out = w }

// SetStderr says where to complain.
func (p *pager) SetStderr(w io.Writer) { p.errs = w }

// Run runs the pager until it is left. It has the terminal to itself: what is typed to interrupt it is not for Gantry.
func (p *pager) Run() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", p.line)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.env, read, p.out, p.errs
	tty, onTerminal := p.terminal()
	if onTerminal {
		cmd.Stdout = tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: int(tty.Fd())}
	}
	err = cmd.Start()
	_ = read.Close()
	if err != nil {
		return errors.Join(err, write.Close())
	}
	fed := make(chan error, 1)
	go func() { fed <- errors.Join(p.feed(write), write.Close()) }()
	if onTerminal {
		err = attend(cmd.Process.Pid)
		takeBack(tty)
		_ = cmd.Process.Release()
	} else {
		err = cmd.Wait()
	}
	if feeding := <-fed; feeding != nil && !errors.Is(feeding, syscall.EPIPE) { // it may be left before its end
		err = errors.Join(err, feeding)
	}
	return err
}

// terminal is what the console draws on, if that is one.
func (p *pager) terminal() (*os.File, bool) {
	tty, _ := p.out.(*os.File)
	if t, ok := p.out.(*terminalFile); ok {
		tty = t.File
	}
	if tty == nil {
		return nil, false
	}
	_, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	return tty, err == nil
}

// attend waits until a program ends. Nobody could wake it up if it were suspended: it goes on at once.
func attend(pid int) error {
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case status.Stopped():
			_ = syscall.Kill(-pid, syscall.SIGCONT)
		case status.Exited() && status.ExitStatus() != 0:
			return fmt.Errorf("exit status %d", status.ExitStatus())
		default:
			return nil
		}
	}
}

// takeBack makes this program the one that the terminal's keys are for.
func takeBack(tty *os.File) {
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
}

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

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// aside is a program that has the terminal to itself while the console steps aside.
type aside struct {
	cmd  *exec.Cmd
	feed func(io.Writer) error // what it reads; nil: what is typed
	// stays, where it is not nil, is what is said when the program has ended, and then a key is waited for: what it has
	// written would be gone else.
	stays func(error) string

	in   io.Reader
	out  io.Writer
	errs io.Writer
}

// SetStdin says where the keys come from.
func (a *aside) SetStdin(r io.Reader) { a.in = r }

// SetStdout says what to draw on.
func (a *aside) SetStdout(w io.Writer) { a.out = w }

// SetStderr says where to complain.
func (a *aside) SetStderr(w io.Writer) { a.errs = w }

// Run runs the program until it is left. What is typed to interrupt it is not for Gantry.
func (a *aside) Run() error {
	tty, onTerminal := a.terminal()
	a.cmd.Stdin, a.cmd.Stdout, a.cmd.Stderr = a.in, a.out, a.errs
	if onTerminal {
		a.cmd.Stdin, a.cmd.Stdout, a.cmd.Stderr = tty, tty, tty
		a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: int(tty.Fd())}
	}
	fed, err := a.start()
	if err != nil {
		return err
	}
	if onTerminal {
		err = attend(a.cmd.Process.Pid)
		takeBack(tty)
		_ = a.cmd.Process.Release()
	} else {
		err = a.cmd.Wait()
	}
	if feeding := fed(); feeding != nil && !errors.Is(feeding, syscall.EPIPE) { // it may be left before its end
		err = errors.Join(err, feeding)
	}
	if a.stays != nil && onTerminal {
		awaitKey(tty, a.stays(err))
	}
	return err
}

// start starts the program, and feeds it; fed waits until it has taken all.
func (a *aside) start() (fed func() error, err error) {
	if a.feed == nil {
		return func() error { return nil }, a.cmd.Start()
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	a.cmd.Stdin = read
	err = a.cmd.Start()
	_ = read.Close()
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	feeding := make(chan error, 1)
	go func() { feeding <- errors.Join(a.feed(write), write.Close()) }()
	return func() error { return <-feeding }, nil
}

// terminal is what the console draws on, if that is one.
func (a *aside) terminal() (*os.File, bool) {
	tty, _ := a.out.(*os.File)
	if t, ok := a.out.(*terminalFile); ok {
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

// awaitKey says something and waits for any key, also for one that would interrupt. A terminal that is gone is not waited
// for.
func awaitKey(tty *os.File, text string) {
	if before, err := term.MakeRaw(int(tty.Fd())); err == nil {
		defer func() { _ = term.Restore(int(tty.Fd()), before) }()
		fmt.Fprint(tty, strings.ReplaceAll(text, "\n", "\r\n"))
		_, _ = tty.Read(make([]byte, 16))
	}
}

// takeBack makes this program the one that the terminal's keys are for.
func takeBack(tty *os.File) {
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
}

// Package process runs the commands of a stage, each in a process group of its own, so that nothing a command started
// outlives its end.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// Grace is how long a group may take to end after SIGTERM before it is killed.
const Grace = 5 * time.Second

// Command is one command line.
type Command struct {
	Line   string    // run by sh -c
	Dir    string    // its working directory
	Env    []string  // all of its environment
	Stdin  io.Reader // nil: nothing to read
	Stdout io.Writer
	Stderr io.Writer
}

// Exit is a command that ran and ended with a status other than 0: a verdict, not an accident, unless it was Killed.
type Exit struct {
	Status int    // the exit status; 128 + n for signal n
	Signal string // the signal's name, when one ended it
}

func (e *Exit) Error() string {
	if e.Signal != "" {
		return "ended by " + e.Signal
	}
	return fmt.Sprintf("exit status %d", e.Status)
}

// Run runs the command to its end. A status other than 0 is an *Exit. When ctx ends first, the whole group is asked to
// end, then killed, and the error is ctx's. Processes of the group that outlive the command itself are killed too.
func Run(ctx context.Context, c Command) error {
	cmd := exec.Command("/bin/sh", "-c", c.Line)
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.Env, c.Stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = lingering
	if err := ctx.Err(); err != nil {
		return err
	}
	output, stdout, stderr, err := draining(c.Stdout, c.Stderr)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		output.abandon()
		return fmt.Errorf("start %q in %s: %w", c.Line, c.Dir, err)
	}
	output.start()
	group := -cmd.Process.Pid
	guardian := guard(cmd.Process.Pid) // before the command is waited for: until then its group is sure to exist
	defer guardian.leave()
	var waited error // how the command ended; read after ended is closed
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		waited = cmp.Or(cmd.Wait(), output.finish())
	}()
	select {
	case <-ended:
		_ = syscall.Kill(group, syscall.SIGKILL)
		return exit(waited)
	case <-ctx.Done():
	}
	_ = syscall.Kill(group, syscall.SIGTERM)
	grace := time.NewTimer(Grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-ended
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	return context.Cause(ctx)
}

func exit(err error) error {
	var ended *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrWaitDelay):
		return nil
	case !errors.As(err, &ended):
		return err
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &Exit{Status: 128 + int(status.Signal()), Signal: status.Signal().String()}
	}
	return &Exit{Status: ended.ExitCode()}
}

package proc

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// Spec is what to start.
type Spec struct {
	Path   string
	Args   []string // without the program's name
	Dir    string
	Env    []string  // all of its environment
	Output io.Writer // standard output and error; an *os.File is handed over and survives us
}

// Process is a started or adopted process, the leader of its own session and group.
type Process struct {
	Identity
	done chan struct{}
	how  string // how it ended; read after done
	code int
}

// Start starts a process in a session of its own, so that it outlives us and can be ended with all that it started.
func Start(s Spec) (*Process, error) {
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.Dir, s.Env, s.Output, s.Output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = time.Second // what left the group may hold the pipe: it does not keep us
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	// Nobody has waited for it yet, so even if it has ended its entry is still there.
	identity, err := IdentityOf(cmd.Process.Pid)
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, err
	}
	p := &Process{Identity: identity, done: make(chan struct{})}
	go p.reap(cmd)
	return p, nil
}

func (p *Process) reap(cmd *exec.Cmd) {
	err := cmd.Wait()
	_ = p.signalGroup(syscall.SIGKILL) // nothing that it started outlives it
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		p.how = "exit status 0"
	case errors.As(err, &exit):
		p.how, p.code = exit.Error(), exit.ExitCode()
	default:
		p.how, p.code = err.Error(), -1
	}
	close(p.done)
}

// glance is how often an adopted process, whose end nobody reports to us, is looked at.
const glance = 25 * time.Millisecond

// Adopt takes over a process that an earlier host started.
func Adopt(i Identity) *Process {
	p := &Process{Identity: i, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(glance)
		defer tick.Stop()
		for i.Alive() {
			<-tick.C
		}
		_ = i.signalGroup(syscall.SIGKILL)
		p.how, p.code = "it ended, with a status that only an earlier host could have read", -1
	}()
	return p
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit says how the process ended, and its status (-1 when a signal ended it). Only after Done.
func (p *Process) Exit() (string, int) { return p.how, p.code }

// Stop asks the process and its group to end, kills what has not ended after the grace, and returns when they are gone.
func (p *Process) Stop(grace time.Duration) {
	if ended(p.done) {
		return
	}
	_ = p.signalGroup(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.signalGroup(syscall.SIGKILL)
		<-p.done
	}
	p.awaitGroup()
}

// awaitGroup waits for the rest of the group, which has been killed. The wait is bounded: what stays longer is a zombie
// whose new parent does not reap, or hangs in the kernel.
func (p *Process) awaitGroup() {
	bound := time.NewTimer(300 * time.Millisecond)
	defer bound.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for p.signalGroup(syscall.SIGKILL) == nil {
		select {
		case <-bound.C:
			return
		case <-tick.C:
		}
	}
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

package attach

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gantry-cd/gantry/engine/journal"
)

// logName is where an engine that was started by another program says what it says to nobody: in the state directory.
const logName = "engine/log"

// longLog is how long that may become before it is begun anew.
const longLog = 1 << 20

// child is an engine that this process has started, and that outlives it.
type child struct {
	cmd   *exec.Cmd
	log   *os.File
	from  int64 // where its words begin
	ended chan struct{}
}

// start starts an engine in a session of its own: no signal of this terminal reaches it, nor the end of this process.
func start(state string, engine func() (*exec.Cmd, error)) (*child, error) {
	cmd, err := engine()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(state, logName)
	if err := journal.Make(state); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make room for an engine: %w: choose another directory with --state", err)
	}
	flags := os.O_CREATE | os.O_RDWR | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > longLog {
		flags |= os.O_TRUNC
	}
	log, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make room for an engine: %w", err)
	}
	c := &child{cmd: cmd, log: log, ended: make(chan struct{})}
	if c.from, err = log.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start an engine: %w", err), log.Close())
	}
	go func() {
		_ = cmd.Wait() // it lives on when this process ends first; else nobody is left to reap it
		close(c.ended)
	}()
	return c, nil
}

// Taken is the exit code of an engine that was started where another one is.
const Taken = 75

// over tells whether it has ended.
func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// failed tells of one that is over whether another one has the directory, or else what it said.
func (c *child) failed() (taken bool, said error) {
	defer c.log.Close()
	if code := c.cmd.ProcessState.ExitCode(); code == Taken || code == 0 { // 0: it was there, and somebody has asked it to leave
		return true, nil
	}
	all, err := io.ReadAll(io.NewSectionReader(c.log, c.from, longLog))
	text := strings.TrimSpace(string(all))
	if err != nil || text == "" {
		return false, fmt.Errorf("it ended at once, and %s says nothing of it", c.log.Name())
	}
	return false, errors.New(strings.TrimPrefix(text, "gantry: "))
}

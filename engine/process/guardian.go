package process

import (
	"os"
	"os/exec"
	"syscall"
)

// watchword is what a guardian runs: it waits for the end of a pipe whose other end only this program holds, and then
// ends its whole group, itself included.
const watchword = `trap '' HUP INT TERM; read -r _ <&3; kill -KILL 0`

// guardian is a process in a command's group that ends the group when this program is gone, however it went: what is
// repeated after a kill -9 must not find its first attempt still at work.
type guardian struct {
	cmd  *exec.Cmd
	hold *os.File
}

// guard starts the group's guardian. A group without one is still ended by Run, so that failing to start it, as when the
// command is over already, is no failure.
func guard(group int) guardian {
	r, w, err := os.Pipe()
	if err != nil {
		return guardian{}
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", watchword)
	cmd.Env, cmd.Dir, cmd.ExtraFiles = []string{}, "/", []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
	if cmd.Start() != nil {
		_ = w.Close()
		return guardian{}
	}
	return guardian{cmd: cmd, hold: w}
}

// leave reaps the guardian once its group has been killed.
func (g guardian) leave() {
	if g.cmd != nil {
		_ = g.hold.Close()
		_ = g.cmd.Wait()
	}
}

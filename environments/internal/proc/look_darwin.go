package proc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// zombieState is SZOMB of <sys/proc.h>.
const zombieState = 5

// look reads a process's start time and whether it is a zombie.
func look(pid int) (start string, zombie bool, err error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return "", false, fmt.Errorf("look at process %d: %w", pid, err)
	}
	at := info.Proc.P_starttime
	return fmt.Sprintf("%d.%06d", at.Sec, at.Usec), info.Proc.P_stat == zombieState, nil
}

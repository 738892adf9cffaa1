package process

import "syscall"

// Killed tells whether the command was ended from outside: by whoever is out of memory or patience, not by what it found
// itself. A shell that outlives such a command exits with 128 and the signal's number.
func (e *Exit) Killed() bool {
	switch syscall.Signal(e.Status - 128) {
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGXCPU:
		return true
	}
	return false
}

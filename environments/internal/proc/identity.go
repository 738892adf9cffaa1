// Package proc starts and ends processes in sessions of their own, and recognises them after the program that started
// them has died.
package proc

import "syscall"

// Identity names a process for good: a pid is used again, a pid and its start time are not.
type Identity struct {
	PID   int    `json:"pid"`
	Start string `json:"start"` // as the system counts it
}

// IdentityOf is the identity of a running process.
func IdentityOf(pid int) (Identity, error) {
	start, _, err := look(pid)
	return Identity{PID: pid, Start: start}, err
}

// Alive tells whether this very process still runs. One that has ended and only waits to be reaped does not.
func (i Identity) Alive() bool {
	if i.PID <= 0 {
		return false
	}
	start, zombie, err := look(i.PID)
	return err == nil && !zombie && start == i.Start
}

// signalGroup sends a signal to the process's group, whose leader it is.
func (i Identity) signalGroup(signal syscall.Signal) error {
	if i.PID <= 1 {
		return syscall.ESRCH
	}
	return syscall.Kill(-i.PID, signal)
}

package proc

import (
	"fmt"
	"os"
	"strings"
)

// look reads a process's start time, in clock ticks since boot, and whether it is a zombie.
func look(pid int) (start string, zombie bool, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false, fmt.Errorf("look at process %d: %w", pid, err)
	}
	// The second field is the command in parentheses, which may hold anything: the rest begins after the last one.
	text := string(stat)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return "", false, fmt.Errorf("look at process %d: %q is not what /proc shows", pid, text)
	}
	return fields[19], fields[0] == "X" || fields[0] == "Z" && alone(pid), nil
}

// alone tells whether a process has only its first thread left. That one may have ended already while others still hold
// the process's files and locks.
func alone(pid int) bool {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	return err != nil || len(threads) <= 1
}

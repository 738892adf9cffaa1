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
	return fields[19], fields[0] == "Z" || fields[0] == "X", nil
}

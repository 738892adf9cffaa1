package process

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// Self is the command that starts this program again. Where the system can, it works also when the program's file has been
// replaced, or removed, as `go run` does when its program ends.
func Self(args ...string) (*exec.Cmd, error) {
	path, err := self()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = "gantry" // for whoever lists the processes
	return cmd, nil
}

func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return path, nil
}

// Build tells this program from every other one, also from those of the same version: by its file.
func Build() string {
	path, err := self()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano())
}

package process

import (
	"fmt"
	"os"
	"runtime"
)

// Self is the path by which this process starts its own program again. Where the system has one, it is a path that works
// also when the program's file has been replaced, or removed, as `go run` does when its program ends.
func Self() (string, error) {
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
	path, err := Self()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano())
}

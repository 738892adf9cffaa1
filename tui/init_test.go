package tui

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Whatever the terminal is called: the program asks it nothing while it is loaded, and its children see its name.
func TestLoadingLeavesTheTerminalAloneAndItsNameAsItIs(t *testing.T) {
	if os.Getenv("GANTRY_TEST_PRINT_TERM") == "1" {
		_, _ = os.Stdout.WriteString("TERM=" + os.Getenv("TERM"))
		return
	}
	self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), "GANTRY_TEST_PRINT_TERM=1", "TERM=xterm-unheard-of")
	out, err := self.Output()
	if err != nil || !strings.Contains(string(out), "TERM=xterm-unheard-of") || strings.Contains(string(out), "\x1b]11") {
		t.Errorf("%v: %q", err, out)
	}
}

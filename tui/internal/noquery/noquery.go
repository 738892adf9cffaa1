// Package noquery keeps the libraries below the console from asking the terminal for its colours while the program is
// being loaded. Bubble Tea does so before main runs, for every command, and waits up to five seconds for a terminal
// that does not answer; Gantry reads the answer from the environment instead (theme.FromEnvironment).
//
// The libraries do not ask a terminal called "dumb". So this package, which is initialised before them because it needs
// nothing but os, gives the terminal that name, and Restore takes it back as soon as they are initialised.
package noquery

import "os"

var term, known = os.LookupEnv("TERM")

func init() { _ = os.Setenv("TERM", "dumb") }

// Restore gives the terminal its name again. It must be called from the init function of a package that imports the
// libraries, and is harmless when called again.
func Restore() {
	if known {
		_ = os.Setenv("TERM", term)
		return
	}
	_ = os.Unsetenv("TERM")
}

package commandline

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/gantry-cd/gantry/tui/plain"
)

type watchCmd struct {
	Output string `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run follows merges until interrupted.
func (c watchCmd) Run(a *app) error {
	e, err := a.open("gantry watch", MustWatch)
	if err != nil {
		return err
	}
	defer e.Close()
	return plain.Watch(a.ctx, e, a.out, c.Output)
}

type validateCmd struct{}

// Run checks the configuration.
func (validateCmd) Run(a *app) error {
	warnings, summary, err := a.wiring.Validate(a.files)
	if err != nil {
		return usage{err}
	}
	for _, warning := range warnings {
		fmt.Fprintln(a.out, "warning:", warning)
	}
	fmt.Fprintln(a.out, summary)
	return nil
}

type downCmd struct{}

// Run stops the sandbox.
func (downCmd) Run(a *app) error {
	stopped, err := a.wiring.Down(a.ctx, a.files)
	for _, name := range stopped {
		fmt.Fprintln(a.out, "stopped", name)
	}
	if err == nil && len(stopped) == 0 {
		fmt.Fprintln(a.out, "nothing runs in", a.files.State)
	}
	return err
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintf(a.out, "gantry %s %s %s/%s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// Version is that of this program: "devel" for one that was built from a checkout.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

package commandline

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

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

type validateCmd struct {
	Online bool `help:"Ask every environment, and the store of stubs that somebody else keeps, what it really is, too: no two may share an account, a cluster, a server or a credential."`
}

// Run checks the configuration.
func (c validateCmd) Run(a *app) error {
	warnings, summary, err := a.wiring.Validate(a.files)
	if err != nil {
		return usage{err}
	}
	for _, warning := range warnings {
		fmt.Fprintln(a.out, "warning:", warning)
	}
	fmt.Fprintln(a.out, summary)
	if !c.Online {
		return nil
	}
	lines, shared, err := a.wiring.Isolation(a.ctx, a.files)
	for _, line := range lines {
		fmt.Fprintln(a.out, line)
	}
	if len(shared) > 0 {
		return usage{errors.New(strings.Join(shared, "\n"))}
	}
	if err != nil {
		return fmt.Errorf("that the environments share nothing is not proven: %w", err)
	}
	fmt.Fprintln(a.out, "they share nothing of this")
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
	_, err := fmt.Fprintln(a.out, program())
	return err
}

// program is this program in a line: its version, and what it was built with and for.
func program() string {
	return fmt.Sprintf("gantry %s %s %s/%s", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Version is that of this program: "devel" for one that was built from a checkout.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

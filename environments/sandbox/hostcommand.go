package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// HostCommand is the hidden command of the program that becomes a host; what follows it is for Host.
const HostCommand = "sandbox-host"

// readyWord is what a host says on its ready pipe once it can be asked.
const readyWord = "ready"

// artifactsName is what the artifact store's host calls itself.
const artifactsName = "artifacts"

// Launcher makes the command that becomes a host: the program, HostCommand and the arguments.
type Launcher func(args ...string) (*exec.Cmd, error)

// ThisProgram launches hosts from the program that runs now. A host sees nothing of its starter's environment but what
// belongs to the machine.
func ThisProgram(args ...string) (*exec.Cmd, error) {
	cmd, err := process.Self(append([]string{HostCommand}, args...)...)
	if err != nil {
		return nil, err
	}
	cmd.Dir = "/"
	for _, name := range []string{"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd, nil
}

// Host is the main function of a host. It returns when the host was taken down, or at once when the directory has one
// already. Interrupted, it leaves its services running for the next host.
func Host(ctx context.Context, args []string, runtimes host.Runtimes) error {
	flags := flag.NewFlagSet(HostCommand, flag.ContinueOnError)
	environment := flags.String("environment", "", "the environment to run")
	artifacts := flags.Bool("artifacts", false, "run the artifact store")
	platform := flags.String("platform", "", "what runs there")
	state := flags.String("state", "", "the state directory")
	ready := flags.Int("ready", 0, "descriptor to say ready on")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%s: %w", HostCommand, err)
	}
	if *state == "" || *artifacts == (*environment != "") {
		return fmt.Errorf("%s is started by Gantry itself, with --state DIR and --environment NAME or --artifacts", HostCommand)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGHUP)
	o := host.Options{Dir: environmentDir(*state, *environment), Name: *environment, Platform: *platform, Runtimes: runtimes, Artifacts: *artifacts, Ready: sayReady(*ready)}
	if *artifacts {
		o.Dir, o.Name = artifactsDir(*state), artifactsName
	}
	if err := host.Run(ctx, o); err != nil && !errors.Is(err, host.ErrTaken) {
		return err
	}
	return nil
}

// sayReady speaks on the pipe that the starter waits at. No service may inherit it.
func sayReady(descriptor int) func() {
	if descriptor == 0 {
		return func() {}
	}
	syscall.CloseOnExec(descriptor)
	pipe := os.NewFile(uintptr(descriptor), "ready")
	return func() {
		_, _ = pipe.WriteString(readyWord) // a starter that has gone does not wait
		_ = pipe.Close()
	}
}

func environmentDir(state, name string) string { return filepath.Join(state, "environments", name) }

func artifactsDir(state string) string { return filepath.Join(state, "artifacts") }

// checkName refuses names that would leave their directory.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\.`) {
		return fmt.Errorf("%q cannot be the name of anything in the sandbox: use letters, digits and dashes", name)
	}
	return nil
}

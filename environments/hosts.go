package environments

import (
	"context"

	"github.com/gantry-cd/gantry/environments/docker"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// runtimes are what a host may run besides the sandbox's processes.
var runtimes = host.Runtimes{docker.Platform: docker.Runtime}

// Host is the main function of the process in which an environment of this machine lives on.
func Host(ctx context.Context, args []string) error { return sandbox.Host(ctx, args, runtimes) }

// Down stops all that runs for a state directory, and says what was stopped.
func Down(ctx context.Context, stateDir string) ([]string, error) {
	return sandbox.Down(ctx, stateDir, runtimes)
}

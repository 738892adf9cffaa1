package environments

import (
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// Stubs is the store that services' stubs are published to: a registry of its own on this machine, which belongs to no
// environment.
func Stubs(stateDir string) stubs.Store {
	return stubs.NewStore(sandbox.Artifacts(stateDir).Repository)
}

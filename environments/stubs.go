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

// PublishedStubs is the same store for those who only look: the registry is not started, and nothing can be published.
func PublishedStubs(stateDir string) stubs.Store {
	return stubs.NewStore(sandbox.Artifacts(stateDir).Look)
}

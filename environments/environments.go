// Package environments makes environments from their configuration: each platform by its name.
package environments

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/aws"
	"github.com/gantry-cd/gantry/environments/command"
	"github.com/gantry-cd/gantry/environments/docker"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// platform makes one environment of a pipeline. stateDir is where Gantry keeps what it must find again.
type platform func(p config.Pipeline, e config.Environment, stateDir string) (engine.Environment, error)

var platforms = map[string]platform{
	"sandbox": func(p config.Pipeline, e config.Environment, stateDir string) (engine.Environment, error) {
		return sandbox.New(p, e, stateDir)
	},
	docker.Platform: func(p config.Pipeline, e config.Environment, stateDir string) (engine.Environment, error) {
		return docker.New(p, e, stateDir)
	},
	aws.Platform: func(_ config.Pipeline, e config.Environment, _ string) (engine.Environment, error) {
		return aws.New(e), nil
	},
	command.Platform: func(p config.Pipeline, e config.Environment, stateDir string) (engine.Environment, error) {
		return command.New(p, e, stateDir), nil
	},
}

// New makes the environment on the platform that its configuration names. Nothing is started or changed yet.
func New(p config.Pipeline, e config.Environment, stateDir string) (engine.Environment, error) {
	make, known := platforms[e.Platform]
	if !known {
		return nil, fmt.Errorf("environment %q: there is no platform %q: use %s", e.Name, e.Platform, strings.Join(Platforms(), ", "))
	}
	return make(p, e, stateDir)
}

// Platforms are the names of all platforms.
func Platforms() []string { return slices.Sorted(maps.Keys(platforms)) }

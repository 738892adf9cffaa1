package docker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// Platform is the platform's name in the configuration.
const Platform = "docker"

// Environment is one environment whose releases run on a Docker daemon.
type Environment struct {
	*sandbox.Environment
	configured config.Docker
	postgres   string
	root       string
}

var (
	_ engine.Environment = (*Environment)(nil)
	_ engine.Viewable    = (*Environment)(nil)
)

// New is the environment as configured, kept in the state directory. Nothing is started yet.
func New(p config.Pipeline, e config.Environment, stateDir string, options ...sandbox.Option) (*Environment, error) {
	environment := &Environment{configured: e.Docker, postgres: e.Database.Postgres, root: p.Root}
	var err error
	environment.Environment, err = sandbox.OnPlatform(p, e, stateDir, Platform, environment.settings, options...)
	return environment, err
}

// settings are what the runtime is told, which runs in another process and sees nothing of this one's variables.
func (e *Environment) settings() (json.RawMessage, error) {
	s, err := e.resolve()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("the settings of %s: %w", e.Name(), err)
	}
	return text, nil
}

// resolve reads what the configuration only refers to.
func (e *Environment) resolve() (Settings, error) {
	s := Settings{Docker: e.configured}
	host, err := config.Resolve(e.configured.Host, e.root)
	if err != nil {
		return s, fmt.Errorf("where the Docker daemon of %s is: %w", e.Name(), err)
	}
	s.Host = cmp.Or(host, os.Getenv(client.EnvOverrideHost), client.DefaultDockerHost)
	if s.Certificates == "" && e.configured.Host == "" {
		s.Certificates = os.Getenv(client.EnvOverrideCertPath)
	}
	if s.Certificates != "" && !filepath.IsAbs(s.Certificates) {
		s.Certificates = filepath.Join(e.root, s.Certificates)
	}
	if s.DatabaseHost == "" && e.postgres != "" {
		if address, err := config.Resolve(e.postgres, e.root); err == nil { // else the database is told of when it is needed
			s.Relay = loopback(address)
		}
	}
	return s, nil
}

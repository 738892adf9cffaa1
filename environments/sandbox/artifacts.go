package sandbox

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
)

// ArtifactStore is a registry for what belongs to no environment: the stubs that services test against. It lives in a
// host of its own.
type ArtifactStore struct {
	host    hosted
	problem error // why the state directory is unknown
}

// Artifacts is the artifact store of a state directory. Nothing is started yet.
func Artifacts(stateDir string, options ...Option) *ArtifactStore {
	state, err := filepath.Abs(stateDir)
	if err != nil {
		err = fmt.Errorf("state directory %s: %w", stateDir, err)
	}
	store := &ArtifactStore{problem: err, host: hosted{
		name: artifactsName, dir: artifactsDir(state), launch: ThisProgram,
		args:     []string{"--artifacts", "--state", state},
		settings: func() control.Settings { return control.Settings{Prefix: "stubs"} },
	}}
	for _, option := range options {
		option(&store.host)
	}
	return store
}

// Repository is where the stubs of a service are kept: "stubs/<service>".
func (a *ArtifactStore) Repository(ctx context.Context, service string) (images.Repository, error) {
	if a.problem != nil {
		return images.Repository{}, a.problem
	}
	if err := checkName(service); err != nil {
		return images.Repository{}, err
	}
	return a.host.repository(ctx, control.SlotRequest{Slot: promotion.Slot{Service: service}})
}

// Secrets are the store's passwords.
func (a *ArtifactStore) Secrets() []string { return a.host.secrets() }

package sandbox

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/sandbox/internal/control"
)

// ArtifactStore is a registry for what belongs to no environment: the stubs that services test against. It lives in a
// host of its own.
type ArtifactStore struct{ host hosted }

// Artifacts is the artifact store of a state directory. Nothing is started yet.
func Artifacts(stateDir string, options ...Option) (*ArtifactStore, error) {
	state, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", stateDir, err)
	}
	store := &ArtifactStore{host: hosted{
		name: artifactsName, dir: artifactsDir(state), launch: ThisProgram,
		args:     []string{"--artifacts", "--state", state},
		settings: func() control.Settings { return control.Settings{Prefix: "stubs"} },
	}}
	for _, option := range options {
		option(&store.host)
	}
	return store, nil
}

// Repository is where the stubs of a service are kept: "stubs/<service>".
func (a *ArtifactStore) Repository(ctx context.Context, service string) (images.Repository, error) {
	if err := checkName(service); err != nil {
		return images.Repository{}, err
	}
	return a.host.repository(ctx, control.SlotRequest{Slot: promotion.Slot{Service: service}})
}

// Secrets are the store's passwords.
func (a *ArtifactStore) Secrets() []string { return a.host.secrets() }

package environments

import (
	"context"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/environments/aws"
	"github.com/gantry-cd/gantry/environments/internal/registry"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// Stubs is the store that services' stubs are published to, which belongs to no environment: where somebody else keeps it,
// or a registry of its own on this machine. Nothing is started and nobody is asked yet.
func Stubs(p config.Pipeline, stateDir string) stubs.Store {
	if there := elsewhere(p); there != nil {
		return there
	}
	return stubs.NewStore(sandbox.Artifacts(stateDir).Repository)
}

// PublishedStubs are the same stubs for those who only look: a registry of this machine's is not started.
func PublishedStubs(p config.Pipeline, stateDir string) stubs.Reader {
	if there := elsewhere(p); there != nil {
		return there
	}
	return stubs.NewStore(sandbox.Artifacts(stateDir).Look)
}

// kept is a store that somebody else keeps.
type kept struct {
	stubs.Store
	secrets func() []string
	owns    func(context.Context) ([]engine.Possession, error)
}

// Secrets are the values that must never show in a log.
func (k *kept) Secrets() []string { return k.secrets() }

// elsewhere is the store that the configuration names; nil where it names none.
func elsewhere(p config.Pipeline) *kept {
	switch a := p.Artifacts; {
	case a.Registry.Address != "":
		return inRegistry(registry.New(a.Registry, p.Root))
	case a.HTTP.URL != "":
		d := registry.NewDirectory(a.HTTP, p.Root)
		return &kept{stubs.NewFileStore(d), d.Secrets, d.Owns}
	case a.S3.Bucket != "":
		b := aws.NewBucket(a.S3)
		return &kept{stubs.NewFileStore(b), func() []string { return nil }, b.Owns} // its credentials are the SDK's alone
	}
	return nil
}

func inRegistry(r *registry.Registry) *kept {
	repository := func(service string) (images.Repository, error) {
		return r.Repository(promotion.Slot{Service: service}, "")
	}
	return &kept{
		stubs.NewStore(func(_ context.Context, service string) (images.Repository, error) { return repository(service) }),
		r.Secrets,
		func(ctx context.Context) ([]engine.Possession, error) {
			owns, err := r.Owns()
			if err != nil {
				return owns, err
			}
			at, err := repository("gantry-looks")
			if err == nil {
				err = images.Reach(ctx, at, images.WithTries(1))
			}
			return owns, err
		},
	}
}

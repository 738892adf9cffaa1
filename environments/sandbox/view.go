package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// view is an environment of the sandbox as it lies there. It asks a host that runs, tells it nothing, and starts none:
// where none runs it reads the files that the last one left.
type view struct{ *Environment }

var _ engine.Viewable = (*Environment)(nil)

// View is the environment for those who only look.
func (e *Environment) View() engine.View { return view{e} }

// Live is what runs in the slot, or what a host would bring back.
func (v view) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	if err := v.checkSlot(slot); err != nil {
		return nil, err
	}
	state, err := v.host.peeker.Peek(v.host.dir)
	if err != nil {
		return nil, err
	}
	kept := state.Of(slot)
	if kept.Port == 0 { // nobody ever asked for the slot, and to ask a host would make it
		return nil, nil
	}
	client, err := v.host.running()
	if err != nil {
		return nil, err
	}
	if client == nil {
		return v.host.asleep(kept), nil
	}
	var live control.Live
	err = client.Call(ctx, control.PathLive, control.SlotRequest{Slot: slot}, &live)
	if errors.Is(err, control.ErrUnreachable) {
		return v.host.asleep(kept), nil
	}
	if err != nil {
		return nil, fmt.Errorf("what is live in %s: %w", slot, err)
	}
	return live.Live, nil
}

// asleep is what was live when the host went down.
func (h *hosted) asleep(kept host.SlotState) *engine.Live {
	if kept.Live == nil {
		return nil
	}
	return &engine.Live{Image: kept.Live.Image, Version: kept.Live.Version, Since: kept.Live.Since,
		Detail: "the " + h.called() + " is down: it is brought back with the next run"}
}

// Repository is where the slot's images are kept.
func (v view) Repository(_ context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	if err := v.checkSlot(slot); err != nil {
		return images.Repository{}, err
	}
	if v.outside != nil {
		return v.outside.Repository(slot, what)
	}
	return v.host.look(slot, what)
}

// Look is where the stubs of a service are kept, for those who only look.
func (a *ArtifactStore) Look(_ context.Context, service string) (images.Repository, error) {
	if a.problem != nil {
		return images.Repository{}, a.problem
	}
	if err := checkName(service); err != nil {
		return images.Repository{}, err
	}
	return a.host.look(promotion.Slot{Service: service}, "")
}

// running is the directory's host; nil when there is none, or none that speaks as we do.
func (h *hosted) running() (*control.Client, error) {
	address, err := control.ReadAddress(h.dir)
	if address == nil || err != nil || address.Protocol != control.Protocol {
		return nil, err
	}
	return control.NewClient(*address), nil
}

// look is a repository without a host being started for it: over the network where one runs, else from its files.
func (h *hosted) look(slot promotion.Slot, what string) (images.Repository, error) {
	state, err := host.Peek(h.dir)
	if err != nil {
		return images.Repository{}, err
	}
	secrets, made, err := control.ReadSecrets(h.dir)
	if err != nil {
		return images.Repository{}, err
	}
	if !made || state.RegistryPort == 0 {
		return images.Repository{}, fmt.Errorf("the registry of %s: %w", h.name, engine.ErrNotYet)
	}
	at := host.RepositoryOf(state.RegistryPort, h.settings().Prefix, secrets, slot, what)
	parsed, err := name.NewRepository(at.Name, name.Insecure)
	if err != nil {
		return images.Repository{}, fmt.Errorf("repository %s: %w", at.Name, err)
	}
	repository := images.Repository{Name: parsed, Read: basic(at.Read), Write: basic(at.Write)}
	client, err := h.running()
	if client == nil && err == nil {
		repository.Transport = h.files.of(h.dir, secrets)
	}
	return repository, err
}

// disk is the way to the images of a directory without a host: always the same one, as connections are.
type disk struct {
	once sync.Once
	way  http.RoundTripper
}

func (d *disk) of(dir string, s control.Secrets) http.RoundTripper {
	d.once.Do(func() { d.way = host.Files(dir, s) })
	return d.way
}

// lookTime bounds how long one thing may take to be looked at.
const lookTime = 5 * time.Second

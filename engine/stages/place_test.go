package stages

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/images/registry"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// place is an environment with a real registry; the test decides about the rest.
type place struct {
	name     string
	registry *httptest.Server
	password string // what the environment thinks its registry's password is

	mu       sync.Mutex
	live     *engine.Live
	deployed []promotion.Digest
	deploy   func(engine.Rollout) (*engine.Live, error) // nil: what was asked for is live and healthy
	migrate  func(log io.Writer) error
	endpoint string
	removed  []promotion.Slot
}

func newPlace(t *testing.T, environment string) *place {
	t.Helper()
	r, err := registry.New(t.TempDir(), registry.Login{User: "writer", Password: "secret"}, registry.Login{User: "reader", Password: "open"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return &place{name: environment, registry: server, password: "secret"}
}

func (p *place) Name() string { return p.name }

func (p *place) Repository(_ context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	full := strings.Trim(strings.TrimPrefix(p.registry.URL, "http://")+"/"+p.name+"/"+slot.Service+"/"+what, "/")
	parsed, err := name.NewRepository(full, name.Insecure)
	return images.Repository{
		Name: parsed, Read: &authn.Basic{Username: "reader", Password: "open"}, Write: &authn.Basic{Username: "writer", Password: p.password},
	}, err
}

func (p *place) Live(context.Context, promotion.Slot) (*engine.Live, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live, nil
}

func (p *place) Migrate(_ context.Context, _ engine.Migration, log io.Writer) error {
	return p.migrate(log)
}

func (p *place) Deploy(_ context.Context, r engine.Rollout, _ io.Writer) (*engine.Live, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deployed = append(p.deployed, r.Release.Image)
	if p.deploy != nil {
		return p.deploy(r)
	}
	p.live = &engine.Live{Image: r.Release.Image, Version: r.Release.Version, Healthy: true}
	return p.live, nil
}

func (p *place) Stop(context.Context, promotion.Slot, io.Writer) error { p.live = nil; return nil }

func (p *place) Remove(_ context.Context, slot promotion.Slot, _ io.Writer) error {
	p.live, p.removed = nil, append(p.removed, slot)
	return nil
}

func (p *place) Evidence(context.Context, promotion.Slot, time.Time) (engine.Evidence, error) {
	return engine.Evidence{}, errors.New("nobody knows anything")
}

func (p *place) Endpoint(context.Context, promotion.Slot) (string, error) { return p.endpoint, nil }
func (p *place) Variables() []string                                      { return []string{"STAGE=" + p.name} }
func (p *place) Secrets() []string                                        { return nil }

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/internal/registry"
)

// Environment is one environment of the sandbox. It implements engine.Environment; its host is started when something
// is asked that needs one.
type Environment struct {
	configured config.Environment
	root       string // relative paths of the configuration start here
	host       hosted
	own        func() (json.RawMessage, error) // another platform's settings for its runtime; nil: none
	outside    *registry.Registry              // that somebody else keeps the images in; nil: the host does
}

var _ engine.Environment = (*Environment)(nil)

// Option changes how the sandbox works.
type Option func(*hosted)

// OnPlatform is an environment of another platform that needs what the sandbox's hosts keep: a registry, stable addresses,
// databases. Only what runs is the platform's; settings are what its runtime is told at each new connection.
func OnPlatform(p config.Pipeline, e config.Environment, stateDir, platform string, settings func() (json.RawMessage, error), options ...Option) (*Environment, error) {
	environment, err := New(p, e, stateDir, options...)
	if err != nil {
		return nil, err
	}
	environment.own, environment.host.platform = settings, platform
	environment.host.args = append(environment.host.args, "--platform", platform)
	return environment, nil
}

// WithLauncher starts hosts another way than from the running program.
func WithLauncher(l Launcher) Option { return func(h *hosted) { h.launch = l } }

// New is the environment as configured, kept in the state directory. Nothing is started yet.
func New(p config.Pipeline, e config.Environment, stateDir string, options ...Option) (*Environment, error) {
	if err := checkName(e.Name); err != nil {
		return nil, err
	}
	state, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, fmt.Errorf("state directory %s: %w", stateDir, err)
	}
	environment := &Environment{configured: e, root: p.Root, host: hosted{
		name: e.Name, dir: environmentDir(state, e.Name), launch: ThisProgram,
		args: []string{"--environment", e.Name, "--state", state},
	}}
	if e.Registry.Address != "" {
		environment.outside = registry.New(e.Registry, p.Root)
	}
	environment.host.settings = environment.settings
	for _, option := range options {
		option(&environment.host)
	}
	return environment, nil
}

// settings are the configuration as the host needs it.
func (e *Environment) settings() control.Settings {
	s := control.Settings{
		Prefix: e.configured.Registry.Prefix, RegistryPort: e.configured.Registry.Port,
		Ports: e.configured.Proxy, Variables: e.Variables(),
		OnPostgres: e.configured.Database.Postgres != "",
	}
	if s.Prefix == "" {
		s.Prefix = e.configured.Name
	}
	if e.outside != nil {
		place := e.outside.Place()
		s.Outside = &place
	}
	if e.own != nil {
		own, err := e.own()
		if s.Runtime = own; err != nil {
			s.Unset = err.Error()
		}
	}
	if s.OnPostgres {
		admin, err := config.Resolve(e.configured.Database.Postgres, e.root)
		if s.Postgres = admin; err != nil {
			s.Problem = err.Error()
		}
	}
	return s
}

// Name is the environment's name in the configuration.
func (e *Environment) Name() string { return e.configured.Name }

// Repository is where the environment keeps the slot's images, in a registry of its own or in its part of another one.
func (e *Environment) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	if err := e.checkSlot(slot); err != nil {
		return images.Repository{}, err
	}
	if e.outside != nil {
		return e.outside.Repository(slot, what)
	}
	return e.host.repository(ctx, control.SlotRequest{Slot: slot, What: what})
}

func (h *hosted) repository(ctx context.Context, r control.SlotRequest) (images.Repository, error) {
	var at control.Repository
	if err := h.call(ctx, control.PathRepository, r, &at); err != nil {
		return images.Repository{}, fmt.Errorf("where does %s keep the images of %s: %w", h.name, r.Slot.Service, err)
	}
	parsed, err := name.NewRepository(at.Name, name.Insecure) // plain HTTP, on loopback
	if err != nil {
		return images.Repository{}, fmt.Errorf("repository %s: %w", at.Name, err)
	}
	return images.Repository{Name: parsed, Read: basic(at.Read), Write: basic(at.Write)}, nil
}

func basic(l control.Login) authn.Authenticator {
	return &authn.Basic{Username: l.User, Password: l.Password}
}

// Live asks the service that runs in the slot. Where nothing runs, no host is started only to say so.
func (e *Environment) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	if empty, err := e.empty(slot); empty || err != nil {
		return nil, err
	}
	var live control.Live
	if err := e.host.call(ctx, control.PathLive, control.SlotRequest{Slot: slot}, &live); err != nil {
		return nil, fmt.Errorf("what is live in %s: %w", slot, err)
	}
	return live.Live, nil
}

// empty tells whether nothing runs in the whole environment, so that there is nobody to ask; or whether nothing was put
// aside there.
func (e *Environment) empty(slot promotion.Slot) (bool, error) {
	if err := e.checkSlot(slot); err != nil {
		return false, err
	}
	if slot.Aside != 0 {
		if nothing, err := e.nothingAside(slot); nothing || err != nil {
			return nothing, err
		}
	}
	if address, err := control.ReadAddress(e.host.dir); address != nil || err != nil {
		return false, err
	}
	state, err := host.Peek(e.host.dir)
	return state.Empty(), err
}

// Migrate runs the migration image as the owner of the slot's schema.
func (e *Environment) Migrate(ctx context.Context, m engine.Migration, log io.Writer) error {
	if err := e.tellOutside(ctx); err != nil {
		return err
	}
	_, err := e.stream(ctx, m.Slot, control.PathMigrate, m, log)
	return err
}

// Deploy makes the release live beside the old one, or leaves the old one as it is and says why in a *engine.Verdict.
func (e *Environment) Deploy(ctx context.Context, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	if err := e.tellOutside(ctx); err != nil {
		return nil, err
	}
	return e.stream(ctx, r.Slot, control.PathDeploy, r, log)
}

// tellOutside tells the host the credential of now for a registry that somebody else keeps: the last one may have expired.
func (e *Environment) tellOutside(ctx context.Context) error {
	if e.outside == nil {
		return nil
	}
	told, err := e.outside.Tell()
	if err != nil {
		return err
	}
	s := e.settings()
	s.Outside = told
	if err := e.host.call(ctx, control.PathConfigure, s, &struct{}{}); err != nil {
		return fmt.Errorf("configure the host of %s: %w", e.Name(), err)
	}
	return nil
}

// Stop empties the slot.
func (e *Environment) Stop(ctx context.Context, slot promotion.Slot, log io.Writer) error {
	if empty, err := e.empty(slot); err != nil || empty && !e.remembers(slot) {
		return err
	}
	_, err := e.stream(ctx, slot, control.PathStop, control.SlotRequest{Slot: slot}, log)
	return err
}

// remembers tells whether a host would bring something back in the slot: a sandbox that is down knows what was live.
func (e *Environment) remembers(slot promotion.Slot) bool {
	state, err := host.Peek(e.host.dir)
	return err != nil || state.Of(slot).Live != nil
}

// nothingAside tells whether no host knows, or would know again, what was put aside in the slot.
func (e *Environment) nothingAside(slot promotion.Slot) (bool, error) {
	state, err := host.Peek(e.host.dir)
	return state.Of(slot).Port == 0, err
}

// Remove takes away what was put aside in the slot, with its endpoint and its copy of the database.
func (e *Environment) Remove(ctx context.Context, slot promotion.Slot, log io.Writer) error {
	if slot.Aside == 0 {
		return fmt.Errorf("nothing was put aside in %s: it is stopped, not removed", slot)
	}
	if err := e.checkSlot(slot); err != nil {
		return err
	}
	if nothing, err := e.nothingAside(slot); nothing || err != nil {
		return err
	}
	_, err := e.stream(ctx, slot, control.PathRemove, control.SlotRequest{Slot: slot}, log)
	return err
}

func (e *Environment) stream(ctx context.Context, slot promotion.Slot, path string, in any, log io.Writer) (*engine.Live, error) {
	if err := e.checkSlot(slot); err != nil {
		return nil, err
	}
	var live *engine.Live
	err := e.host.with(ctx, false, func(c *control.Client) (err error) {
		live, err = c.Stream(ctx, path, in, log)
		return err
	})
	return live, err
}

// Evidence is what the host knows about the slot.
func (e *Environment) Evidence(ctx context.Context, slot promotion.Slot, since time.Time) (engine.Evidence, error) {
	var found engine.Evidence
	if err := e.checkSlot(slot); err != nil {
		return found, err
	}
	if err := e.host.call(ctx, control.PathEvidence, control.SlotRequest{Slot: slot, Since: since}, &found); err != nil {
		return found, fmt.Errorf("gather evidence in %s: %w", slot, err)
	}
	return found, nil
}

// Endpoint is the slot's stable address. It is known from the first time that somebody asks.
func (e *Environment) Endpoint(ctx context.Context, slot promotion.Slot) (string, error) {
	if err := e.checkSlot(slot); err != nil {
		return "", err
	}
	var at control.Endpoint
	if err := e.host.call(ctx, control.PathEndpoint, control.SlotRequest{Slot: slot}, &at); err != nil {
		return "", fmt.Errorf("where is %s: %w", slot, err)
	}
	return at.URL, nil
}

// Variables are the environment's own variables, in the order of their names.
func (e *Environment) Variables() []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(e.configured.Variables)) {
		all = append(all, key+"="+e.configured.Variables[key])
	}
	return all
}

// Secrets are the passwords of registry and databases, and the host's token.
func (e *Environment) Secrets() []string {
	values := e.host.secrets()
	if admin, err := config.Resolve(e.configured.Database.Postgres, e.root); err == nil {
		values = append(values, config.Passwords(admin)...)
	}
	if e.outside != nil {
		values = append(values, e.outside.Secrets()...)
	}
	return values
}

// secrets reads what the host keeps: passwords are made when they are first needed, so they are read each time.
func (h *hosted) secrets() []string {
	var values []string
	if s, _, err := control.ReadSecrets(h.dir); err == nil {
		values = s.Values()
	}
	if address, err := control.ReadAddress(h.dir); err == nil && address != nil {
		values = append(values, address.Token)
	}
	return values
}

func (e *Environment) checkSlot(slot promotion.Slot) error {
	if slot.Environment != e.configured.Name {
		return fmt.Errorf("%s was asked of %s, which knows of no other environment", slot, e.configured.Name)
	}
	if slot.Team != "" {
		if err := checkName(slot.Team); err != nil {
			return err
		}
	}
	return errors.Join(checkName(slot.Service))
}

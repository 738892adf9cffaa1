package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/database"
	outside "github.com/gantry-cd/gantry/environments/internal/registry"
)

// Configure takes what the configuration says now.
func (h *Host) Configure(_ context.Context, settings control.Settings) (struct{}, error) {
	h.placing.Lock()
	defer h.placing.Unlock()
	h.mu.Lock()
	h.postgres, h.problem = settings.Postgres, settings.Problem
	settings.Outside = h.keepOutside(settings.Outside)
	h.mu.Unlock()
	settings.Postgres, settings.Problem = "", ""
	if settings.Unset != "" {
		return struct{}{}, errors.New(settings.Unset)
	}
	if err := h.runtime.Configure(settings.Runtime); err != nil {
		return struct{}{}, err
	}
	if err := h.record(func(state *State) { state.Settings = settings }); err != nil {
		return struct{}{}, err
	}
	if port := h.registry.at(); port != 0 && (settings.RegistryPort == 0 || settings.RegistryPort == port) {
		return struct{}{}, nil
	}
	return struct{}{}, h.openRegistry(settings.RegistryPort, settings.RegistryPort != 0)
}

// keepOutside takes what is said of a registry elsewhere, and is the part of it that may be written down. Who does not say
// the credential leaves the one that is known. The caller holds mu.
func (h *Host) keepOutside(told *outside.Told) *outside.Told {
	before := h.state.Settings.Outside
	switch {
	case told == nil:
		h.outside = nil
		return nil
	case told.Auth != nil || h.outside == nil || before == nil || before.Registry != told.Registry:
		h.outside = told.Open()
	}
	return &outside.Told{Registry: told.Registry}
}

// Repository is where the slot keeps one kind of artifact: <prefix>/<team, where teams are isolated>/<service>.
func (h *Host) Repository(slot promotion.Slot, what string) (control.Repository, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.registry.at()
	if at == 0 {
		return control.Repository{}, errors.New("the registry of " + h.options.Name + " is not open")
	}
	return RepositoryOf(at, h.state.Settings.Prefix, h.secrets, slot, what), nil
}

// RepositoryOf is a slot's repository in the registry at a port.
func RepositoryOf(port int, prefix string, s control.Secrets, slot promotion.Slot, what string) control.Repository {
	path := slot.Service
	if slot.Team != "" {
		path = slot.Team + "/" + path
	}
	if what != "" {
		path += "-" + what
	}
	return control.Repository{Name: fmt.Sprintf("127.0.0.1:%d/%s/%s", port, prefix, path), Read: s.Read, Write: s.Write}
}

func (h *Host) variables() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.Settings.Variables
}

// hasOwnDatabase tells whether a database was ever made for this very slot.
func (s *slot) hasOwnDatabase() bool {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	_, made := s.host.secrets.Databases[s.key]
	return made
}

// hasDatabase tells whether a database was ever made for the slot, or for the one that it is put aside next to.
func (s *slot) hasDatabase() bool {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	_, made := s.host.secrets.Databases[keyOf(beside(s.id))]
	return made
}

// ownDatabase makes sure that the slot has a database of its own.
func (s *slot) ownDatabase(ctx context.Context) (database.Access, error) {
	h := s.host
	passwords, err := s.passwords()
	if err != nil {
		return database.Access{}, err
	}
	h.mu.Lock()
	admin, problem, onPostgres := h.postgres, h.problem, h.state.Settings.OnPostgres
	h.mu.Unlock()
	switch {
	case !onPostgres:
		return database.SQLite(s.databases(), s.key)
	case problem != "":
		return database.Access{}, fmt.Errorf("the database of %s cannot be reached: %s", s.id, problem)
	}
	return database.Postgres(ctx, admin, database.NamesOf(h.options.Name, s.key, h.secrets.Identity), passwords)
}

// passwords are the slot's own, kept before anything is made with them.
func (s *slot) passwords() (database.Passwords, error) {
	h := s.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, made := h.secrets.Databases[s.key]; made {
		return p, nil
	}
	p := database.Passwords{Owner: database.Password(), App: database.Password()}
	if h.secrets.Databases == nil {
		h.secrets.Databases = map[string]database.Passwords{}
	}
	h.secrets.Databases[s.key] = p
	return p, control.WriteFile(filepath.Join(h.options.Dir, control.SecretsName), h.secrets)
}

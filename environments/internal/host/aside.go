package host

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/database"
)

// What is put aside has all that a slot has, and none of it is anybody else's: a process, an address, a home, and a
// database, which begins as a copy of the one that it is put aside next to.

// beside is the slot that something is put aside next to.
func beside(id promotion.Slot) promotion.Slot {
	id.Aside = 0
	return id
}

// find is a slot to ask about. A question must not make what was put aside: nobody would remove it.
func (h *Host) find(id promotion.Slot) (*slot, error) {
	if id.Aside == 0 {
		return h.slot(id)
	}
	if s := h.known(id); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("nothing is left of %s", id)
}

// known is the slot if it has an address.
func (h *Host) known(id promotion.Slot) *slot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.slots[keyOf(id)]
}

// database makes sure that the slot has its database, and that what is put aside has the copy.
func (s *slot) database(ctx context.Context) (database.Access, error) {
	if s.id.Aside == 0 || s.copied() {
		return s.ownDatabase(ctx)
	}
	if err := s.dropDatabase(ctx); err != nil { // what was left half done
		return database.Access{}, err
	}
	mine, err := s.ownDatabase(ctx)
	if err != nil {
		return mine, err
	}
	if source := s.host.known(beside(s.id)); source != nil && source.hasDatabase() {
		if err := s.copyFrom(ctx, source, mine); err != nil {
			return mine, fmt.Errorf("copy the database of %s: %w", source.id, err)
		}
	}
	return mine, s.record(func(state *SlotState) { state.Copied = true })
}

// copyFrom copies what the other slot's database holds, between two operations on that one.
func (s *slot) copyFrom(ctx context.Context, source *slot, mine database.Access) error {
	ctx, give, err := source.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	h := s.host
	h.mu.Lock()
	onPostgres := h.state.Settings.OnPostgres
	h.mu.Unlock()
	if onPostgres {
		theirs, err := source.ownDatabase(ctx)
		if err != nil {
			return err
		}
		err = database.CopyPostgres(ctx, theirs, mine)
		if err != nil {
			return err
		}
	} else if err := database.CopySQLite(ctx, source.file(), s.file()); err != nil {
		return err
	}
	s.event("the database is a copy of that of %s", source.id)
	return nil
}

// copied tells whether the database of what is put aside is complete.
func (s *slot) copied() bool {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	state := s.host.state.Slots[s.key]
	return state != nil && state.Copied
}

// file is where the slot's database lies, where databases are files.
func (s *slot) file() string { return database.File(s.databases(), s.key) }

// dropDatabase removes the slot's database with its roles and their passwords.
func (s *slot) dropDatabase(ctx context.Context) error {
	h := s.host
	h.mu.Lock()
	_, made := h.secrets.Databases[s.key]
	admin, problem, onPostgres := h.postgres, h.problem, h.state.Settings.OnPostgres
	h.mu.Unlock()
	switch {
	case !made:
		return nil
	case !onPostgres:
		if err := database.DropSQLite(s.file()); err != nil {
			return fmt.Errorf("remove the database of %s: %w", s.id, err)
		}
	case problem != "":
		return fmt.Errorf("the database of %s cannot be reached: %s", s.id, problem)
	default:
		if err := database.DropPostgres(ctx, admin, database.NamesOf(h.options.Name, s.key, h.secrets.Identity)); err != nil {
			return fmt.Errorf("remove the database of %s: %w", s.id, err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.secrets.Databases, s.key)
	return control.WriteFile(filepath.Join(h.options.Dir, control.SecretsName), h.secrets)
}

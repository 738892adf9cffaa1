package host

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Remove takes away what was put aside: what runs, its database, its files and its address.
func (h *Host) Remove(ctx context.Context, id promotion.Slot, log io.Writer) error {
	if id.Aside == 0 {
		return fmt.Errorf("nothing was put aside in %s: it is stopped, not removed", id)
	}
	s := h.known(id)
	if s == nil {
		fmt.Fprintf(log, "nothing is left of %s\n", id)
		return nil
	}
	ctx, give, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	if r := s.running(); r != nil {
		if err := s.record(func(state *SlotState) { state.Live = nil }); err != nil {
			return err
		}
		s.empty(r)
		r.discard()
		fmt.Fprintf(log, "stopped %s\n", r.kept.Name)
	}
	if err := s.dropDatabase(ctx); err != nil {
		return err
	}
	for _, kind := range []string{"releases", "homes", "logs"} {
		if err := os.RemoveAll(filepath.Join(h.options.Dir, kind, s.key)); err != nil {
			return fmt.Errorf("remove the %s of %s: %w", kind, id, err)
		}
	}
	return h.forget(s, log)
}

// forget gives up the slot's address; nobody finds it afterwards.
func (h *Host) forget(s *slot, log io.Writer) error {
	if err := h.record(func(state *State) { delete(state.Slots, s.key) }); err != nil {
		return err
	}
	address := s.address()
	h.mu.Lock()
	delete(h.slots, s.key)
	h.mu.Unlock()
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	address.Close()
	fmt.Fprintf(log, "%s is gone with its database, and nobody answers at %s any more\n", s.id, address.URL())
	return nil
}

package host

import (
	"context"
	"fmt"
	"sync"

	"github.com/gantry-cd/gantry/environments/internal/control"
)

// Down stops every service, every address and the registry, and says what it stopped. The releases stay known: a host
// that is started later, because somebody asks for something, makes them live again.
func (h *Host) Down(ctx context.Context) (control.Down, error) {
	if err := h.record(func(state *State) { state.Down = true }); err != nil {
		return control.Down{}, err
	}
	h.settle()
	var stopped []string
	var mu sync.Mutex
	var stopping sync.WaitGroup
	for _, s := range h.allSlots() {
		stopping.Go(func() {
			if r := s.running(); r != nil {
				s.empty(r)
				mu.Lock()
				stopped = append(stopped, fmt.Sprintf("%s: %s", s.id, r.kept.Name))
				mu.Unlock()
			}
			s.address().Close()
		})
	}
	stopping.Wait()
	h.registry.close()
	return control.Down{Stopped: stopped}, h.leaveRuntime(ctx)
}

// end lets the process end, once.
func (h *Host) end() { h.once.Do(func() { close(h.over) }) }

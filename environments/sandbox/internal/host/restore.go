package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/internal/proc"
	"github.com/gantry-cd/gantry/environments/sandbox/internal/proxy"
)

// adoption bounds how long a service that an earlier host started may take to answer its new one.
const adoption = 5 * time.Second

// restore takes over what an earlier host left: running services are adopted, those that are gone are started again,
// everything half done is ended.
func (h *Host) restore() error {
	if err := h.record(func(state *State) { state.Down = false }); err != nil {
		return err
	}
	if h.state.RegistryPort != 0 {
		if err := h.openRegistry(h.state.RegistryPort, h.state.Settings.RegistryPort != 0); err != nil {
			return err
		}
	}
	var adopting sync.WaitGroup
	for key, kept := range h.copyOfSlots() {
		s, err := h.reopen(key, kept)
		if err != nil {
			return err
		}
		adopting.Go(func() { s.adopt(kept) })
	}
	adopting.Wait()
	if h.begins() {
		go h.rotate()
	}
	return nil
}

func (h *Host) copyOfSlots() map[string]SlotState {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]SlotState{}
	for key, kept := range h.state.Slots {
		copied := *kept
		copied.Processes = slices.Clone(kept.Processes)
		all[key] = copied
	}
	return all
}

// reopen gives a slot its old address back. When somebody else took the port meanwhile, it gets another one.
func (h *Host) reopen(key string, kept SlotState) (*slot, error) {
	l, err := proxy.Listen(kept.Port)
	moved := errors.Is(err, syscall.EADDRINUSE)
	if moved {
		l, err = proxy.Listen(0)
	}
	if err != nil {
		return nil, err
	}
	s := &slot{host: h, id: kept.Slot, key: key, turn: make(chan struct{}, 1)}
	s.proxy = proxy.Serve(l, s.nothing())
	h.mu.Lock()
	h.slots[key] = s
	h.mu.Unlock()
	if !moved {
		return s, nil
	}
	s.event("port %d was taken by another program meanwhile: %s has moved to %s", kept.Port, s.id, s.proxy.URL())
	return s, s.record(func(state *SlotState) { state.Port = s.proxy.Port() })
}

// adopt takes over what runs in the slot, and ends what should not.
func (s *slot) adopt(kept SlotState) {
	var live *release
	if kept.Live != nil {
		live = &release{slot: s, kept: *kept.Live}
	}
	for _, p := range kept.Processes {
		if live != nil && p == live.kept.Process {
			continue
		}
		end(p)
		s.gone(p)
	}
	s.sweep(live)
	if live == nil {
		return
	}
	dead := live.adopt()
	s.setRunning(live)
	if dead == nil {
		s.address().Switch(live.kept.Port)
		s.event("adopted %s, pid %d", live.kept.Name, live.kept.Process.PID)
	} else {
		live.rests(dead.Error())
	}
	live.superviseFrom(dead)
}

// adopt recognises the release's process by its start time and by what it answers; the error says why not. What is not
// recognised has been ended.
func (r *release) adopt() error {
	if !r.kept.Process.Alive() {
		end(r.kept.Process)
		r.slot.gone(r.kept.Process)
		return errors.New("it did not run when the sandbox started")
	}
	p := proc.Adopt(r.kept.Process)
	ctx, cancel := context.WithTimeout(r.slot.host.work, adoption)
	defer cancel()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		a := probe(ctx, r.kept.Port)
		if a.problem == "" && a.differs(r.kept.Version) == "" {
			r.runs(p, r.kept.Port)
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.Stop(stopGrace)
			r.slot.gone(p.Identity)
			return fmt.Errorf("pid %d did not answer the new sandbox host: %s", p.PID, a.problem+a.differs(r.kept.Version))
		}
	}
}

// end ends a process of an earlier host, if it still is that process.
func end(p proc.Identity) {
	if p.Alive() {
		proc.Adopt(p).Stop(stopGrace)
	}
}

// sweep removes the files of releases that are gone.
func (s *slot) sweep(live *release) {
	dir := filepath.Dir(s.releaseDir(0))
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if live == nil || e.Name() != strconv.Itoa(live.kept.ID) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// Sweep ends what a host that is gone left running in its directory, and says what that was. Nothing runs afterwards
// until somebody asks for something.
func Sweep(dir string) ([]string, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	h, err := open(Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	var stopped []string
	for _, kept := range h.copyOfSlots() {
		for _, p := range kept.Processes {
			if p.Alive() {
				end(p)
				stopped = append(stopped, fmt.Sprintf("%s: pid %d, which a host that is gone had left", kept.Slot, p.PID))
			}
		}
	}
	return stopped, h.record(func(state *State) {
		state.Down = true
		for _, slot := range state.Slots {
			slot.Processes = nil
		}
	})
}

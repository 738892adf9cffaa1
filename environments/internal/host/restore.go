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

	"github.com/gantry-cd/gantry/environments/internal/proxy"
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
	h.sweepStrays()
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
		s.setRunning(live)
	}
	if err := s.tidy(s.host.work); err != nil {
		s.event("%v", err)
	}
	s.sweep(live)
	if live == nil {
		return
	}
	dead := live.adopt()
	switch {
	case dead == nil:
		s.address().Switch(live.kept.Address)
		s.event("adopted %s, %s", live.kept.Name, live.kept.Process)
	case isLost(dead):
		live.loses(dead)
		s.address().Switch(live.kept.Address)
	default:
		live.rests(dead.Error())
	}
	live.superviseFrom(dead)
}

// adopt recognises the release's process by its identity and by what it answers; the error says why not. What is not
// recognised has been ended.
func (r *release) adopt() error {
	ctx, cancel := context.WithTimeout(r.slot.host.work, adoption)
	defer cancel()
	p, err := r.slot.host.runtime.Find(ctx, r.kept.Process, r.kept.Address, r.logFile())
	if err != nil {
		return &lost{err}
	}
	if p == nil {
		if r.slot.host.runtime.End(ctx, r.kept.Process) == nil {
			r.slot.gone(r.kept.Process)
		}
		return errors.New("it did not run when its host started")
	}
	if err := r.slot.reopenInside(ctx); err != nil {
		r.slot.event("%v", err)
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		a, err := ask(ctx, p)
		if err != nil {
			return &lost{err}
		}
		if a.problem == "" && a.differs(r.kept.Version) == "" {
			r.runs(p)
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.slot.end(p)
			return fmt.Errorf("%s did not answer its new host: %s", p.Identity(), a.problem+a.differs(r.kept.Version))
		}
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
func Sweep(ctx context.Context, dir, name string, runtimes Runtimes) ([]string, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	h, err := open(Options{Dir: dir, Name: name, Runtimes: runtimes})
	if err != nil {
		return nil, err
	}
	var stopped []string
	for _, kept := range h.copyOfSlots() {
		for _, p := range kept.Processes {
			found, err := h.runtime.Find(ctx, p, "", "")
			if err != nil {
				return stopped, err
			}
			if found != nil {
				stopped = append(stopped, fmt.Sprintf("%s: %s, which a host that is gone had left", kept.Slot, p))
			}
			if err := h.runtime.End(ctx, p); err != nil {
				return stopped, err
			}
		}
	}
	if err := h.leaveRuntime(ctx); err != nil {
		return stopped, err
	}
	return stopped, h.record(func(state *State) {
		state.Down = true
		for _, slot := range state.Slots {
			slot.Processes = nil
		}
	})
}

// leaveRuntime ends the strays, and removes what belongs to the environment as such.
func (h *Host) leaveRuntime(ctx context.Context) error {
	if _, err := h.runtime.Sweep(ctx, nil); err != nil {
		return err
	}
	h.mu.Lock()
	repositories := fmt.Sprintf("127.0.0.1:%d/%s/", h.state.RegistryPort, h.state.Settings.Prefix)
	h.mu.Unlock()
	return h.runtime.Leave(ctx, repositories)
}

// sweepStrays ends what an earlier host has started and had no time to note. What cannot be ended now stays until the
// next host, or until the environment is taken down.
func (h *Host) sweepStrays() {
	var keep []Identity
	for _, kept := range h.copyOfSlots() {
		keep = append(keep, kept.Processes...)
	}
	_, _ = h.runtime.Sweep(h.work, keep)
}

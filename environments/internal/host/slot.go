package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// slot is where one service runs: a stable address and at most one live release.
type slot struct {
	host  *Host
	id    promotion.Slot
	key   string
	turn  chan struct{} // holds one token: one operation changes a slot at a time
	proxy *proxy.Proxy  // replaced only with the host's mu held

	mu      sync.Mutex
	live    *release // nil: nothing
	removed bool     // it was put aside, and is gone
}

// keyOf names a slot in files and in the state. Names hold no dots, so no two slots share a key.
func keyOf(id promotion.Slot) string {
	key := id.Service
	if id.Team != "" {
		key = id.Team + "." + key
	}
	if id.Aside != 0 {
		key = fmt.Sprintf("aside.%d.%s", id.Aside, key)
	}
	return key
}

// slot finds the slot, or gives it an address: it need not have anything deployed. A port that the configuration pins
// since moves it.
func (h *Host) slot(id promotion.Slot) (*slot, error) {
	if id.Environment != h.options.Name {
		return nil, fmt.Errorf("%s was asked of the host of %s", id, h.options.Name)
	}
	h.placing.Lock() // two askers place a slot once
	defer h.placing.Unlock()
	h.mu.Lock()
	pinned := h.pinned(id)
	s := h.slots[keyOf(id)]
	h.mu.Unlock()
	if s != nil && (pinned == 0 || s.address().Port() == pinned) {
		return s, nil
	}
	return h.place(id, pinned)
}

// pinned is the port that the configuration pins for the slot; 0 when it pins none. A pin speaks of a service: the first
// of its slots has it. The caller holds mu.
func (h *Host) pinned(id promotion.Slot) int {
	port := h.state.Settings.Ports[id.Service]
	if id.Aside != 0 {
		return 0
	}
	for key, other := range h.slots {
		if key != keyOf(id) && other.id.Service == id.Service && other.proxy.Port() == port {
			return 0
		}
	}
	return port
}

// place gives a slot an address. The caller holds placing.
func (h *Host) place(id promotion.Slot, port int) (*slot, error) {
	l, err := listen(id, port)
	if err != nil {
		return nil, err
	}
	key := keyOf(id)
	if err := h.record(func(state *State) {
		if state.Slots[key] == nil {
			state.Slots[key] = &SlotState{Slot: id}
		}
		state.Slots[key].Port = proxy.PortOf(l)
	}); err != nil {
		_ = l.Close()
		return nil, err
	}
	h.mu.Lock()
	s := h.slots[key]
	if s == nil {
		s = &slot{host: h, id: id, key: key, turn: make(chan struct{}, 1)}
		h.slots[key] = s
	}
	before := s.proxy
	s.proxy = proxy.Serve(l, s.nothing())
	h.mu.Unlock()
	if before != nil {
		s.readdress()
		before.Close()
	}
	return s, nil
}

func listen(id promotion.Slot, port int) (net.Listener, error) {
	l, err := proxy.Listen(port)
	if port != 0 && errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d, which the configuration pins for %s, is taken by another program: end that program, or pin another port", port, id)
	}
	return l, err
}

// readdress points a new proxy at what runs.
func (s *slot) readdress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		return
	}
	if at, running := s.live.address(); running {
		s.address().Switch(at)
	}
}

// address is the slot's proxy.
func (s *slot) address() *proxy.Proxy {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	return s.proxy
}

func (s *slot) nothing() string { return fmt.Sprintf("nothing is live in %s", s.id) }

// take waits for the slot's turn. The context that it returns ends with the operation's own or with the host.
func (s *slot) take(ctx context.Context) (context.Context, func(), error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.host.work, func() { cancel(errStopping) })
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		stop()
		return nil, nil, fmt.Errorf("wait for the operation under way in %s: %w", s.id, context.Cause(ctx))
	}
	give := func() {
		stop()
		cancel(nil)
		<-s.turn
	}
	if s.isRemoved() {
		give()
		return nil, nil, fmt.Errorf("%s was removed meanwhile", s.id)
	}
	if !s.host.begins() {
		give()
		return nil, nil, errStopping
	}
	done := func() { give(); s.host.helpers.Done() }
	if err := s.tidy(ctx); err != nil {
		done()
		return nil, nil, err
	}
	return ctx, done, nil
}

// running is the live release; nil when there is none.
func (s *slot) running() *release {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

func (s *slot) setRunning(r *release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = r
}

// event remembers what happened.
func (s *slot) event(format string, args ...any) {
	e := Event{At: time.Now(), Text: s.host.redact(fmt.Sprintf(format, args...))}
	_ = s.record(func(state *SlotState) { // what cannot be kept is no reason to stop: the next record tells
		state.Events = append(state.Events, e)
		state.Events = state.Events[max(0, len(state.Events)-maxEvents):]
	})
}

func (s *slot) record(change func(*SlotState)) error {
	return s.host.record(func(state *State) {
		if known := state.Slots[s.key]; known != nil { // else it is removed, and there is nothing to tell
			change(known)
		}
	})
}

// isRemoved tells whether the slot was put aside and is gone.
func (s *slot) isRemoved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removed
}

// began and gone keep the list of processes that a next host must find.
func (s *slot) began(p Identity) error {
	return s.record(func(state *SlotState) { state.Processes = append(state.Processes, p) })
}

func (s *slot) gone(p Identity) {
	_ = s.record(func(state *SlotState) {
		state.Processes = slices.DeleteFunc(state.Processes, func(other Identity) bool { return other == p })
	})
}

// end ends what was started, and tells whether it is gone. What cannot be ended now is ended before the slot's next
// operation.
func (s *slot) end(p Process) bool {
	if err := p.Stop(stopGrace); err != nil {
		s.event("%s could not be ended, and will be later: %v", p.Identity(), err)
		return false
	}
	s.gone(p.Identity())
	return true
}

// tidy ends what could not be ended before.
func (s *slot) tidy(ctx context.Context) error {
	var live Identity
	if r := s.running(); r != nil {
		kept, _ := r.snapshot()
		live = kept.Process
	}
	s.host.mu.Lock()
	var left []Identity
	if known := s.host.state.Slots[s.key]; known != nil {
		left = slices.Clone(known.Processes)
	}
	s.host.mu.Unlock()
	for _, i := range left {
		if i == live {
			continue
		}
		if err := s.host.runtime.End(ctx, i); err != nil {
			return fmt.Errorf("end what an operation before has left in %s: %w", s.id, err)
		}
		s.gone(i)
	}
	return nil
}

// release lets go of the slot; what runs in it goes on.
func (s *slot) release() {
	if r := s.running(); r != nil {
		r.unsupervise()
	}
	s.address().Close()
}

// inside is the slot's address as the environment's programs reach it, and keeps it open for them.
func (s *slot) inside(ctx context.Context) (string, error) {
	at, err := s.host.runtime.Inside(ctx)
	if err != nil {
		return "", err
	}
	if at.Host == "" {
		return s.address().URL(), nil
	}
	if at.Listen != "" {
		network, err := netip.ParsePrefix(at.From)
		if err == nil {
			err = s.address().Also(at.Listen, network)
		}
		if err != nil {
			return "", fmt.Errorf("what runs in %s cannot reach %s: %w", s.id.Environment, s.id, err)
		}
	}
	return "http://" + net.JoinHostPort(at.Host, strconv.Itoa(s.address().Port())), s.record(func(state *SlotState) { state.Inside = true })
}

// reachable sees that what the environment's programs are told answers them.
func (s *slot) reachable(ctx context.Context) error {
	for _, other := range s.host.allSlots() {
		if err := other.reopenInside(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reopenInside opens the slot's address again for the environment's programs, if they were ever told of it.
func (s *slot) reopenInside(ctx context.Context) error {
	s.host.mu.Lock()
	known := s.host.state.Slots[s.key]
	told := known != nil && known.Inside
	s.host.mu.Unlock()
	if !told {
		return nil
	}
	_, err := s.inside(ctx)
	return err
}

// dataDir is the directory of the slot's database as far as a program gets to see it; "" when it does not, or where there is none.
func (s *slot) dataDir() string {
	s.host.mu.Lock()
	onPostgres := s.host.state.Settings.OnPostgres
	s.host.mu.Unlock()
	if onPostgres || !s.host.runtime.SharesData() || !s.hasOwnDatabase() {
		return ""
	}
	return s.databases()
}

// allSlots are the slots in the order of their keys.
func (h *Host) allSlots() []*slot {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*slot
	for _, key := range slices.Sorted(maps.Keys(h.slots)) {
		all = append(all, h.slots[key])
	}
	return all
}

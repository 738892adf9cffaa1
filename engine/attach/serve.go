package attach

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

// farewell is how long requests under way may take to end when the engine closes.
const farewell = 2 * time.Second

// Serving is how an engine serves whoever attaches.
type Serving struct {
	State string
	About About
	Wants Wants // what is wanted though nobody looks on
	// Idle is after how long without anybody who looks on, and with nothing under way, the engine leaves; 0: never.
	Idle time.Duration
	Say  func(text string)
}

// host is an engine that others attach to.
type host struct {
	Holder
	serving Serving
	who     *register

	mu      sync.Mutex
	asking  int           // requests under way
	leaving Departure     // "" while it does not
	leave   chan struct{} // closed when it is to leave
	closed  bool          // whoever asks for something is to ask the next engine
}

// Departure is how an engine leaves.
type Departure string

// The ways to leave.
const (
	WhenIdle  Departure = "idle"    // only if nothing is under way
	Drained   Departure = "drained" // as soon as the stages under way have ended
	AtOnce    Departure = "now"     // what runs is broken off, and tried again by the next engine
	Succeeded Departure = "handed"  // as Drained, and another engine follows at once
)

// Serve lets others work with an engine until it has nothing to do for a while, is asked to leave, or ctx ends; then it closes
// the engine. The caller holds the lock of the state directory.
func Serve(ctx context.Context, e Holder, s Serving) error {
	entrance, err := openDoor(s.State)
	if err != nil {
		return errors.Join(fmt.Errorf("let others attach to the engine of %s: %w", s.State, err), e.Close())
	}
	s.About.API = API
	h := &host{Holder: e, serving: s, who: newRegister(), leave: make(chan struct{})}
	h.wanted()
	goodbye, farewells := context.WithCancel(context.Background())
	server := &http.Server{Handler: h.routes(goodbye), ReadHeaderTimeout: 5 * time.Second}
	entrance.serve(server)
	standing, fall := context.WithCancel(context.Background())
	entrance.served.Go(func() { entrance.stands(standing) })
	h.stay(ctx)
	h.end()
	fall()
	server.RegisterOnShutdown(farewells) // when nobody can come any more
	ending, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if server.Shutdown(ending) != nil {
		_ = server.Close()
	}
	entrance.served.Wait()
	return e.Close()
}

// end prepares the engine's end as it was asked for. An interruption lets the stages under way end, a second one does not.
func (h *host) end() {
	h.mu.Lock()
	how := h.leaving
	h.mu.Unlock()
	if how != AtOnce && how != WhenIdle {
		if busy := h.Busy(); busy != "" {
			h.serving.Say(busy + ": the stages under way end first; ctrl+c leaves at once")
		}
		_ = h.Drain(context.Background())
	}
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
}

// stay returns when the engine is to leave.
func (h *host) stay(ctx context.Context) {
	changed := h.Watch(ctx)
	var idle <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.leave:
			return
		case _, open := <-changed:
			if !open {
				return
			}
		case <-idle:
			if h.Rests() && h.departs(WhenIdle) == "" {
				return
			}
			idle = nil
		}
		switch rests := h.serving.Idle > 0 && len(h.who.callers()) == 0 && h.Rests(); {
		case !rests:
			idle = nil
		case idle == nil:
			idle = time.After(h.serving.Idle)
		}
	}
}

// follows tells whether another engine was said to follow this one.
func (h *host) follows() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leaving == Succeeded
}

// lookOn says which programs an engine does not leave alone.
func lookOn(programs []string) string {
	switch len(programs) {
	case 0:
		return "a command is being answered"
	case 1:
		return programs[0] + " looks on"
	}
	return strings.Join(programs, " and ") + " look on"
}

// departs lets the engine leave, or says why not.
func (h *host) departs(how Departure) (why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if how == WhenIdle {
		switch {
		case h.Busy() != "":
			return h.Busy()
		case h.asking > 0 || len(h.who.callers()) > 0:
			return lookOn(h.who.names())
		}
		h.closed = true
	}
	if h.leaving == "" {
		close(h.leave)
	}
	h.leaving = how
	return ""
}

// enters lets a request in, unless the engine is about to leave: whoever asks finds the next one then.
func (h *host) enters() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.asking++
	}
	return !h.closed
}

func (h *host) left() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asking--
}

// join notes that somebody looks on, and does what is wanted by it, until leave is called.
func (h *host) join(c Caller) (leave func()) {
	forget := h.who.join(c)
	h.wanted()
	return func() {
		forget()
		h.wanted()
	}
}

// wanted goes on with what is unfinished, and follows merges, as those want it who look on.
func (h *host) wanted() {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := append(h.who.callers(), Caller{Wants: h.serving.Wants})
	if slices.ContainsFunc(all, func(c Caller) bool { return c.Wants != Nothing }) {
		h.Wake()
	}
	h.FollowMerges(slices.ContainsFunc(all, func(c Caller) bool { return c.Wants == Merges }))
}

// Watch delivers the engine's snapshots, with who is present.
func (h *host) Watch(ctx context.Context) <-chan engine.Snapshot {
	return h.who.over(ctx, h.Holder.Watch(ctx))
}

// Heard is when the engine last gave a sign of life.
func (h *host) Heard() time.Time {
	if e, tells := h.Holder.(engine.Heard); tells {
		return e.Heard()
	}
	return time.Now()
}

package attach

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
)

// register is who works with an engine: who looks on, and what everybody asked for last.
type register struct {
	mu      sync.Mutex
	known   map[string]*engine.Presence
	changed map[chan struct{}]bool // those who want to know of changes
}

func newRegister() *register {
	return &register{known: map[string]*engine.Presence{}, changed: map[chan struct{}]bool{}}
}

// change changes what is known of an operator, and tells everybody.
func (r *register) change(operator string, change func(*engine.Presence)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.known[operator]
	if p == nil {
		p = &engine.Presence{Operator: operator}
		r.known[operator] = p
	}
	change(p)
	if len(p.Programs) == 0 && p.Asked == "" {
		delete(r.known, operator)
	}
	for wake := range r.changed {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// join notes that a program of an operator looks on, until leave is called.
func (r *register) join(c Caller) (leave func()) {
	r.change(c.Operator, func(p *engine.Presence) { p.Programs = append(p.Programs, c.Program) })
	return func() {
		r.change(c.Operator, func(p *engine.Presence) {
			if at := slices.Index(p.Programs, c.Program); at >= 0 {
				p.Programs = slices.Delete(p.Programs, at, at+1)
			}
		})
	}
}

// asked notes what an operator has asked for.
func (r *register) asked(operator, what string, now time.Time) {
	r.change(operator, func(p *engine.Presence) { p.Asked, p.At = what, now })
}

// present are copies of all that is known, in the order of the operators' names.
func (r *register) present() []engine.Presence {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]engine.Presence, 0, len(r.known))
	for _, p := range r.known {
		seen := *p
		seen.Programs = slices.Clone(p.Programs)
		all = append(all, seen)
	}
	slices.SortFunc(all, func(a, b engine.Presence) int { return strings.Compare(a.Operator, b.Operator) })
	return all
}

// programs are those that look on now, each once.
func (r *register) programs() []string {
	var all []string
	for _, p := range r.present() {
		all = append(all, p.Programs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// over adds who is present to an engine's snapshots, and sends the newest again when that changes.
func (r *register) over(ctx context.Context, snapshots <-chan engine.Snapshot) <-chan engine.Snapshot {
	out, wake := make(chan engine.Snapshot), make(chan struct{}, 1)
	r.mu.Lock()
	r.changed[wake] = true
	r.mu.Unlock()
	go func() {
		defer close(out)
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.changed, wake)
		}()
		var last engine.Snapshot
		var ready chan<- engine.Snapshot // out, while there is something to send
		for known := false; ; {
			select {
			case s, open := <-snapshots:
				if !open {
					return
				}
				last, known = s, true
			case <-wake:
			case ready <- last:
				ready = nil
				continue
			case <-ctx.Done():
				return
			}
			if known {
				last.Present, ready = r.present(), out
			}
		}
	}()
	return out
}

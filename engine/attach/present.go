package attach

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/gantry-cd/gantry/engine"
)

// register is who looks on. What everybody asked for last the engine knows from its journal.
type register struct {
	mu       sync.Mutex
	programs []Caller
	changed  map[chan struct{}]bool // those who want to know of changes
}

func newRegister() *register { return &register{changed: map[chan struct{}]bool{}} }

// change changes who looks on, and tells everybody.
func (r *register) change(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	for wake := range r.changed {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// join notes that a program of an operator looks on, until leave is called.
func (r *register) join(c Caller) (leave func()) {
	r.change(func() { r.programs = append(r.programs, c) })
	return func() {
		r.change(func() {
			if at := slices.Index(r.programs, c); at >= 0 {
				r.programs = slices.Delete(r.programs, at, at+1)
			}
		})
	}
}

// present adds who looks on to what people asked for last, in the order of the operators' names.
func (r *register) present(asked []engine.Presence) []engine.Presence {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]engine.Presence, 0, len(asked)+len(r.programs))
	for _, p := range asked {
		p.Programs = nil
		all = append(all, p)
	}
	for _, c := range r.programs {
		at := slices.IndexFunc(all, func(p engine.Presence) bool { return p.Operator == c.Operator })
		if at < 0 {
			at, all = len(all), append(all, engine.Presence{Operator: c.Operator})
		}
		all[at].Programs = append(all[at].Programs, c.Program)
	}
	slices.SortFunc(all, func(a, b engine.Presence) int { return strings.Compare(a.Operator, b.Operator) })
	return all
}

// callers are those who look on now.
func (r *register) callers() []Caller {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.programs)
}

// names are the programs that look on now, each once.
func (r *register) names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, c := range r.programs {
		all = append(all, c.Program)
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
		var asked []engine.Presence
		var ready chan<- engine.Snapshot // out, while there is something to send
		for known := false; ; {
			select {
			case s, open := <-snapshots:
				if !open {
					return
				}
				last, asked, known = s, s.Present, true
			case <-wake:
			case ready <- last:
				ready = nil
				continue
			case <-ctx.Done():
				return
			}
			if known {
				last.Present, ready = r.present(asked), out
			}
		}
	}()
	return out
}

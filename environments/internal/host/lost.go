package host

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lost says that nobody knows how a release goes on: whoever runs it does not answer. It is neither dead nor alive.
type lost struct{ why error }

func (l *lost) Error() string { return l.why.Error() }

func (l *lost) Unwrap() error { return l.why }

func isLost(err error) bool {
	var l *lost
	return errors.As(err, &l)
}

const (
	// firstCall and lastCall bound the pause before a runtime that does not answer is asked again; it doubles in between.
	firstCall = 100 * time.Millisecond
	lastCall  = 3 * time.Second
)

// rejoin asks for the release until somebody knows: nil when it still runs, and else how it has ended. Meanwhile its
// address stays with it: who runs it may be gone without it.
func (r *release) rejoin(ctx context.Context, why error) error {
	r.loses(why)
	r.slot.event("nobody knows how %s goes on: %v", r.kept.Name, why)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for pause := firstCall; ; pause = min(2*pause, lastCall) {
		select {
		case <-ctx.Done():
			return why
		case <-timer.C:
		}
		kept, _ := r.snapshot()
		p, err := r.slot.host.runtime.Find(ctx, kept.Process, kept.Address, r.logFile())
		switch {
		case err != nil:
			r.loses(err)
			timer.Reset(pause)
			continue
		case p == nil:
			r.rests("it is started again")
			return fmt.Errorf("it has ended meanwhile: %w", why)
		}
		r.runs(p)
		r.slot.address().Switch(p.Address())
		r.slot.event("found %s again, %s", r.kept.Name, p.Identity())
		return nil
	}
}

// loses notes that nobody knows how the release goes on.
func (r *release) loses(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.lost = nil, why
	r.waits = r.slot.host.redact(why.Error())
}

// ask asks the release that runs for its health. An error says that nobody knows.
func (r *release) ask(ctx context.Context) (answer, error) {
	r.mu.Lock()
	p := r.process
	r.mu.Unlock()
	if p == nil {
		return answer{problem: "it has just ended"}, r.lostFor()
	}
	return ask(ctx, p)
}

// lostFor is why nobody knows how the release goes on; nil when somebody does.
func (r *release) lostFor() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

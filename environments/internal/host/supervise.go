package host

import (
	"context"
	"fmt"
	"io"
	"time"
)

const (
	// firstBackoff and lastBackoff bound the pause before a dead service is started again; it doubles in between.
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 30 * time.Second
	// settled is how long a service must have run for its next death to count as the first.
	settled = time.Minute
)

// superviseFrom watches the live release from now on. dead says why it must be started first; nil: it runs.
func (r *release) superviseFrom(dead error) {
	ctx, cancel := context.WithCancel(r.slot.host.work)
	r.cancel, r.done = cancel, make(chan struct{})
	go r.supervise(ctx, dead)
}

// unsupervise ends the supervision; the release's process, if it has one, goes on.
func (r *release) unsupervise() {
	if r.cancel != nil {
		r.cancel()
		<-r.done
	}
}

func (r *release) supervise(ctx context.Context, dead error) {
	defer close(r.done)
	pause := firstBackoff
	if dead != nil {
		pause = 0 // a host that starts has nothing to hold back
	}
	for {
		if dead == nil {
			began := time.Now()
			if dead = r.watch(ctx); dead == nil {
				return
			}
			if time.Since(began) > settled {
				pause = firstBackoff
			}
		}
		if isLost(dead) {
			if dead = r.rejoin(ctx, dead); dead == nil && ctx.Err() == nil {
				continue
			}
		}
		if !r.rest(ctx, dead, pause) {
			return
		}
		pause = max(firstBackoff, min(2*pause, lastBackoff))
		if dead = r.again(ctx); dead != nil && ctx.Err() != nil {
			return
		}
	}
}

// watch waits for the process to end and says how it did; nil when the supervision ended first.
func (r *release) watch(ctx context.Context) error {
	r.mu.Lock()
	p := r.process
	r.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil
	case <-p.Done():
	}
	if err := p.Lost(); err != nil {
		return &lost{err}
	}
	how, _ := p.Exit()
	r.slot.end(p)
	return fmt.Errorf("%s ended: %s%s", p.Identity(), how, quoted(meaningful(lastOf(r.logFile(), lastBytes))))
}

// rest tells everybody why the release does not run, and pauses; false when the supervision ended.
func (r *release) rest(ctx context.Context, dead error, pause time.Duration) bool {
	why := r.slot.host.redact(fmt.Sprintf("%s is down and starts again: %v", r.kept.Name, dead))
	r.rests(why)
	r.slot.address().Clear(why)
	r.slot.event("%s", why)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// again starts the release again and switches its address to it.
func (r *release) again(ctx context.Context) error {
	if err := r.slot.tidy(ctx); err != nil {
		return err
	}
	if err := r.start(ctx, io.Discard); err != nil {
		return err
	}
	kept, _ := r.snapshot()
	if err := r.slot.record(func(state *SlotState) { state.Live = &kept }); err != nil {
		r.stop()
		return err
	}
	r.slot.address().Switch(kept.Address)
	r.slot.event("%s is live again", kept.Name)
	return nil
}

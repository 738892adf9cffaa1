package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/sandbox/internal/proc"
	"github.com/gantry-cd/gantry/environments/sandbox/internal/proxy"
)

const (
	// stopGrace is how long a service may take to end after SIGTERM.
	stopGrace = 5 * time.Second
	// portTries is how often a start is repeated because somebody else took the port it was given.
	portTries = 3
)

// release is a release in a slot: what is kept of it, and its process.
type release struct {
	slot *slot
	kept Kept // Process and Port are guarded by mu, the rest never changes

	mu      sync.Mutex
	process *proc.Process // nil before the first start and between two
	waits   string        // why it does not run just now; "" while it does

	cancel context.CancelFunc // of its supervisor
	done   chan struct{}
}

// unfit says that a release was tried and is not good.
type unfit struct{ why string }

func (u *unfit) Error() string { return u.why }

// start starts the release on a free port and waits until it is healthy. An *unfit says that it is not good; after any
// error nothing of it runs.
func (r *release) start(ctx context.Context, log io.Writer) error {
	for try := 1; ; try++ {
		port, err := proxy.FreePort()
		if err != nil {
			return err
		}
		err = r.startOn(ctx, port, log)
		if err == nil || ctx.Err() != nil || try == portTries || proxy.Free(port) {
			return err
		}
		fmt.Fprintf(log, "port %d was taken by another program meanwhile, trying another\n", port)
	}
}

func (r *release) startOn(ctx context.Context, port int, log io.Writer) error {
	out, err := os.OpenFile(r.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the service's log: %w", err)
	}
	tail := tailFrom(out)
	defer tail.close()
	// The file itself is handed over, not a pipe: the service must not notice when this host dies.
	p, err := proc.Start(proc.Spec{Path: r.kept.Path, Args: r.kept.Args, Dir: r.kept.Dir, Env: slices.Concat(r.kept.Env, []string{"PORT=" + strconv.Itoa(port)}), Output: out})
	_ = out.Close()
	if err != nil {
		return &unfit{fmt.Sprintf("could not be started: %v", err)}
	}
	if err := r.slot.began(p.Identity); err != nil {
		p.Stop(0)
		return err
	}
	fmt.Fprintf(log, "started %s as pid %d on port %d\n", r.kept.Name, p.PID, port)
	r.slot.event("started %s as pid %d on port %d", r.kept.Name, p.PID, port)
	if err := r.untilHealthy(ctx, p, port, log, tail); err != nil {
		p.Stop(stopGrace)
		tail.copy(log)
		r.slot.gone(p.Identity)
		return err
	}
	r.slot.event("%s is healthy", r.kept.Name)
	r.runs(p, port)
	return nil
}

// runs notes where the release runs now.
func (r *release) runs(p *proc.Process, port int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.kept.Port, r.kept.Process, r.waits = p, port, p.Identity, ""
}

// rests notes why the release does not run just now.
func (r *release) rests(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.waits = nil, why
}

// address is the port that the release answers on, and whether it runs.
func (r *release) address() (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept.Port, r.process != nil
}

// snapshot is what is kept of it now, and why it does not run.
func (r *release) snapshot() (Kept, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept, r.waits
}

// stop ends the release's process and everything that it started.
func (r *release) stop() {
	r.mu.Lock()
	p := r.process
	r.process = nil
	r.mu.Unlock()
	if p == nil {
		return
	}
	p.Stop(stopGrace)
	how, _ := p.Exit()
	r.slot.event("stopped %s, pid %d: %s", r.kept.Name, p.PID, how)
	r.slot.gone(p.Identity)
}

// discard removes what the release has on disk, its log aside.
func (r *release) discard() {
	if err := os.RemoveAll(r.slot.releaseDir(r.kept.ID)); err != nil {
		r.slot.event("the files of %s could not be removed: %v", r.kept.Name, err)
	}
}

func (r *release) logFile() string { return r.slot.logFile(r.kept.ID) }

// nameOf is how people call a release, with its digest.
func nameOf(r promotion.Release) string {
	name := r.Name()
	if name == "" {
		return r.Image.Short()
	}
	return fmt.Sprintf("%s (%s)", name, r.Image.Short())
}

// isUnfit tells a negative verdict from an accident.
func isUnfit(err error) bool {
	var u *unfit
	return errors.As(err, &u)
}

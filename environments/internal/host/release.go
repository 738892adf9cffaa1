package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
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
	kept Kept // Process and Address are guarded by mu, the rest never changes

	mu      sync.Mutex
	process Process // nil before the first start and between two
	waits   string  // why it does not run just now; "" while it does
	lost    error   // why nobody knows whether it does

	cancel context.CancelFunc // of its supervisor
	done   chan struct{}
}

// start starts the release and waits until it is healthy. An *Unfit says that it is not good; after any
// error nothing of it runs.
func (r *release) start(ctx context.Context, log io.Writer) error {
	if err := r.slot.reachable(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		address, err := r.startOnce(ctx, log)
		if !isUnfit(err) || ctx.Err() != nil || try == portTries || address == "" || free(address) {
			return err
		}
		fmt.Fprintf(log, "%s was taken by another program meanwhile, trying another port\n", address)
	}
}

// free tells whether nobody listens at an address that a release was to answer at, and which it has left.
func free(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		_ = connection.Close()
	}
	return err != nil
}

// startOnce starts the release once, and says at which address it was to answer.
func (r *release) startOnce(ctx context.Context, log io.Writer) (string, error) {
	tail := tailFrom(r.logFile())
	defer tail.close()
	from, err := r.slot.repository("")
	if err != nil {
		return "", err
	}
	p, err := r.slot.host.runtime.Start(ctx, Start{Program: r.kept.Program, Image: Image{r.kept.Image, from}, Slot: r.slot.key, Kind: "service",
		ID: r.kept.ID, Env: r.kept.Env, Listen: true, Log: r.logFile(), Data: r.slot.dataDir()})
	if err != nil {
		return "", err
	}
	if err := r.slot.began(p.Identity()); err != nil {
		_ = p.Stop(0)
		return "", err
	}
	fmt.Fprintf(log, "started %s as %s at %s\n", r.kept.Name, p.Identity(), p.Address())
	r.slot.event("started %s as %s at %s", r.kept.Name, p.Identity(), p.Address())
	if err := r.untilHealthy(ctx, p, log, tail); err != nil {
		r.slot.end(p)
		tail.copy(log)
		return p.Address(), err
	}
	r.slot.event("%s is healthy", r.kept.Name)
	r.runs(p)
	return p.Address(), nil
}

// runs notes where the release runs now.
func (r *release) runs(p Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.kept.Address, r.kept.Process, r.waits = p, p.Address(), p.Identity(), ""
	r.lost = nil
}

// rests notes why the release does not run just now.
func (r *release) rests(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.waits, r.lost = nil, why, nil
}

// address is where the release answers, and whether it runs.
func (r *release) address() (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept.Address, r.process != nil
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
	if !r.slot.end(p) {
		return
	}
	how, _ := p.Exit()
	r.slot.event("stopped %s, %s: %s", r.kept.Name, p.Identity(), how)
}

// discard removes what the release has on disk, its log aside.
func (r *release) discard() {
	r.slot.host.runtime.Discard(context.WithoutCancel(r.slot.host.work), r.kept.Program)
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
	var u *Unfit
	return errors.As(err, &u)
}

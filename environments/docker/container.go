package docker

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/environments/internal/host"
)

// process is a container that was started.
type process struct {
	runtime *runtime
	client  *client.Client
	id      string
	address string
	judged  bool // its image brings a check of its health

	ending sync.Once
	asked  chan struct{} // closed once we end it ourselves
	done   chan struct{}
	cancel context.CancelFunc // of whoever waits for it and reads its log
	lost   error              // these after done
	how    string
	code   int
}

// follow watches a container, and reads what it writes from a moment on; "" is from its beginning.
func (r *runtime) follow(ctx context.Context, id string, out output, since string) (*process, error) {
	c, s, err := r.daemon()
	if err != nil {
		return nil, err
	}
	found, err := c.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, r.unanswered("look at the container "+id[:12], err)
	}
	p := &process{runtime: r, client: c, id: id, asked: make(chan struct{}), done: make(chan struct{}), address: addressOf(found.Container, s)}
	if check := found.Container.Config.Healthcheck; check != nil && len(check.Test) > 0 && check.Test[0] != "NONE" {
		p.judged = true
	}
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	written := make(chan struct{})
	go func() {
		defer close(written)
		r.copyLog(watching, c, id, out, since)
	}()
	go p.wait(watching, written)
	return p, nil
}

// addressOf is where a service's container was published.
func addressOf(found container.InspectResponse, s Settings) string {
	if found.NetworkSettings == nil {
		return ""
	}
	for inner, bindings := range found.NetworkSettings.Ports {
		if len(bindings) > 0 && inner.Port() == port {
			return net.JoinHostPort(s.Published(), bindings[0].HostPort)
		}
	}
	return ""
}

// lastWords bounds how long a container's log may take to be read once it has ended.
const lastWords = 2 * time.Second

// wait waits for the container's end, and for its last words.
func (p *process) wait(ctx context.Context, written <-chan struct{}) {
	defer close(p.done)
	defer p.cancel()
	waiting := p.client.ContainerWait(ctx, p.id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case err := <-waiting.Error:
		p.ends(0, err)
	case result := <-waiting.Result:
		bound := time.NewTimer(lastWords)
		defer bound.Stop()
		select {
		case <-written:
		case <-bound.C:
		}
		p.ends(int(result.StatusCode), nil)
	}
}

// ends notes how the container has ended.
func (p *process) ends(code int, err error) {
	p.code, p.how = code, fmt.Sprintf("exit status %d", code)
	ours := false
	select {
	case <-p.asked:
		ours = true
	default:
	}
	switch {
	case ours:
	case errdefs.IsNotFound(err):
		p.lost = fmt.Errorf("somebody has removed the container %s", p.id[:12])
	case err != nil:
		p.lost = p.runtime.unanswered("wait for the container "+p.id[:12], err)
	default:
		p.lost = p.judge()
	}
}

// judge finds out why a container has ended that we did not end: by itself, or because somebody has killed it, which
// says nothing about it. A daemon that is stopped kills its containers before it falls silent.
func (p *process) judge() error {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	found, err := p.client.ContainerInspect(ctx, p.id, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("somebody has removed the container %s", p.id[:12])
	}
	if err != nil {
		return p.runtime.unanswered("look at the container "+p.id[:12], err)
	}
	if found.Container.State.OOMKilled {
		p.how += ", killed because it took more memory than it may"
		return nil
	}
	killed, err := p.runtime.killed(ctx, p.id)
	if err != nil {
		return p.runtime.unanswered("look for what has ended the container "+p.id[:12], err)
	}
	if killed {
		return fmt.Errorf("the container %s was killed by somebody else, or by the end of the daemon (%s)", p.id[:12], p.how)
	}
	return nil
}

func (p *process) Identity() host.Identity { return host.Identity{Container: p.id} }

func (p *process) Address() string { return p.address }

func (p *process) Done() <-chan struct{} { return p.done }

func (p *process) Lost() error { return p.lost }

func (p *process) Exit() (string, int) { return p.how, p.code }

// Health is what the image's own HEALTHCHECK says.
func (p *process) Health(ctx context.Context) (bool, string, error) {
	if !p.judged {
		return false, "", nil
	}
	found, err := p.client.ContainerInspect(ctx, p.id, client.ContainerInspectOptions{})
	if err != nil {
		return true, "", p.runtime.unanswered("look at the container "+p.id[:12], err)
	}
	state := found.Container.State
	switch {
	case state.Health == nil || state.Health.Status == container.Starting:
		return true, "its HEALTHCHECK is still starting" + said(state.Health), nil
	case state.Paused:
		return true, "it is paused", nil
	case state.Health.Status == container.Healthy:
		return true, "", nil
	}
	return true, "its HEALTHCHECK says that it is " + string(state.Health.Status) + said(state.Health), nil
}

// said is what a check has written last.
func said(h *container.Health) string {
	if h == nil || len(h.Log) == 0 {
		return ""
	}
	text := strings.TrimSpace(h.Log[len(h.Log)-1].Output)
	line, _, _ := strings.Cut(text, "\n")
	if line == "" {
		return ""
	}
	return fmt.Sprintf(": %q", line[:min(300, len(line))])
}

// Stop ends the container and removes it.
func (p *process) Stop(grace time.Duration) error {
	p.ending.Do(func() { close(p.asked) })
	ctx, cancel := context.WithTimeout(context.Background(), grace+askTime)
	defer cancel()
	seconds := int(grace.Seconds())
	if _, err := p.client.ContainerStop(ctx, p.id, client.ContainerStopOptions{Timeout: &seconds}); err != nil && !errdefs.IsNotFound(err) {
		return p.runtime.unanswered("stop the container "+p.id[:12], err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		return fmt.Errorf("the container %s does not end", p.id[:12])
	}
	return p.runtime.remove(ctx, p.id)
}

// Find is a container that an earlier host has started, if it still runs.
func (r *runtime) Find(ctx context.Context, i host.Identity, _, log string) (host.Process, error) {
	if i.Container == "" {
		return nil, nil
	}
	c, _, err := r.daemon()
	if err != nil {
		return nil, err
	}
	found, err := c.ContainerInspect(ctx, i.Container, client.ContainerInspectOptions{})
	switch {
	case errdefs.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, r.unanswered("look for the "+i.String(), err)
	case found.Container.Config.Labels[labelState] != r.state() || !found.Container.State.Running:
		return nil, nil
	}
	since := ""
	if info, err := os.Stat(log); err == nil {
		since = info.ModTime().UTC().Format(time.RFC3339Nano)
	}
	if err := r.reopenRelay(ctx); err != nil {
		return nil, err
	}
	return r.follow(ctx, i.Container, output{file: log}, since)
}

package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

const (
	// startTime bounds how long a host may take to be there.
	startTime = 20 * time.Second
	// helloTime bounds how long a host may take to say who it is.
	helloTime = 5 * time.Second
	// glance is how often a condition of another process is looked at.
	glance = 10 * time.Millisecond
	// looksPerStart is how often a host that another starter has begun is looked for before one is started again.
	looksPerStart = 30
)

// hosted is a directory with a host, as a client sees it.
type hosted struct {
	name string
	// platform is what the host runs; "" is the sandbox's processes.
	platform string
	dir      string
	args     []string // of the host command
	launch   Launcher
	// settings are told at each new connection; nil: none.
	settings func() control.Settings

	mu     sync.Mutex
	client *control.Client // nil: not connected
	files  disk            // for those who only look
	peeker host.Peeker     // the same
}

// connect finds the directory's host, or starts one.
func (h *hosted) connect(ctx context.Context) (*control.Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client != nil {
		return h.client, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fmt.Errorf("the host of %s did not answer within %s; see %s",
		h.name, startTime, filepath.Join(h.dir, control.LogName)))
	defer cancel()
	client, err := h.find(ctx)
	if err != nil {
		return nil, err
	}
	if h.settings != nil {
		if err := client.Call(ctx, control.PathConfigure, h.settings(), &struct{}{}); err != nil {
			return nil, fmt.Errorf("configure the host of %s: %w", h.name, err)
		}
	}
	h.client = client
	return client, nil
}

// find returns the first host that answers and speaks our protocol. Somebody else may start one at the same time: the
// directory's lock lets one live, and both find it.
func (h *hosted) find(ctx context.Context) (*control.Client, error) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for look := 0; ; look++ {
		client, err := h.present(ctx)
		if client != nil || err != nil {
			return client, err
		}
		if look%looksPerStart == 0 {
			if err := h.start(ctx); err != nil {
				return nil, err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// sandboxed is the platform of a host that says nothing else.
const sandboxed = "sandbox"

// called is how people know what a host keeps: on another platform it is only the host.
func (h *hosted) called() string {
	if cmp.Or(h.platform, sandboxed) == sandboxed {
		return sandboxed
	}
	return "host"
}

// present is the host that runs; nil when there is none, or none of our protocol any more.
func (h *hosted) present(ctx context.Context) (*control.Client, error) {
	address, err := control.ReadAddress(h.dir)
	if address == nil || err != nil {
		return nil, err
	}
	if address.Protocol != control.Protocol {
		// Asked to end like this a host leaves its services running, and the next one adopts them.
		_ = syscall.Kill(address.Process.PID, syscall.SIGTERM)
		return nil, waitFor(ctx, func() bool { return !address.Process.Alive() })
	}
	if cmp.Or(address.Platform, sandboxed) != cmp.Or(h.platform, sandboxed) {
		return nil, fmt.Errorf("%s runs on the platform %q, and the configuration says %q now: `gantry down` ends what runs there, and the next run begins on the other",
			h.name, cmp.Or(address.Platform, sandboxed), cmp.Or(h.platform, sandboxed))
	}
	client := control.NewClient(*address)
	hello, cancel := context.WithTimeoutCause(ctx, helloTime, fmt.Errorf("the host of %s (pid %d) does not answer: end it with kill -9 %d, what it runs goes on and is adopted",
		h.name, address.Process.PID, address.Process.PID))
	defer cancel()
	var said control.Hello
	err = client.Call(hello, control.PathHello, struct{}{}, &said)
	if errors.Is(err, control.ErrUnreachable) {
		return nil, nil
	}
	return client, err
}

// start starts a host and waits until it is ready, has given way to another one, or has failed.
func (h *hosted) start(ctx context.Context) error {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of %s: %w", h.name, err)
	}
	log, err := openLog(filepath.Join(h.dir, control.LogName))
	if err != nil {
		return err
	}
	defer log.Close()
	ready, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start the host of %s: %w", h.name, err)
	}
	defer ready.Close()
	cmd, err := h.launch(append(slices.Clone(h.args), "--ready", "3")...)
	if err == nil {
		detach(cmd, log, write)
		err = cmd.Start()
	}
	_ = write.Close()
	if err != nil {
		return fmt.Errorf("start the host of %s: %w", h.name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // it outlives us, but while we live we reap it
	return h.await(ctx, ready, ended, log.Name())
}

// await waits for the new host to say that it is ready, or to end.
func (h *hosted) await(ctx context.Context, ready *os.File, ended <-chan error, log string) error {
	stop := context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Now()) })
	defer stop()
	said, err := io.ReadAll(ready)
	switch {
	case string(said) == readyWord:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("wait for the host of %s: %w", h.name, err)
	}
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the host of %s did not start (%w): %s", h.name, err, lastLine(log))
		}
		return nil // another one was first
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// detach gives the host a session of its own: it survives the terminal, and whoever started it.
func detach(cmd *exec.Cmd, log, ready *os.File) {
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{ready}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// maxHostLog bounds a host's own log, which is begun anew when it has grown beyond.
const maxHostLog = 1 << 20

func openLog(path string) (*os.File, error) {
	mode := os.O_CREATE | os.O_APPEND | os.O_WRONLY
	if info, err := os.Stat(path); err == nil && info.Size() > maxHostLog {
		mode |= os.O_TRUNC
	}
	log, err := os.OpenFile(path, mode, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the host's log: %w", err)
	}
	return log, nil
}

func lastLine(path string) string {
	text, err := os.ReadFile(path)
	text = bytes.TrimSpace(text)
	if err != nil || len(text) == 0 {
		return "it said nothing"
	}
	return strings.TrimSpace(string(text[bytes.LastIndexByte(text, '\n')+1:]))
}

// waitFor waits until the condition holds.
func waitFor(ctx context.Context, holds func() bool) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// forget drops a connection that turned out to be gone.
func (h *hosted) forget(client *control.Client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client == client {
		h.client = nil
	}
}

// with asks the host. When it is gone before anything was asked, the next one is asked; likewise when it is gone before
// it has answered and asking twice does no harm.
func (h *hosted) with(ctx context.Context, repeatable bool, ask func(*control.Client) error) error {
	for try := 1; ; try++ {
		client, err := h.connect(ctx)
		if err != nil {
			return err
		}
		err = ask(client)
		gone := errors.Is(err, control.ErrUnreachable) || errors.Is(err, control.ErrCut)
		if gone {
			h.forget(client)
		}
		if !gone || try == 3 || !repeatable && !errors.Is(err, control.ErrUnreachable) {
			return err
		}
	}
}

// call asks the host a question that is answered at once and may be asked twice.
func (h *hosted) call(ctx context.Context, path string, in, out any) error {
	return h.with(ctx, true, func(c *control.Client) error { return c.Call(ctx, path, in, out) })
}

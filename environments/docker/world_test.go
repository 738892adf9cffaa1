package docker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/platformtest"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// patience bounds every wait for something that must happen.
const patience = 30 * time.Second

// world is one environment of one state directory, on a real daemon that is reached through a line that can be cut.
type world struct {
	*Environment
	t          *testing.T
	state      string
	configured config.Environment
	line       *line
	daemon     *client.Client // not through the line
	slot       promotion.Slot
}

func newWorld(t *testing.T, e config.Environment) *world {
	t.Helper()
	address := daemonAddress(t)
	direct, err := dial(Settings{Docker: config.Docker{Host: address}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, state: t.TempDir(), daemon: direct, line: newLine(t, direct)}
	e.Name, e.Platform, e.Docker.Host = "dev", Platform, "unix://"+w.line.socket
	w.configured, w.slot = e, promotion.Slot{Environment: "dev", Service: "orders"}
	w.Environment = w.open(t)
	t.Cleanup(func() {
		w.line.mend(t)
		if _, err := sandbox.Down(context.Background(), w.state, host.Runtimes{Platform: Runtime}); err != nil {
			t.Errorf("down: %v", err)
		}
		w.nothingIsLeft()
		_ = direct.Close()
	})
	return w
}

func (w *world) open(t *testing.T) *Environment {
	t.Helper()
	e, err := New(config.Pipeline{Root: w.state}, w.configured, w.state, sandbox.WithLauncher(launch))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// line passes on to the daemon what arrives at a socket, until it is cut.
type line struct {
	socket string
	to     *client.Client
	mu     sync.Mutex
	listen net.Listener
	open   map[net.Conn]bool
	refuse bool // whoever asks is told that it may not
}

func newLine(t *testing.T, to *client.Client) *line {
	t.Helper()
	dir, err := os.MkdirTemp("", "line") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	l := &line{socket: filepath.Join(dir, "s"), to: to, open: map[net.Conn]bool{}}
	l.mend(t)
	t.Cleanup(func() {
		l.cut()
		_ = os.RemoveAll(dir)
	})
	return l
}

func (l *line) mend(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listen != nil {
		return
	}
	listen, err := net.Listen("unix", l.socket)
	if err != nil {
		t.Fatal(err)
	}
	l.listen = listen
	go func() {
		for {
			c, err := listen.Accept()
			if err != nil {
				return
			}
			go l.pass(c)
		}
	}()
}

// refusal is what a daemon says, or whoever guards it, when a credential is not good any more.
const refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 31\r\n\r\n" + `{"message":"the token expired"}`

// expire has the line refuse all that is asked over it.
func (l *line) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = true
	for c := range l.open {
		_ = c.Close()
	}
}

func (l *line) renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = false
}

func (l *line) pass(from net.Conn) {
	l.mu.Lock()
	refuse := l.refuse
	l.mu.Unlock()
	if refuse {
		if _, err := http.ReadRequest(bufio.NewReader(from)); err == nil {
			_, _ = io.WriteString(from, refusal)
		}
		_ = from.Close()
		return
	}
	to, err := l.to.Dialer()(context.Background())
	if err != nil {
		_ = from.Close()
		return
	}
	l.mu.Lock()
	if l.listen == nil {
		_, _ = from.Close(), to.Close()
	}
	l.open[from], l.open[to] = true, true
	l.mu.Unlock()
	go func() {
		_, _ = io.Copy(to, from)
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	_, _ = io.Copy(from, to)
	_, _ = from.Close(), to.Close()
	l.mu.Lock()
	delete(l.open, from)
	delete(l.open, to)
	l.mu.Unlock()
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listen == nil {
		return
	}
	_ = l.listen.Close()
	l.listen = nil
	for c := range l.open {
		_ = c.Close()
	}
}

// ours are the labels of what this world has on the daemon.
func (w *world) ours() client.Filters {
	s, _, err := control.ReadSecrets(filepath.Join(w.state, "environments", "dev"))
	if err != nil {
		w.t.Fatal(err)
	}
	return (&runtime{directory: host.Directory{Environment: "dev", Identity: s.Identity}}).ours()
}

// running are the containers of this world, those that have ended included.
func (w *world) running(t *testing.T) []string {
	t.Helper()
	found, err := w.daemon.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: w.ours()})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range found.Items {
		all = append(all, c.ID[:12]+" "+c.Labels[labelSlot]+" "+string(c.State))
	}
	return all
}

// nothingIsLeft wants neither a container nor a network nor an image of this world on the daemon.
func (w *world) nothingIsLeft() {
	w.t.Helper()
	ctx := context.Background()
	containers, err := w.daemon.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: w.ours()})
	if err != nil || len(containers.Items) > 0 {
		w.t.Errorf("containers are left: %v, %v", containers.Items, err)
	}
	networks, err := w.daemon.NetworkList(ctx, client.NetworkListOptions{Filters: w.ours()})
	if err != nil || len(networks.Items) > 0 {
		w.t.Errorf("networks are left: %v, %v", networks.Items, err)
	}
	state, err := host.Peek(filepath.Join(w.state, "environments", "dev"))
	if err != nil {
		w.t.Error(err)
	}
	found, err := w.daemon.ImageList(ctx, client.ImageListOptions{All: true})
	if err != nil {
		w.t.Error(err)
	}
	for _, i := range found.Items {
		for _, ref := range append(i.RepoDigests, i.RepoTags...) {
			if strings.HasPrefix(ref, fmt.Sprintf("127.0.0.1:%d/", state.RegistryPort)) {
				w.t.Errorf("the image %s is left", ref)
			}
		}
	}
}

// publish makes an image of a behaviour and pushes it.
func (w *world) publish(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	how := []string{"-version", image.Version, "-how", string(image.Behaviour), "-words", platformtest.LastWords}
	if image.What == "migration" {
		how = append(how, "-sql", "CREATE TABLE IF NOT EXISTS times (n INTEGER); INSERT INTO times VALUES (1)")
	}
	return push(t, e, slot, image.What, assemble(t, image.Version, how...))
}

// assemble makes an image of the test's service, started with the arguments. All images have the one layer.
func assemble(t *testing.T, version string, args ...string) v1.Image {
	t.Helper()
	program := testservice(t)
	layered.once.Do(func() {
		layered.image, layered.err = images.Assemble(images.Spec{Files: map[string]string{"/app/service": program}, Entrypoint: []string{"/app/service"}, WorkingDir: "/app"})
	})
	if layered.err != nil {
		t.Fatal(layered.err)
	}
	file, err := layered.image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := *file.Config.DeepCopy()
	c.Entrypoint = append(c.Entrypoint, args...)
	c.Labels = map[string]string{host.VersionLabel: version}
	image, err := mutate.Config(layered.image, c)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

var layered struct {
	once  sync.Once
	image v1.Image
	err   error
}

func push(t *testing.T, e engine.Environment, slot promotion.Slot, what string, image v1.Image) promotion.Digest {
	t.Helper()
	to, err := e.Repository(t.Context(), slot, what)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := images.Push(t.Context(), image, to, "latest")
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// rollout asks for a deployment of an image.
func (w *world) rollout(version string, image promotion.Digest) engine.Rollout {
	return engine.Rollout{Slot: w.slot, Release: promotion.Release{Service: "orders", Version: version, Image: image}, HealthTimeout: patience}
}

func (w *world) roll(r engine.Rollout) *engine.Live {
	w.t.Helper()
	var log strings.Builder
	live, err := w.Deploy(w.t.Context(), r, &log)
	if err != nil {
		w.t.Fatalf("deploy %s: %v\n%s", r.Release.Version, err, log.String())
	}
	return live
}

// deploy makes a good version live.
func (w *world) deploy(version string) promotion.Digest {
	w.t.Helper()
	image := w.publish(w.t, w.Environment, w.slot, platformtest.Image{Version: version, Behaviour: platformtest.Good})
	w.roll(w.rollout(version, image))
	return image
}

// get asks the slot's stable address.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	at, err := w.Endpoint(w.t.Context(), w.slot)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.Get(at + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(body)
}

// killHost ends the environment's host, as a crash does.
func (w *world) killHost(t *testing.T) {
	t.Helper()
	address, err := control.ReadAddress(filepath.Join(w.state, "environments", "dev"))
	if err != nil || address == nil {
		t.Fatalf("there is no host: %v", err)
	}
	if err := syscall.Kill(address.Process.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the host is gone", func() bool { return !address.Process.Alive() })
}

// eventually waits for a condition of another process.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, patience)
		case <-tick.C:
		}
	}
}

// noVerdict wants an error that says nothing about the release.
func noVerdict(t *testing.T, err error) {
	t.Helper()
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) {
		t.Errorf("got %v, want an error without a verdict", err)
	}
}

// openSandbox opens the world's environment on another platform.
func openSandbox(w *world, e config.Environment) (*sandbox.Environment, error) {
	return sandbox.New(config.Pipeline{Root: w.state}, e, w.state)
}

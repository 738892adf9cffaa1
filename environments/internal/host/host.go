// Package host is the process in which one environment of the sandbox lives: its registry, its services and their
// stable addresses.
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/database"
	"github.com/gantry-cd/gantry/environments/internal/proc"
	outside "github.com/gantry-cd/gantry/environments/internal/registry"
)

// ErrTaken says that the directory has a host already.
var ErrTaken = errors.New("another host runs this directory")

// Options say which directory to run.
type Options struct {
	Dir       string // the environment's, or the artifact store's
	Name      string // the environment's name, or "artifacts"
	Artifacts bool   // only a registry: nothing is deployed here
	Platform  string // what runs there; "" is what the directory was made for
	Runtimes  Runtimes
	Ready     func() // called once the host can be asked
}

// Host runs one directory.
type Host struct {
	options  Options
	registry registry
	runtime  Runtime
	work     context.Context // ends when the host stops: operations give up, supervisors leave their services alone
	quit     context.CancelFunc
	over     chan struct{} // closed when everything is stopped and the process may end
	once     sync.Once
	helpers  sync.WaitGroup

	placing  sync.Mutex // held while a slot gets its address
	mu       sync.Mutex
	state    State
	secrets  control.Secrets
	postgres string            // the administrator's URL, as the last client told it
	outside  *outside.Registry // where the images are, as the last client told it; nil: in the host's own registry
	problem  string            // why it is unknown
	slots    map[string]*slot
	stopping bool
}

// Run runs the directory until it is taken down, or until ctx ends: then services are left running for the next host.
func Run(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of %s: %w", o.Name, err)
	}
	unlock, err := lock(o.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	h, err := open(o)
	if err != nil {
		return err
	}
	defer h.leave()
	if err := h.restore(); err != nil {
		return err
	}
	return h.serve(ctx)
}

// lock makes sure that a directory has one host. It is gone with the process, however that ends.
func lock(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, "host.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrTaken
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}

func open(o Options) (*Host, error) {
	h := &Host{options: o, over: make(chan struct{}), slots: map[string]*slot{}}
	var err error
	if h.state, err = readState(o.Dir); err != nil {
		return nil, err
	}
	if h.secrets, err = loadSecrets(o.Dir); err != nil {
		return nil, err
	}
	h.work, h.quit = context.WithCancel(context.Background())
	return h, h.choose()
}

// sandboxed is the platform of a directory that says nothing else.
const sandboxed = "sandbox"

// choose finds the runtime. Another one than before may take over only what was taken down, and brings nothing of it back.
func (h *Host) choose() error {
	before := cmp.Or(h.state.Platform, sandboxed)
	platform := cmp.Or(h.options.Platform, before)
	h.runtime = Processes{}
	if platform != sandboxed {
		made, known := h.options.Runtimes[platform]
		if !known {
			return fmt.Errorf("%s is on the platform %q, which this program does not know", h.options.Name, platform)
		}
		h.runtime = made(Directory{Environment: h.options.Name, Identity: h.secrets.Identity})
	}
	if platform != before {
		if !h.state.Empty() {
			return fmt.Errorf("%s has run on the platform %q until now, and something still does: `gantry down` ends it, and the next run begins on %q", h.options.Name, before, platform)
		}
		for _, s := range h.state.Slots {
			s.Live, s.Processes, s.Inside = nil, nil, false
		}
		return h.record(func(state *State) { state.Platform, state.SharesData = platform, h.runtime.SharesData() })
	}
	return h.runtime.Configure(h.state.Settings.Runtime)
}

// loadSecrets reads the directory's passwords, or makes them.
func loadSecrets(dir string) (control.Secrets, error) {
	s, made, err := control.ReadSecrets(dir)
	if err != nil || made {
		return s, err
	}
	s = control.Secrets{
		Identity:  database.Password(),
		Read:      control.Login{User: "reader", Password: database.Password()},
		Write:     control.Login{User: "writer", Password: database.Password()},
		Databases: map[string]database.Passwords{},
	}
	return s, control.WriteFile(filepath.Join(dir, control.SecretsName), s)
}

// serve answers clients until the end.
func (h *Host) serve(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for clients: %w", err)
	}
	self, err := proc.IdentityOf(os.Getpid())
	if err != nil {
		return err
	}
	address := control.Address{
		Name: h.options.Name, Protocol: control.Protocol, URL: "http://" + l.Addr().String(),
		Token: database.Password(), Process: self, Platform: h.runtime.Name(),
	}
	server := &http.Server{Handler: h.handler(address), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	file := filepath.Join(h.options.Dir, control.FileName)
	if err := control.WriteFile(file, address); err != nil {
		return err
	}
	defer os.Remove(file)
	h.options.Ready()
	select {
	case <-ctx.Done():
	case <-h.over:
	case err := <-served:
		return fmt.Errorf("answer clients: %w", err)
	}
	h.settle()
	bound, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(bound)
}

// errStopping is why an operation is given up that a stopping host had under way.
var errStopping = errors.New("the host is stopping")

// begins counts an operation that a stopping host waits for; false when it stops already.
func (h *Host) begins() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return false
	}
	h.helpers.Add(1)
	return true
}

// settle gives up what is under way and waits until it has ended.
func (h *Host) settle() {
	h.mu.Lock()
	h.stopping = true
	h.mu.Unlock()
	h.quit()
	h.helpers.Wait()
}

// leave lets go of everything but the services: whoever comes next adopts them.
func (h *Host) leave() {
	h.settle()
	for _, s := range h.allSlots() {
		s.release()
	}
	h.registry.close()
}

package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"

	oci "github.com/gantry-cd/gantry/engine/images/registry"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// registry is the environment's own image repository on the network.
type registry struct {
	mu     sync.Mutex
	port   int // 0: closed
	server *http.Server
}

// openRegistry opens the registry on a port, in place of the one before; 0 picks a free one that is kept. A pinned port
// that is taken is an error; a kept one is given up for another.
func (h *Host) openRegistry(port int, pinned bool) error {
	h.registry.close()
	l, err := proxy.Listen(port)
	if errors.Is(err, syscall.EADDRINUSE) && !pinned {
		l, err = proxy.Listen(0)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d, which the configuration pins for the registry of %s, is taken by another program: end that program, or pin another port", port, h.options.Name)
	}
	if err != nil {
		return err
	}
	images, err := oci.New(registryDir(h.options.Dir), oci.Login(h.secrets.Write), oci.Login(h.secrets.Read))
	if err != nil {
		_ = l.Close()
		return err
	}
	server := &http.Server{Handler: images, ReadHeaderTimeout: 30 * time.Second}
	h.registry.mu.Lock()
	h.registry.port, h.registry.server = proxy.PortOf(l), server
	h.registry.mu.Unlock()
	go func() { _ = server.Serve(l) }()
	return h.record(func(state *State) { state.RegistryPort = proxy.PortOf(l) })
}

// at is the registry's port; 0 while it is closed.
func (r *registry) at() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.port
}

// close ends the registry; transfers under way get a moment.
func (r *registry) close() {
	r.mu.Lock()
	server := r.server
	r.port, r.server = 0, nil
	r.mu.Unlock()
	if server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

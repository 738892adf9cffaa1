package host

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	oci "github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/environments/sandbox/internal/control"
	"github.com/gantry-cd/gantry/environments/sandbox/internal/proxy"
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
	images, err := imagesIn(filepath.Join(h.options.Dir, "registry"))
	if err != nil {
		_ = l.Close()
		return err
	}
	server := &http.Server{Handler: guarded(h.secrets.Read, h.secrets.Write, images), ReadHeaderTimeout: 30 * time.Second}
	h.registry.mu.Lock()
	h.registry.port, h.registry.server = proxy.PortOf(l), server
	h.registry.mu.Unlock()
	go func() { _ = server.Serve(l) }()
	return h.record(func(state *State) { state.RegistryPort = proxy.PortOf(l) })
}

// imagesIn is a registry that keeps everything in a directory.
func imagesIn(dir string) (http.Handler, error) {
	blobs := filepath.Join(dir, "blobs")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return nil, fmt.Errorf("make the registry's directory: %w", err)
	}
	inMemory := oci.New(oci.WithBlobHandler(oci.NewDiskBlobHandler(blobs)), oci.Logger(log.New(io.Discard, "", 0)))
	return newDurable(filepath.Join(dir, "manifests"), inMemory)
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

// guarded lets the reader read and the writer do everything.
func guarded(reader, writer control.Login, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case is(writer, user, password), reads && is(reader, user, password):
			next.ServeHTTP(w, r)
		case is(reader, user, password):
			refuse(w, http.StatusForbidden, "DENIED", "this user may only read")
		default:
			w.Header().Set("WWW-Authenticate", `Basic realm="gantry sandbox"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "this registry belongs to one environment: use its own credentials")
		}
	})
}

func is(l control.Login, user, password string) bool {
	return subtle.ConstantTimeCompare([]byte(user), []byte(l.User))&subtle.ConstantTimeCompare([]byte(password), []byte(l.Password)) == 1
}

// refuse answers as the distribution specification has it.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}

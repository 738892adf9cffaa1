// Package registry is an OCI registry on disk behind a password: what the sandbox keeps an environment's images in. It
// speaks the parts of the OCI distribution specification that clients need to push, pull, copy and tag. What it took, it
// still has after a crash: everything is written to a file of its own, synced, and renamed into place.
package registry

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// Login is one user of a registry.
type Login struct{ User, Password string }

// Registry is a registry in one directory. It is an http.Handler; only one may serve a directory at a time.
//
// Blobs belong to all repositories of the registry; manifests and tags belong to one.
type Registry struct {
	dir            string
	writer, reader Login

	// tagging makes "the manifest is there" and "the tag points at it" one step.
	tagging sync.Mutex
	mu      sync.Mutex // guards uploads
	uploads map[string]*upload
}

// New opens the registry in a directory, which is made when it is missing. The writer may do everything, the reader
// only read; a reader without a password does not exist.
func New(dir string, writer, reader Login) (*Registry, error) {
	if writer.User == "" || writer.Password == "" {
		return nil, errors.New("open a registry: it needs a user and a password who may write")
	}
	for _, part := range []string{"blobs/sha256", "uploads", "repositories"} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o700); err != nil {
			return nil, fmt.Errorf("open the registry in %s: %w", dir, err)
		}
	}
	r := &Registry{dir: dir, writer: writer, reader: reader, uploads: map[string]*upload{}}
	if err := r.sweep(); err != nil {
		return nil, fmt.Errorf("open the registry in %s: %w", dir, err)
	}
	return r, nil
}

// ServeHTTP implements http.Handler.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if refused := r.admit(request); refused != nil {
		refused.answer(w)
		return
	}
	if err := r.route(w, request); err != nil {
		asProblem(err).answer(w)
	}
}

// admit checks who asks and whether they may.
func (r *Registry) admit(request *http.Request) *problem {
	user, password, _ := request.BasicAuth()
	reads := request.Method == http.MethodGet || request.Method == http.MethodHead
	switch {
	case r.writer.is(user, password):
		return nil
	case r.reader.Password == "" || !r.reader.is(user, password):
		return &problem{http.StatusUnauthorized, "UNAUTHORIZED", "this registry wants a user and a password of its own"}
	case !reads:
		return &problem{http.StatusForbidden, "DENIED", fmt.Sprintf("user %q may only read", user)}
	}
	return nil
}

// is compares in a time that tells nothing about the password.
func (l Login) is(user, password string) bool {
	given, own := sha256.Sum256([]byte(user+"\x00"+password)), sha256.Sum256([]byte(l.User+"\x00"+l.Password))
	return subtle.ConstantTimeCompare(given[:], own[:]) == 1
}

package registry

import (
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/gantry-cd/gantry/engine/config"
)

// Told is a registry as another process of this user is told of it, to read there: with nothing left to be looked up.
type Told struct {
	Registry config.Registry `json:"registry"`
	// The credential of now. It is for the other process's memory alone, and left out of what that writes down.
	Auth *authn.AuthConfig `json:"auth,omitempty"`
}

// Place is the registry for another process that needs no more than to know where it is.
func (r *Registry) Place() Told {
	t := Told{Registry: r.configured}
	t.Registry.Login, t.Registry.Read = config.Login{}, config.Login{}
	t.Registry.Proxy, _ = config.Resolve(t.Registry.Proxy, r.root) // who reads there is told of what is wrong
	if t.Registry.CA != "" && !filepath.IsAbs(t.Registry.CA) {
		t.Registry.CA = filepath.Join(r.root, t.Registry.CA)
	}
	return t
}

// Tell is the registry for another process, with the credential that reads.
func (r *Registry) Tell() (*Told, error) {
	if _, err := r.transport(); err != nil {
		return nil, err
	}
	auth, err := r.read.Authorization()
	if err != nil {
		return nil, err
	}
	t := r.Place()
	t.Auth = auth
	return &t, nil
}

// Open is the registry that was told of. Without a credential only its repositories' names are known.
func (t Told) Open() *Registry {
	r := New(t.Registry, "")
	if t.Auth != nil {
		r.write.fixed = t.Auth
	}
	return r
}

// Package registry reaches what somebody else keeps images, and other things, in, as one environment knows it: with that
// environment's credentials, certificates and proxy, and with no other's.
package registry

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Registry is one environment's part of a registry.
type Registry struct {
	configured  config.Registry
	root        string // of the configuration
	write, read *login
	transport   func() (http.RoundTripper, error)
}

// New is the registry as configured. Nobody is asked anything yet. root is the configuration's directory.
func New(c config.Registry, root string) *Registry {
	r := &Registry{configured: c, root: root, write: &login{configured: c.Login, root: root, address: c.Address}}
	r.read = r.write
	if c.Read != (config.Login{}) {
		r.read = &login{configured: c.Read, root: root, address: c.Address}
	}
	r.transport = sync.OnceValues(way{c.Address, c.CA, c.Proxy, root}.dial)
	return r
}

// Repository is where the slot's images are kept; what names the artifact, as in engine.Environment. It is made by the
// first push into it.
func (r *Registry) Repository(slot promotion.Slot, what string) (images.Repository, error) {
	parts := []string{r.configured.Address, r.configured.Prefix, slot.Team, slot.Service, what}
	var path []string
	for _, p := range parts {
		if p != "" {
			path = append(path, p)
		}
	}
	var how []name.Option
	if r.configured.Insecure {
		how = append(how, name.Insecure)
	}
	parsed, err := name.NewRepository(strings.Join(path, "/"), how...)
	if err != nil {
		return images.Repository{}, fmt.Errorf("the repository of %s: %w", slot, err)
	}
	t, err := r.transport()
	if err != nil {
		return images.Repository{}, err
	}
	return images.Repository{Name: parsed, Write: r.write, Read: r.read, Transport: t}, nil
}

// Kept tells whether an image is in a repository; an error that says so where it is not.
func (r *Registry) Kept(ctx context.Context, at images.Repository, digest promotion.Digest) error {
	there, err := images.Exists(ctx, at, digest)
	if err == nil && !there {
		return fmt.Errorf("%s has no image %s: run the stage again that brings it there", at.Name, digest)
	}
	return err
}

// Check looks whether the registry lets Gantry in, and asks for nothing that would change it.
func (r *Registry) Check(ctx context.Context, slot promotion.Slot) engine.Check {
	check := engine.Check{What: "registry", State: engine.CheckWrong}
	at, err := r.Repository(slot, "")
	if err == nil {
		err = images.Reach(ctx, at, images.WithTries(1))
	}
	if err != nil {
		check.Detail, check.Next = err.Error(), "check registry of the environment: its address, credentials, ca and proxy"
		return check
	}
	check.State, check.Detail = engine.CheckOK, at.Name.Name()
	return check
}

// Secrets are the values that were read for the credentials.
func (r *Registry) Secrets() []string { return append(r.write.values(), r.read.values()...) }

// keptFor is how long a credential is used before it is asked for again: helpers hand out such as expire, and a copy may
// take longer than one lasts.
const keptFor = 5 * time.Minute

// Owns is the environment's place in the registry, and the credentials for it: what they are, not how they are referred to.
func (r *Registry) Owns() ([]engine.Possession, error) {
	place := strings.ToLower(r.configured.Address) + "/" + r.configured.Prefix
	return owned(engine.Possession{What: "repositories", ID: place}, r.write, r.read)
}

// owned is a place with the credentials for it.
func owned(place engine.Possession, logins ...*login) ([]engine.Possession, error) {
	all := []engine.Possession{place}
	for _, l := range slices.Compact(logins) {
		auth, err := l.Authorization()
		if err != nil {
			return all, err
		}
		if *auth == (authn.AuthConfig{}) {
			continue
		}
		shown := cmp.Or(auth.Username, "a token") + " at " + l.address
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %#v", l.address, *auth))
		all = append(all, engine.Possession{What: "registry user", ID: fmt.Sprintf("%x", sum), Shown: shown})
	}
	return all, nil
}

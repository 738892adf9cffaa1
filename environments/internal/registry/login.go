package registry

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	dockerconfig "github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/gantry-cd/gantry/engine/config"
)

// login is a credential that is read when it is needed, and again after a while.
type login struct {
	configured    config.Login
	root, address string
	fixed         *authn.AuthConfig // told by another process

	mu    sync.Mutex
	auth  authn.AuthConfig
	until time.Time
	seen  []string
}

var _ authn.Authenticator = (*login)(nil)

// Authorization is the credential of now.
func (l *login) Authorization() (*authn.AuthConfig, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.After(l.until) {
		auth, err := l.resolve()
		if err != nil {
			return nil, fmt.Errorf("the credential for %s: %w", l.address, err)
		}
		l.auth, l.until = auth, now.Add(keptFor)
		for _, secret := range []string{auth.Password, auth.IdentityToken, auth.RegistryToken} {
			if secret != "" && !slices.Contains(l.seen, secret) {
				l.seen = append(l.seen, secret)
			}
		}
	}
	auth := l.auth
	return &auth, nil
}

func (l *login) resolve() (authn.AuthConfig, error) {
	switch c := l.configured; {
	case l.fixed != nil:
		return *l.fixed, nil
	case c.Token != "":
		token, err := config.Resolve(c.Token, l.root)
		return authn.AuthConfig{RegistryToken: token}, err
	case c.User != "":
		password, err := config.Resolve(c.Password, l.root)
		return authn.AuthConfig{Username: c.User, Password: password}, err
	case c.DockerConfig != "":
		return l.fromDocker()
	}
	return authn.AuthConfig{}, nil
}

// dockerHub is what "docker login" calls the registry that has no name in an image's.
const dockerHub = "https://index.docker.io/v1/"

// fromDocker is what "docker login" has left in a directory, or what a helper hands out that is named there.
func (l *login) fromDocker() (authn.AuthConfig, error) {
	dir := l.configured.DockerConfig
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(l.root, dir)
	}
	file, err := dockerconfig.Load(dir)
	if err != nil {
		return authn.AuthConfig{}, err
	}
	key := l.address
	if key == "docker.io" || key == "index.docker.io" {
		key = dockerHub
	}
	// Not GetAuthConfig: DOCKER_AUTH_CONFIG, a variable of the whole process, would come before the directory.
	store := credentials.NewFileStore(file)
	if helper := cmp.Or(file.CredentialHelpers[key], file.CredentialsStore); helper != "" {
		store = credentials.NewNativeStore(file, helper)
	}
	found, err := store.Get(key)
	if err != nil {
		return authn.AuthConfig{}, fmt.Errorf("%s/config.json: %w", dir, err)
	}
	if cmp.Or(found.Username, found.Password, found.Auth, found.IdentityToken, found.RegistryToken) == "" {
		return authn.AuthConfig{}, fmt.Errorf("%s/config.json has none: docker --config %s login %s", dir, dir, l.address)
	}
	return authn.AuthConfig{
		Username: found.Username, Password: found.Password, Auth: found.Auth,
		IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
	}, nil
}

// values are the secrets that were handed out.
func (l *login) values() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen)
}

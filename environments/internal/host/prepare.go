package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	outside "github.com/gantry-cd/gantry/environments/internal/registry"
)

// VersionLabel is where an image says which version of the service it is.
const VersionLabel = "org.opencontainers.image.version"

func (s *slot) releaseDir(id int) string {
	return filepath.Join(s.host.options.Dir, "releases", s.key, strconv.Itoa(id))
}

// prepare unpacks the release and gathers all that it is to see. What it returns with an error must be discarded.
func (s *slot) prepare(ctx context.Context, r engine.Rollout, log io.Writer) (*release, error) {
	next, err := s.unpack(ctx, r.Release.Image, "", log)
	if err != nil {
		return next, err
	}
	next.kept.Name = nameOf(r.Release)
	next.kept.Timeout = r.HealthTimeout
	if next.kept.Timeout <= 0 {
		next.kept.Timeout = defaultTimeout
	}
	if next.kept.Env, err = s.variables(ctx, r); err != nil {
		return next, err
	}
	return next, s.makeLogs()
}

// unpack fetches an image by digest from the environment's own registry and finds its command. What it returns with an
// error must be discarded, if it is not nil.
func (s *slot) unpack(ctx context.Context, image promotion.Digest, what string, log io.Writer) (*release, error) {
	from, err := s.repository(what)
	if err != nil {
		return nil, err
	}
	id := 0
	if err := s.host.record(func(state *State) { state.Releases++; id = state.Releases }); err != nil {
		return nil, err
	}
	r := &release{slot: s, kept: Kept{ID: id, Image: image}}
	r.kept.Program, err = s.host.runtime.Prepare(ctx, Image{image, from}, s.releaseDir(id), log)
	return r, err
}

// repository is the slot's own repository, to read.
func (s *slot) repository(what string) (images.Repository, error) {
	if r := s.host.outsideRegistry(); r != nil {
		return r.Repository(s.id, what)
	}
	at, err := s.host.Repository(s.id, what)
	if err != nil {
		return images.Repository{}, err
	}
	parsed, err := name.NewRepository(at.Name, name.Insecure)
	if err != nil {
		return images.Repository{}, fmt.Errorf("repository %s: %w", at.Name, err)
	}
	return images.Repository{Name: parsed, Read: &authn.Basic{Username: at.Read.User, Password: at.Read.Password}}, nil
}

// outsideRegistry is the one that the images are in; nil where that is the host's own.
func (h *Host) outsideRegistry() *outside.Registry {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.outside == nil && h.state.Settings.Outside != nil { // nobody has told this host the credential yet
		h.outside = h.state.Settings.Outside.Open()
	}
	return h.outside
}

// variables is all that a service gets to see: what belongs to this machine, to its environment and to itself.
func (s *slot) variables(ctx context.Context, r engine.Rollout) ([]string, error) {
	env, err := s.base()
	if err != nil {
		return nil, err
	}
	env = append(env, s.host.variables()...)
	env = append(env, r.Variables...)
	for _, need := range r.Needs {
		other, err := s.host.slot(need)
		if err != nil {
			return nil, fmt.Errorf("where is %s, which %s depends on: %w", need, s.id, err)
		}
		at, err := other.inside(ctx)
		if err != nil {
			return nil, err
		}
		env = append(env, engine.EndpointVariable(need.Service)+"="+at)
	}
	if r.Release.Migration == "" && !s.hasDatabase() {
		return env, nil
	}
	access, err := s.database(ctx)
	if err == nil {
		err = access.Check(ctx)
	}
	if err != nil {
		return nil, err
	}
	at, err := s.host.runtime.Database(ctx, access.App)
	return append(env, "DATABASE_URL="+at), err
}

// base is what every program of the slot gets to see.
func (s *slot) base() ([]string, error) {
	home := filepath.Join(s.host.options.Dir, "homes", s.key)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("make a home for %s: %w", s.id, err)
	}
	return s.host.runtime.Base(home), nil
}

// commandOf finds what an image runs, inside its unpacked root: an image brings its own programs.
func commandOf(root string, config v1.Config) (path string, args []string, dir string, err error) {
	command := append(append([]string(nil), config.Entrypoint...), config.Cmd...)
	if len(command) == 0 {
		return "", nil, "", &Unfit{"has no entrypoint: its image does not say what to run"}
	}
	jail, err := os.OpenRoot(root)
	if err != nil {
		return "", nil, "", fmt.Errorf("open the unpacked image: %w", err)
	}
	defer jail.Close()
	work := strings.TrimPrefix(filepath.Clean("/"+config.WorkingDir), "/")
	if work == "" {
		work = "."
	}
	if _, err := jail.Stat(work); err != nil {
		return "", nil, "", &Unfit{fmt.Sprintf("has no directory %s, which its image names as working directory", config.WorkingDir)}
	}
	for _, candidate := range places(command[0], work) {
		info, err := jail.Stat(candidate)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return filepath.Join(root, candidate), command[1:], filepath.Join(root, work), nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", nil, "", &Unfit{fmt.Sprintf("has the entrypoint %s, which cannot be used: %v", command[0], err)}
		}
	}
	return "", nil, "", &Unfit{fmt.Sprintf("has the entrypoint %s, but no such program is in its image", command[0])}
}

// places are where a program of an image may be, relative to its root.
func places(program, work string) []string {
	switch {
	case filepath.IsAbs(program):
		return []string{strings.TrimPrefix(filepath.Clean(program), "/")}
	case strings.Contains(program, "/"):
		return []string{filepath.Join(work, program)}
	}
	return []string{filepath.Join("usr/local/bin", program), filepath.Join("usr/bin", program), filepath.Join("bin", program)}
}

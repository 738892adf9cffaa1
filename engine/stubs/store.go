package stubs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/pattern"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// ErrNone says that a service has no stub in a channel, or none of that digest.
var ErrNone = errors.New("there is no such stub")

// Store keeps published bundles by digest. A channel ("qa", "prod") points at one of them for each service.
type Store interface {
	// Put keeps a bundle; the same bundle has the same digest.
	Put(ctx context.Context, service string, b Bundle) (promotion.Digest, error)
	// Resolve is the bundle in a channel; ErrNone when there is none.
	Resolve(ctx context.Context, service, channel string) (promotion.Digest, error)
	// Get is a bundle by its digest; ErrNone when it is not there.
	Get(ctx context.Context, service string, digest promotion.Digest) (Bundle, error)
	// Tag points a channel at a bundle that Put kept.
	Tag(ctx context.Context, service string, digest promotion.Digest, channel string) error
	// Untag empties a channel. An empty one stays as it is.
	Untag(ctx context.Context, service, channel string) error
}

// The types under which a bundle is kept in an OCI repository.
const (
	artifactType = "application/vnd.gantry.stubs.v1+json"
	mediaType    = "application/vnd.gantry.stubs.v1.tar+gzip"
)

// Repositories says in which OCI repository a service's stubs are kept.
type Repositories func(ctx context.Context, service string) (images.Repository, error)

// NewStore keeps bundles in OCI repositories: a bundle is an artifact, a channel a tag.
func NewStore(repositories Repositories) Store { return ociStore{repositories} }

type ociStore struct{ repositories Repositories }

func (s ociStore) Put(ctx context.Context, service string, b Bundle) (promotion.Digest, error) {
	repo, err := s.repositories(ctx, service)
	if err != nil {
		return "", err
	}
	packed, err := b.Pack()
	if err != nil {
		return "", err
	}
	annotations := map[string]string{
		"org.opencontainers.image.title":    b.Name(),
		"org.opencontainers.image.version":  b.Manifest.Version,
		"org.opencontainers.image.revision": b.Manifest.Commit,
	}
	digest, err := images.PushArtifact(ctx, repo, artifactType, mediaType, annotations, packed)
	if err != nil {
		return "", fmt.Errorf("publish %s: %w", b.Name(), err)
	}
	// Registries clean up what no tag points at, and a channel moves on.
	if err := images.Tag(ctx, repo, digest, keep(digest)); err != nil {
		return "", fmt.Errorf("publish %s: %w", b.Name(), err)
	}
	return digest, nil
}

// keep is the tag that belongs to one digest for good.
func keep(digest promotion.Digest) string {
	return "stub-" + strings.TrimPrefix(string(digest), "sha256:")
}

func (s ociStore) Resolve(ctx context.Context, service, channel string) (promotion.Digest, error) {
	repo, err := s.open(ctx, service, channel)
	if err != nil {
		return "", err
	}
	digest, err := images.Resolve(ctx, repo, channel)
	if err != nil {
		return "", fmt.Errorf("%s@%s: %w", service, channel, none(err))
	}
	return digest, nil
}

func (s ociStore) Get(ctx context.Context, service string, digest promotion.Digest) (Bundle, error) {
	repo, err := s.repositories(ctx, service)
	if err != nil {
		return Bundle{}, err
	}
	packed, err := images.FetchArtifact(ctx, repo, digest)
	if err != nil {
		return Bundle{}, fmt.Errorf("stub %s of %s: %w", digest.Short(), service, none(err))
	}
	return Unpack(packed)
}

func (s ociStore) Tag(ctx context.Context, service string, digest promotion.Digest, channel string) error {
	repo, err := s.open(ctx, service, channel)
	if err != nil {
		return err
	}
	if err := images.Tag(ctx, repo, digest, channel); err != nil {
		return fmt.Errorf("point %s@%s at %s: %w", service, channel, digest.Short(), none(err))
	}
	return nil
}

func (s ociStore) Untag(ctx context.Context, service, channel string) error {
	repo, err := s.open(ctx, service, channel)
	if err != nil {
		return err
	}
	if err := images.DeleteTag(ctx, repo, channel); err != nil {
		return fmt.Errorf("empty %s@%s: %w", service, channel, err)
	}
	return nil
}

// channels look like tags, and not like the tags that belong to one digest.
var channels = pattern.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

func (s ociStore) open(ctx context.Context, service, channel string) (images.Repository, error) {
	if !channels.MatchString(channel) || strings.HasPrefix(channel, "stub-") {
		return images.Repository{}, fmt.Errorf("%q is no name of a stub channel: use letters, digits, dots and dashes, as in \"prod\"", channel)
	}
	return s.repositories(ctx, service)
}

func none(err error) error {
	if errors.Is(err, images.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	return err
}

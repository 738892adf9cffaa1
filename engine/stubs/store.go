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

// What became of a stub; ask with errors.Is.
var (
	// ErrNone: a service has no stub in a channel, or none of that digest. The store has answered so: one that does not
	// answer, or lets nobody in, is another error.
	ErrNone = errors.New("there is no such stub")
	// ErrMoved: somebody else was quicker, and has moved the channel.
	ErrMoved = errors.New("somebody else has changed it meanwhile")
)

// Reader finds published bundles, for those who only look.
type Reader interface {
	// Resolve is the bundle in a channel; ErrNone when there is none.
	Resolve(ctx context.Context, service, channel string) (promotion.Digest, error)
	// Get is a bundle by its digest; ErrNone when it is not there.
	Get(ctx context.Context, service string, digest promotion.Digest) (Bundle, error)
}

// Store keeps published bundles by digest. A channel ("qa", "prod") points at one of them for each service. Nothing that
// was put is ever deleted: who keeps the place may clean up there. storetest has what every store must do.
type Store interface {
	Reader
	// Put keeps a bundle; the same bundle has the same digest.
	Put(ctx context.Context, service string, b Bundle) (promotion.Digest, error)
	// Tag points a channel at a bundle that Put kept; ErrNone when it is not there. Of two that move a channel at once, the
	// one whose bundle is not in it afterwards is told, with ErrMoved where the store knows.
	Tag(ctx context.Context, service string, digest promotion.Digest, channel string) error
	// Untag empties a channel. An empty one stays as it is.
	Untag(ctx context.Context, service, channel string) error
}

// The types under which a bundle is kept in an OCI repository.
const (
	artifactType = "application/vnd.gantry.stubs.v1+json"
	mediaType    = "application/vnd.gantry.stubs.v1.tar+gzip"
	// What an emptied channel points at: few registries let a robot delete, and some delete more than the tag.
	emptyType  = "application/vnd.gantry.stubs.empty.v1+json"
	emptyMedia = "application/vnd.oci.empty.v1+json"
	emptyBlob  = "{}"
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
	empty, err := images.ArtifactDigest(emptyType, emptyMedia, nil, []byte(emptyBlob))
	if err != nil {
		return "", err
	}
	if digest == empty {
		return "", fmt.Errorf("%s@%s was emptied: %w", service, channel, ErrNone)
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
	if _, err := s.Resolve(ctx, service, channel); errors.Is(err, ErrNone) {
		return nil
	} else if err != nil {
		return fmt.Errorf("empty %s@%s: %w", service, channel, err)
	}
	repo, err := s.open(ctx, service, channel)
	if err != nil {
		return err
	}
	empty, err := images.PushArtifact(ctx, repo, emptyType, emptyMedia, nil, []byte(emptyBlob))
	if err == nil {
		err = images.Tag(ctx, repo, empty, channel)
	}
	if err != nil {
		return fmt.Errorf("empty %s@%s: %w", service, channel, err)
	}
	return nil
}

// channels look like tags, and not like what belongs to one digest.
var channels = pattern.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

func checkChannel(channel string) error {
	if !channels.MatchString(channel) || strings.HasPrefix(channel, "stub-") || strings.HasPrefix(channel, "sha256-") {
		return fmt.Errorf("%q is no name of a stub channel: use letters, digits, dots and dashes, as in \"prod\"", channel)
	}
	return nil
}

func (s ociStore) open(ctx context.Context, service, channel string) (images.Repository, error) {
	if err := checkChannel(channel); err != nil {
		return images.Repository{}, err
	}
	return s.repositories(ctx, service)
}

func none(err error) error {
	if errors.Is(err, images.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	return err
}

package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// ErrNoArtifact says that the repository answers, and has nothing under this tag or digest.
var ErrNoArtifact = errors.New("there is no such artifact")

// maxArtifact bounds what FetchArtifact reads, in bytes.
const maxArtifact = 256 << 20

// PushArtifact keeps one blob in a repository as an OCI artifact of one layer, found again by the digest of its
// manifest. The same input gives the same digest. artifactType is written as the type of the configuration, where
// every registry keeps it.
func PushArtifact(ctx context.Context, repo Repository, artifactType, mediaType string, annotations map[string]string, blob []byte) (promotion.Digest, error) {
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer(blob, types.MediaType(mediaType)))
	if err != nil {
		return "", fmt.Errorf("assemble the artifact for %s: %w", repo.Name, err)
	}
	image = mutate.ConfigMediaType(mutate.MediaType(image, types.OCIManifestSchema1), types.MediaType(artifactType))
	if len(annotations) > 0 {
		image = mutate.Annotations(image, annotations).(v1.Image)
	}
	digest, err := image.Digest()
	if err != nil {
		return "", fmt.Errorf("hash the artifact for %s: %w", repo.Name, err)
	}
	if err := remote.Write(repo.Name.Digest(digest.String()), image, artifactOptions(ctx, repo, repo.Write)...); err != nil {
		return "", fmt.Errorf("push an artifact of %d bytes to %s: %w", len(blob), repo.Name, err)
	}
	return promotion.Digest(digest.String()), nil
}

// FetchArtifact reads back the blob of an artifact that PushArtifact made. Its content is checked against the digest.
func FetchArtifact(ctx context.Context, repo Repository, digest promotion.Digest) ([]byte, error) {
	image, err := remote.Image(repo.Name.Digest(string(digest)), artifactOptions(ctx, repo, repo.Read)...)
	if err != nil {
		return nil, fmt.Errorf("fetch %s from %s: %w", digest, repo.Name, missing(err))
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, fmt.Errorf("read the manifest %s of %s: %w", digest, repo.Name, err)
	}
	if len(layers) != 1 {
		return nil, fmt.Errorf("%s of %s has %d layers, an artifact has one: it was not made by Gantry", digest, repo.Name, len(layers))
	}
	reader, err := layers[0].Compressed()
	if err != nil {
		return nil, fmt.Errorf("fetch the content of %s from %s: %w", digest, repo.Name, err)
	}
	defer reader.Close()
	blob, err := io.ReadAll(io.LimitReader(reader, maxArtifact+1))
	if err != nil {
		return nil, fmt.Errorf("read the content of %s from %s: %w", digest, repo.Name, err)
	}
	if len(blob) > maxArtifact {
		return nil, fmt.Errorf("the content of %s in %s is over %d bytes: it is not read", digest, repo.Name, maxArtifact)
	}
	return blob, nil
}

// ResolveTag is the digest that a tag points at; ErrNoArtifact when the tag does not exist.
func ResolveTag(ctx context.Context, repo Repository, tag string) (promotion.Digest, error) {
	descriptor, err := remote.Get(repo.Name.Tag(tag), artifactOptions(ctx, repo, repo.Read)...)
	if err != nil {
		return "", fmt.Errorf("resolve %s:%s: %w", repo.Name, tag, missing(err))
	}
	return promotion.Digest(descriptor.Digest.String()), nil
}

// TagDigest points a tag at a digest that the repository already has, away from whatever it pointed at.
func TagDigest(ctx context.Context, repo Repository, digest promotion.Digest, tag string) error {
	options := artifactOptions(ctx, repo, repo.Write)
	descriptor, err := remote.Get(repo.Name.Digest(string(digest)), options...)
	if err != nil {
		return fmt.Errorf("tag %s in %s as %s: %w", digest, repo.Name, tag, missing(err))
	}
	if err := remote.Tag(repo.Name.Tag(tag), descriptor, options...); err != nil {
		return fmt.Errorf("tag %s in %s as %s: %w", digest, repo.Name, tag, err)
	}
	return nil
}

// DeleteTag takes a tag away and leaves what it pointed at. A tag that is not there is not an error.
func DeleteTag(ctx context.Context, repo Repository, tag string) error {
	err := remote.Delete(repo.Name.Tag(tag), artifactOptions(ctx, repo, repo.Write)...)
	if err != nil && !errors.Is(missing(err), ErrNoArtifact) {
		return fmt.Errorf("delete the tag %s of %s: %w (the registry must allow tags to be deleted)", tag, repo.Name, err)
	}
	return nil
}

func artifactOptions(ctx context.Context, repo Repository, who authn.Authenticator) []remote.Option {
	if who == nil {
		who = authn.Anonymous
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuth(who)}
	if repo.Transport != nil {
		options = append(options, remote.WithTransport(repo.Transport))
	}
	return options
}

// missing makes the registry's "not found" an ErrNoArtifact, and keeps what it said.
func missing(err error) error {
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%w: %w", ErrNoArtifact, err)
	}
	return err
}

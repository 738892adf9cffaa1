package images

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxArtifact bounds what FetchArtifact reads, in bytes.
const maxArtifact = 256 << 20

// PushArtifact keeps one blob in a repository as an OCI artifact of one layer, found again by the digest of its
// manifest. The same input gives the same digest. artifactType is written as the type of the configuration, where
// every registry keeps it.
func PushArtifact(ctx context.Context, repo Repository, artifactType, mediaType string, annotations map[string]string, blob []byte) (promotion.Digest, error) {
	image, err := artifact(artifactType, mediaType, annotations, blob)
	if err != nil {
		return "", fmt.Errorf("assemble the artifact for %s: %w", repo.Name, err)
	}
	return Push(ctx, image, repo, "")
}

// ArtifactDigest is the digest that PushArtifact would give.
func ArtifactDigest(artifactType, mediaType string, annotations map[string]string, blob []byte) (promotion.Digest, error) {
	image, err := artifact(artifactType, mediaType, annotations, blob)
	if err != nil {
		return "", fmt.Errorf("assemble an artifact: %w", err)
	}
	hash, err := image.Digest()
	return promotion.Digest(hash.String()), err
}

func artifact(artifactType, mediaType string, annotations map[string]string, blob []byte) (v1.Image, error) {
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer(blob, types.MediaType(mediaType)))
	if err != nil {
		return nil, err
	}
	image = mutate.ConfigMediaType(mutate.MediaType(image, types.OCIManifestSchema1), types.MediaType(artifactType))
	if len(annotations) > 0 {
		image = mutate.Annotations(image, annotations).(v1.Image)
	}
	return image, nil
}

// FetchArtifact reads back the blob of an artifact that PushArtifact made. Its content is checked against the digest.
func FetchArtifact(ctx context.Context, repo Repository, digest promotion.Digest) ([]byte, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return nil, err
	}
	source := reading(repo, settled(nil))
	m, err := source.manifest(ctx, hash)
	if err != nil {
		return nil, err
	}
	if len(m.blobs) != 2 || len(m.children) > 0 { // the configuration and one layer
		return nil, fmt.Errorf("%s of %s is no artifact of one layer: it was not made by Gantry", digest, repo.Name)
	}
	layer := m.blobs[1]
	if layer.Size > maxArtifact {
		return nil, fmt.Errorf("the content of %s in %s is %d bytes: over %d it is not read", digest, repo.Name, layer.Size, maxArtifact)
	}
	reader, err := source.blob(ctx, layer)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return io.ReadAll(reader)
}

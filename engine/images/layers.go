package images

import (
	"context"
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Layer is one layer of an image as a registry keeps it.
type Layer struct {
	Digest promotion.Digest
	Bytes  int64 // as it is transferred
}

// Layers are an image's layers, the lowest first, and the digest of its own configuration. Of an index it is the first image.
func Layers(ctx context.Context, in Repository, digest promotion.Digest, options ...Option) (layers []Layer, settings promotion.Digest, err error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return nil, "", err
	}
	c := reading(in, settled(options))
	for range 3 {
		m, err := c.manifest(ctx, hash)
		if err != nil {
			return nil, "", err
		}
		if len(m.children) > 0 {
			hash = m.children[0].Digest
			continue
		}
		for i, blob := range m.blobs {
			if i == 0 {
				settings = promotion.Digest(blob.Digest.String())
			} else {
				layers = append(layers, Layer{promotion.Digest(blob.Digest.String()), blob.Size})
			}
		}
		return layers, settings, nil
	}
	return nil, "", fmt.Errorf("%s is an index of indexes of indexes: none of its images is looked at", digest)
}

package images

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Part is one image of an index.
type Part struct {
	Digest   promotion.Digest
	Platform string // "linux/arm64"; "" where nothing is said, and of an image that is in no index
}

// attests is the platform of what an index holds besides its images: how they were built.
const attests = "unknown/unknown"

// Parts are the images that run from an index, in its order; an image is its own only part.
func Parts(ctx context.Context, in Repository, digest promotion.Digest, options ...Option) ([]Part, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return nil, err
	}
	c := reading(in, settled(options))
	root, err := c.manifest(ctx, hash)
	if err != nil {
		return nil, err
	}
	if !root.mediaType.IsIndex() {
		return []Part{{Digest: digest}}, nil
	}
	parts, err := c.partsOf(ctx, root, 1)
	if err == nil && len(parts) == 0 {
		err = fmt.Errorf("the index %s of %s has no image in it", digest, c.name)
	}
	return parts, err
}

func (c *client) partsOf(ctx context.Context, index manifest, level int) ([]Part, error) {
	if level > deepest {
		return nil, fmt.Errorf("read the index %s of %s: indexes are nested more than %d deep", index.digest, c.name, deepest)
	}
	var parts []Part
	add := func(p Part) {
		if !slices.ContainsFunc(parts, func(o Part) bool { return o.Digest == p.Digest }) {
			parts = append(parts, p)
		}
	}
	for _, child := range index.children {
		if child.MediaType.IsImage() {
			if at := platformOf(child); at != attests {
				add(Part{promotion.Digest(child.Digest.String()), at})
			}
			continue
		}
		inner, err := c.manifest(ctx, child.Digest)
		if err != nil {
			return nil, err
		}
		below, err := c.partsOf(ctx, inner, level+1)
		if err != nil {
			return nil, err
		}
		for _, p := range below {
			add(p)
		}
	}
	return parts, nil
}

func platformOf(d v1.Descriptor) string {
	if d.Platform == nil {
		return ""
	}
	return d.Platform.String()
}

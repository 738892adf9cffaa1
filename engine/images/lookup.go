package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Exists tells whether a repository has a manifest.
func Exists(ctx context.Context, in Repository, digest promotion.Digest, options ...Option) (bool, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return false, err
	}
	_, err = reading(in, settled(options)).head(ctx, hash.String())
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Whole tells whether a repository has a manifest and all that it refers to. Nothing of it is fetched but manifests.
func Whole(ctx context.Context, in Repository, digest promotion.Digest, options ...Option) (bool, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return false, err
	}
	return reading(in, settled(options)).whole(ctx, hash)
}

func (c *client) whole(ctx context.Context, digest v1.Hash) (bool, error) {
	m, err := c.manifest(ctx, digest)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, blob := range m.blobs {
		if has, err := c.hasBlob(ctx, blob); !has || err != nil {
			return false, err
		}
	}
	for _, child := range m.children {
		if whole, err := c.whole(ctx, child.Digest); !whole || err != nil {
			return false, err
		}
	}
	return true, nil
}

// Resolve is the digest that a tag points at; errors.Is ErrNotFound when there is no such tag.
func Resolve(ctx context.Context, in Repository, tag string, options ...Option) (promotion.Digest, error) {
	hash, err := reading(in, settled(options)).resolve(ctx, tag)
	if err != nil {
		return "", err
	}
	return promotion.Digest(hash.String()), nil
}

// Tag points a tag at a manifest that the repository has, away from whatever it pointed at.
func Tag(ctx context.Context, in Repository, digest promotion.Digest, tag string, options ...Option) error {
	hash, err := parseDigest(digest)
	if err != nil {
		return err
	}
	c := writing(in, settled(options))
	m, err := c.manifest(ctx, hash)
	if err != nil {
		return err
	}
	return c.tag(ctx, m, tag)
}

// Labels are what an image says about itself.
func Labels(image v1.Image) (map[string]string, error) {
	file, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read the image's labels: %w", err)
	}
	return file.Config.Labels, nil
}

// resolve asks for a tag's digest; of a registry that does not say it, the manifest is read and hashed.
func (c *client) resolve(ctx context.Context, tag string) (v1.Hash, error) {
	digest, err := c.head(ctx, tag)
	if err != nil || digest.Hex != "" {
		return digest, err
	}
	doing := fmt.Sprintf("read manifest %s of %s", tag, c.name)
	err = c.call(ctx, c.manifestRequest(doing, http.MethodGet, tag), func(response *http.Response) error {
		raw, err := io.ReadAll(io.LimitReader(response.Body, maxManifest))
		if err != nil {
			return failure(ctx, doing, c.stall, err)
		}
		digest, _, err = v1.SHA256(bytes.NewReader(raw))
		return err
	})
	return digest, err
}

// tag points a tag at a manifest, unless it points there already, and looks whether it does. "" is no tag.
func (c *client) tag(ctx context.Context, m manifest, tag string) error {
	if tag == "" {
		return nil
	}
	if at, err := c.resolve(ctx, tag); err == nil && at == m.digest {
		return nil
	} else if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := c.put(ctx, m, tag); err != nil {
		return err
	}
	at, err := c.resolve(ctx, tag)
	if err != nil {
		return fmt.Errorf("the tag was written and cannot be read back, the registry may have lost it: %w", err)
	}
	if at != m.digest {
		return &Error{Doing: fmt.Sprintf("tag %s in %s as %s", m.digest, c.name, tag), Kind: ErrDigestMismatch,
			Answer: fmt.Sprintf("the tag points at %s afterwards: somebody else moved it, or the registry refused silently", at)}
	}
	return nil
}

// nameDigits is how much of a digest tells two images of one name apart.
const nameDigits = 12

// called gives a manifest its name for people. A registry may move no tag, and what is built again from the same commit need
// not be the same to the byte: such an image has a part of its digest in its name.
func (c *client) called(ctx context.Context, m manifest, tag string) error {
	err := c.tag(ctx, m, tag)
	refused := (*Error)(nil)
	if !errors.As(err, &refused) || refused.Status < http.StatusBadRequest || errors.Is(err, ErrUnreachable) {
		return err
	}
	if at, unknown := c.resolve(ctx, tag); unknown != nil || at == m.digest {
		return err
	}
	return c.tag(ctx, m, tag+"-"+m.digest.Hex[:nameDigits])
}

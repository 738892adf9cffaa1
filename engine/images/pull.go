package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Pull unpacks an image from a repository into a directory, as Unpack does, and returns its configuration. Of an index
// it takes the image for Linux on this machine's architecture.
func Pull(ctx context.Context, from Repository, digest promotion.Digest, dir string, options ...Option) (v1.Config, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return v1.Config{}, err
	}
	s := settled(options)
	source := reading(from, s)
	m, err := source.manifest(ctx, hash)
	if err != nil {
		return v1.Config{}, err
	}
	if m.mediaType.IsIndex() {
		if m, err = source.forThisMachine(ctx, m); err != nil {
			return v1.Config{}, err
		}
	}
	return unpack(ctx, source, m, dir, s)
}

// forThisMachine picks an image of an index.
func (c *client) forThisMachine(ctx context.Context, index manifest) (manifest, error) {
	wanted := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	for _, child := range index.children {
		if child.Platform != nil && child.Platform.Satisfies(wanted) && child.MediaType.IsImage() {
			return c.manifest(ctx, child.Digest)
		}
	}
	return manifest{}, &Error{Doing: fmt.Sprintf("read index %s of %s", index.digest, c.name), Kind: ErrNotFound,
		Answer: fmt.Sprintf("it has no image for %s: build one", wanted.String())}
}

// Unpack unpacks an image into a directory, which must not exist or be empty, and returns its configuration. All layers
// are applied; the files belong to the current user and keep their modes without set-user-id and the like; devices,
// and anything that leads out of the directory, are an error. The directory appears when all is in it: a crash leaves a
// sibling whose name begins with a dot and holds ".unpacking-".
func Unpack(ctx context.Context, image v1.Image, dir string, options ...Option) (v1.Config, error) {
	m, blobs, err := local(image)
	if err != nil {
		return v1.Config{}, fmt.Errorf("unpack an image into %s: %w", dir, err)
	}
	return unpack(ctx, blobs, m, dir, settled(options))
}

// maxConfig bounds an image's configuration, in bytes.
const maxConfig = 8 << 20

func unpack(ctx context.Context, from origin, m manifest, dir string, s *settings) (v1.Config, error) {
	if m.elsewhere > 0 {
		return v1.Config{}, fmt.Errorf("unpack %s into %s: %d of its layers lie outside of any registry: they are not fetched", m.digest, dir, m.elsewhere)
	}
	config, layers := m.blobs[0], m.blobs[1:]
	if config.Size > maxConfig {
		return v1.Config{}, fmt.Errorf("unpack %s into %s: its configuration is over %d bytes", m.digest, dir, maxConfig)
	}
	file, err := readConfig(ctx, from, config)
	if err != nil {
		return v1.Config{}, fmt.Errorf("unpack %s into %s: %w", m.digest, dir, err)
	}
	meter := &meter{report: s.report}
	meter.tell(func(p *Progress) {
		p.Blobs = len(layers)
		for _, d := range layers {
			p.Bytes += d.Size
		}
	})
	err = intoPlace(dir, func(tree *tree) error {
		tree.bytesLeft, tree.spaceLeft, tree.filesLeft = s.maxBytes, s.maxBytes, s.maxFiles
		for _, d := range layers {
			if err := applyLayer(ctx, from, d, tree, meter); err != nil {
				return err
			}
		}
		return tree.finish()
	})
	if err != nil {
		return v1.Config{}, fmt.Errorf("unpack %s into %s: %w", m.digest, dir, err)
	}
	return file.Config, nil
}

func readConfig(ctx context.Context, from origin, d v1.Descriptor) (*v1.ConfigFile, error) {
	r, err := from.blob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	file := &v1.ConfigFile{}
	// The configuration of an artifact may be anything; then it says nothing.
	if !d.MediaType.IsConfig() {
		return file, nil
	}
	if err := json.Unmarshal(text, file); err != nil {
		return nil, fmt.Errorf("read the image's configuration: %w", err)
	}
	return file, nil
}

func applyLayer(ctx context.Context, from origin, d v1.Descriptor, tree *tree, meter *meter) error {
	r, err := from.blob(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	count := &blobMeter{all: meter, size: d.Size}
	packed := &counted{r: r, moved: count.moved}
	plain, err := decompress(packed)
	if err != nil {
		return fmt.Errorf("decompress layer %s: %w", d.Digest, err)
	}
	defer plain.Close()
	if err := tree.apply(ctx, plain); err != nil {
		return fmt.Errorf("apply layer %s: %w", d.Digest, orMismatch(err, packed))
	}
	// The digest is known to be right only at the very end.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return err
	}
	count.done()
	return nil
}

// orMismatch finds out whether a layer that could not be applied arrived damaged: that is the better answer.
func orMismatch(err error, rest io.Reader) error {
	const patience = 64 << 20
	if _, damaged := io.CopyN(io.Discard, rest, patience); errors.Is(damaged, ErrDigestMismatch) && !errors.Is(err, errTooLarge) {
		return damaged
	}
	return err
}

// counted reports what is read through it.
type counted struct {
	r     io.Reader
	moved func(int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.moved(n)
	return n, err
}

package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Push writes an image into a repository with its Write credential and reads the manifest back by digest: a registry
// that says yes and keeps nothing is an error. An image that is there already is not sent again. The tag is a name for
// people and may be "".
func Push(ctx context.Context, image v1.Image, to Repository, tag string, options ...Option) (promotion.Digest, error) {
	m, blobs, err := local(image)
	if err != nil {
		return "", fmt.Errorf("push to %s: read the image: %w", to.Name, err)
	}
	if err := push(ctx, []manifest{m}, blobs, to, tag, options); err != nil {
		return "", err
	}
	return promotion.Digest(m.digest.String()), nil
}

// push writes manifests with all that they refer to; the last is the root of the others.
func push(ctx context.Context, manifests []manifest, blobs origin, to Repository, tag string, options []Option) error {
	target, root := writing(to, settled(options)), manifests[len(manifests)-1]
	_, err := target.manifest(ctx, root.digest)
	if errors.Is(err, ErrNotFound) {
		err = newTransfer(blobs, target).publish(ctx, blobsOf(manifests), manifests)
	}
	if err != nil {
		return err
	}
	return target.called(ctx, root, tag)
}

// local reads the manifest of an image on this machine, and where its blobs are.
func local(image v1.Image) (manifest, localBlobs, error) {
	raw, err := image.RawManifest()
	if err != nil {
		return manifest{}, nil, err
	}
	mediaType, err := image.MediaType()
	if err != nil {
		return manifest{}, nil, err
	}
	m, err := parseManifest(raw, mediaType)
	if err != nil {
		return manifest{}, nil, err
	}
	layers, err := image.Layers()
	if err != nil {
		return manifest{}, nil, err
	}
	blobs := localBlobs{}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return manifest{}, nil, err
		}
		blobs[digest] = layer.Compressed
	}
	name, err := image.ConfigName()
	if err != nil {
		return manifest{}, nil, err
	}
	blobs[name] = func() (io.ReadCloser, error) { return configOf(image) }
	return m, blobs, nil
}

// localBlobs opens the blobs of an image on this machine.
type localBlobs map[v1.Hash]func() (io.ReadCloser, error)

func (l localBlobs) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	doing := fmt.Sprintf("read blob %s of the image on this machine", d.Digest)
	open, found := l[d.Digest]
	if !found {
		return nil, &Error{Doing: doing, Answer: "the image does not have it", Kind: ErrNotFound}
	}
	r, err := open()
	if err != nil {
		return nil, &Error{Doing: doing, Answer: err.Error(), cause: err}
	}
	return &checkedBlob{verified(r, d, doing), r}, nil
}

func configOf(image v1.Image) (io.ReadCloser, error) {
	raw, err := image.RawConfigFile()
	return io.NopCloser(bytes.NewReader(raw)), err
}

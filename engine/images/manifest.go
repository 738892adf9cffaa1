package images

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxManifest bounds a manifest, in bytes; registries take four MiB at most.
const maxManifest = 4 << 20

// acceptable are the kinds of manifest that are understood.
var acceptable = []string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex),
	string(types.DockerManifestSchema2), string(types.DockerManifestList),
}

// manifest is a manifest exactly as it was stored, and what it refers to.
type manifest struct {
	digest    v1.Hash
	mediaType types.MediaType
	raw       []byte
	blobs     []v1.Descriptor // configuration and layers
	children  []v1.Descriptor // manifests, of an index
	elsewhere int             // layers that their licence keeps out of registries
}

// parseDigest reads a digest at the edge.
func parseDigest(d promotion.Digest) (v1.Hash, error) {
	hash, err := v1.NewHash(string(d))
	if err != nil {
		return v1.Hash{}, fmt.Errorf("%q is no digest (sha256: and 64 hexadecimal digits): %w", string(d), err)
	}
	return hash, nil
}

// parseManifest reads what a manifest refers to.
func parseManifest(raw []byte, mediaType types.MediaType) (manifest, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return manifest{}, err
	}
	m := manifest{digest: digest, mediaType: mediaType, raw: raw}
	switch {
	case mediaType.IsIndex():
		index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
		if err != nil {
			return manifest{}, err
		}
		for _, d := range index.Manifests {
			if d.MediaType.IsIndex() || d.MediaType.IsImage() {
				m.children = append(m.children, d)
			} else {
				m.blobs = append(m.blobs, d)
			}
		}
	case mediaType.IsImage():
		image, err := v1.ParseManifest(bytes.NewReader(raw))
		if err != nil {
			return manifest{}, err
		}
		m.blobs = append(m.blobs, image.Config)
		for _, layer := range image.Layers {
			// A layer that lies elsewhere by licence is fetched from there, never from a registry.
			if layer.MediaType.IsDistributable() || len(layer.URLs) == 0 {
				m.blobs = append(m.blobs, layer)
			} else {
				m.elsewhere++
			}
		}
	default:
		return manifest{}, fmt.Errorf("a manifest of type %q is not understood", mediaType)
	}
	return m, nil
}

// manifest reads a manifest by digest and holds it against that digest.
func (c *client) manifest(ctx context.Context, digest v1.Hash) (manifest, error) {
	doing := fmt.Sprintf("read manifest %s of %s", digest, c.name)
	var m manifest
	err := c.call(ctx, c.manifestRequest(doing, http.MethodGet, digest.String()), func(response *http.Response) error {
		raw, err := io.ReadAll(io.LimitReader(response.Body, maxManifest+1))
		if err != nil {
			return failure(ctx, doing, c.stall, err)
		}
		if got, _, _ := v1.SHA256(bytes.NewReader(raw)); got != digest {
			return mismatch(doing, "what came has the digest %s (%d bytes): it is not used", got, len(raw))
		}
		if m, err = parseManifest(raw, mediaTypeOf(response.Header)); err != nil {
			return &Error{Doing: doing, Answer: err.Error(), cause: err}
		}
		return nil
	})
	return m, err
}

func (c *client) manifestRequest(doing, method, reference string) request {
	return request{
		doing: doing, method: method, at: c.at("manifests/" + reference),
		header: http.Header{"Accept": acceptable}, accept: []int{http.StatusOK},
	}
}

func mediaTypeOf(header http.Header) types.MediaType {
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return types.MediaType(strings.TrimSpace(kind))
}

// head asks whether a digest or a tag exists and what its digest is.
func (c *client) head(ctx context.Context, reference string) (v1.Hash, error) {
	doing := fmt.Sprintf("look for %s in %s", reference, c.name)
	var digest v1.Hash
	err := c.call(ctx, c.manifestRequest(doing, http.MethodHead, reference), func(response *http.Response) error {
		var err error
		// Not every registry says the digest: nothing is taken from such an answer but that there is something.
		if said := response.Header.Get("Docker-Content-Digest"); said != "" {
			if digest, err = v1.NewHash(said); err != nil {
				return mismatch(doing, "answered with the digest %q, which is none", oneLine(said))
			}
		}
		return nil
	})
	return digest, err
}

// put stores a manifest under its digest or a tag.
func (c *client) put(ctx context.Context, m manifest, reference string) error {
	r := request{
		doing: fmt.Sprintf("write manifest %s to %s", reference, c.name), method: http.MethodPut,
		at: c.at("manifests/" + reference), body: m.raw, header: http.Header{"Content-Type": {string(m.mediaType)}},
		accept: []int{http.StatusCreated, http.StatusOK, http.StatusAccepted},
	}
	return c.call(ctx, r, func(*http.Response) error { return nil })
}

// readBack proves that a registry keeps a manifest which it said it took.
func (c *client) readBack(ctx context.Context, digest v1.Hash) error {
	_, err := c.manifest(ctx, digest)
	if err != nil {
		return fmt.Errorf("the manifest was written and cannot be read back, the registry may have lost it: %w", err)
	}
	return nil
}

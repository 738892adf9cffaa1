package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sys/unix"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Save keeps an image in a directory, an OCI image layout that is made where there is none. Several may save into it at
// once, from several processes; what was saved survives a crash, whole.
func Save(dir string, image v1.Image) (promotion.Digest, error) {
	m, blobs, err := local(image)
	if err != nil {
		return "", fmt.Errorf("keep an image in %s: %w", dir, err)
	}
	if err := save(context.Background(), dir, []manifest{m}, blobs); err != nil {
		return "", fmt.Errorf("keep the image %s in %s: %w", m.digest, dir, err)
	}
	return promotion.Digest(m.digest.String()), nil
}

func save(ctx context.Context, dir string, manifests []manifest, from origin) error {
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o700); err != nil {
		return err
	}
	for _, d := range blobsOf(manifests) {
		if err := saveBlob(ctx, dir, d, from); err != nil {
			return err
		}
	}
	for _, m := range manifests {
		if err := writeWhole(blobPath(dir, m.digest), bytes.NewReader(m.raw)); err != nil {
			return err
		}
	}
	root := manifests[len(manifests)-1]
	return enter(dir, v1.Descriptor{MediaType: root.mediaType, Size: int64(len(root.raw)), Digest: root.digest})
}

func saveBlob(ctx context.Context, dir string, d v1.Descriptor, from origin) error {
	if layoutDir(dir).has(d) {
		return nil
	}
	r, err := from.blob(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	return writeWhole(blobPath(dir, d.Digest), r)
}

func blobPath(dir string, digest v1.Hash) string {
	return filepath.Join(dir, "blobs", digest.Algorithm, digest.Hex)
}

// writeWhole writes a file that is there with all of its content, or not at all.
func writeWhole(path string, content io.Reader) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// enter writes a manifest into the layout's index, one at a time.
func enter(dir string, d v1.Descriptor) error {
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	// Closing the file lets go of the lock.
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock it: %w", err)
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	at := filepath.Join(dir, "index.json")
	switch text, err := os.ReadFile(at); {
	case err == nil:
		if err := json.Unmarshal(text, &index); err != nil {
			return fmt.Errorf("read %s: %w", at, err)
		}
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	if slices.ContainsFunc(index.Manifests, func(known v1.Descriptor) bool { return known.Digest == d.Digest }) {
		return nil
	}
	index.Manifests = append(index.Manifests, d)
	text, err := json.Marshal(index)
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(dir, "oci-layout"), bytes.NewReader([]byte(`{"imageLayoutVersion":"1.0.0"}`))); err != nil {
		return err
	}
	return writeWhole(at, bytes.NewReader(text))
}

// Kept is an image, or a whole index, that Save or Import kept.
type Kept struct {
	dir       layoutDir
	manifests []manifest // each one after those that it refers to; the root is the last
}

// Open finds what Save or Import kept, with all that it refers to; errors.Is ErrNotFound when it, or a part of it, is gone.
func Open(dir string, digest promotion.Digest) (Kept, error) {
	hash, err := parseDigest(digest)
	if err != nil {
		return Kept{}, err
	}
	at := layoutDir(dir)
	root, err := at.manifest(context.Background(), hash)
	if err != nil {
		return Kept{}, fmt.Errorf("open the image %s in %s: %w", hash, dir, err)
	}
	manifests, err := family(context.Background(), at, root)
	if err != nil {
		return Kept{}, fmt.Errorf("open the image %s in %s: %w", hash, dir, err)
	}
	for _, d := range blobsOf(manifests) {
		if !at.has(d) {
			return Kept{}, fmt.Errorf("open the image %s in %s: its blob %s is gone or cut: %w", hash, dir, d.Digest, ErrNotFound)
		}
	}
	return Kept{at, manifests}, nil
}

// Push writes what was kept into a repository, as the function Push writes an image: an index with all of its images.
func (k Kept) Push(ctx context.Context, to Repository, tag string, options ...Option) error {
	return push(ctx, k.manifests, k.dir, to, tag, options)
}

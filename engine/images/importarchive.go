package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// importArchive takes an image out of an archive. What newer versions of `docker save` write is both kinds at once: then it
// is taken as a layout, which keeps the digests.
func importArchive(ctx context.Context, dir string, from Made) (promotion.Digest, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(dir, ".importing-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	plain, err := plainArchive(from.Path, scratch)
	if err != nil {
		return "", err
	}
	names, err := namesIn(plain)
	switch {
	case err != nil:
		return "", fmt.Errorf("it is no archive that can be read: %w: %w", ErrUnfit, err)
	case slices.Contains(names, "index.json"):
		layout := filepath.Join(scratch, "layout")
		if err := extractLayout(ctx, plain, layout); err != nil {
			return "", err
		}
		return importLayout(ctx, dir, layoutDir(layout), from)
	case slices.Contains(names, "manifest.json"):
		return importDocker(ctx, dir, plain, from)
	}
	return "", fmt.Errorf("it holds neither an OCI image layout nor what `docker save` writes: %w", ErrUnfit)
}

// plainArchive is the archive without its compression: the file itself, or a copy in a directory.
func plainArchive(path, scratch string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	first := make([]byte, 4)
	n, _ := io.ReadFull(file, first)
	if packed := string(first[:n]); !strings.HasPrefix(packed, "\x1f\x8b") && packed != "\x28\xb5\x2f\xfd" {
		return path, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	content, err := decompress(file)
	if err != nil {
		return "", fmt.Errorf("decompress it: %w: %w", ErrUnfit, err)
	}
	defer content.Close()
	copied := filepath.Join(scratch, "plain.tar")
	if err := writeUpTo(copied, content, settled(nil).maxBytes); err != nil {
		return "", fmt.Errorf("decompress it: %w", err)
	}
	return copied, nil
}

// namesIn are the names in an archive, without the "./" that some tools write before each.
func namesIn(path string) ([]string, error) {
	var names []string
	err := eachEntry(path, func(header *tar.Header, _ io.Reader) error {
		names = append(names, filepath.Clean(header.Name))
		return nil
	})
	return names, err
}

func eachEntry(path string, do func(*tar.Header, io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(header, archive)
		}
		if err != nil {
			return err
		}
	}
}

// extractLayout writes the files of a layout, and nothing else, into a directory.
func extractLayout(ctx context.Context, path, to string) error {
	if err := os.MkdirAll(filepath.Join(to, "blobs", "sha256"), 0o700); err != nil {
		return err
	}
	left := settled(nil).maxBytes
	return eachEntry(path, func(header *tar.Header, content io.Reader) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		name := filepath.Clean(header.Name)
		blob, inside := strings.CutPrefix(name, "blobs/sha256/")
		if header.Typeflag != tar.TypeReg || name != "index.json" && (!inside || strings.Contains(blob, "/")) {
			return nil
		}
		left -= header.Size
		return writeUpTo(filepath.Join(to, name), content, left+header.Size)
	})
}

func writeUpTo(path string, content io.Reader, most int64) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil // an archive may hold a blob twice; which one is right is seen by its digest
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(file, io.LimitReader(content, most+1))
	if err == nil && n > most {
		err = errTooLarge
	}
	return errors.Join(err, file.Close())
}

// importDocker makes an image of what `docker save` wrote before it wrote layouts, and jib, nix and others still write.
func importDocker(ctx context.Context, dir, path string, from Made) (promotion.Digest, error) {
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	manifests, err := tarball.LoadManifest(open)
	if err != nil {
		return "", fmt.Errorf("read its manifest.json: %w: %w", ErrUnfit, err)
	}
	wanted, err := oneOf(manifests, from.Tag)
	if err != nil {
		return "", err
	}
	image, err := tarball.Image(open, wanted)
	if err != nil {
		return "", fmt.Errorf("read it: %w: %w", ErrUnfit, err)
	}
	m, blobs, err := local(image)
	if err != nil {
		return "", fmt.Errorf("read it: %w: %w", ErrUnfit, err)
	}
	all := []manifest{m}
	if err := checkRunnable(ctx, blobs, all, from.Platforms); err != nil {
		return "", err
	}
	if err := save(ctx, dir, all, blobs); err != nil {
		return "", err
	}
	return promotion.Digest(m.digest.String()), nil
}

// oneOf is the name of the image that is meant out of an archive; nil where there is only one.
func oneOf(manifests tarball.Manifest, tag string) (*name.Tag, error) {
	var names []string
	for _, m := range manifests {
		names = append(names, m.RepoTags...)
	}
	if tag == "" && len(manifests) == 1 {
		return nil, nil
	}
	if tag == "" {
		return nil, fmt.Errorf("it holds %d images (%s): say which one with tag: %w", len(manifests), strings.Join(names, ", "), ErrUnfit)
	}
	wanted, err := name.NewTag(tag)
	if err == nil {
		for _, n := range names {
			if known, err := name.NewTag(n); err == nil && known.Name() == wanted.Name() {
				return &wanted, nil
			}
		}
	}
	return nil, fmt.Errorf("none of its images is called %q; there are %s: %w", tag, strings.Join(names, ", "), ErrUnfit)
}

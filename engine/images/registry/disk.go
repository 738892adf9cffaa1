package registry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// The layout of the directory:
//
//	blobs/sha256/<hex>                             what was uploaded
//	uploads/<id>                                   what is being uploaded
//	repositories/<name>/_manifests/<hex>           first line: the media type; then the manifest, byte for byte
//	repositories/<name>/_tags/<tag>                the digest that the tag points at

func (r *Registry) blobPath(digest string) string {
	return filepath.Join(r.dir, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
}

func (r *Registry) uploadPath(id string) string { return filepath.Join(r.dir, "uploads", id) }

func (r *Registry) manifestPath(name, digest string) string {
	return filepath.Join(r.dir, "repositories", filepath.FromSlash(name), "_manifests", strings.TrimPrefix(digest, "sha256:"))
}

func (r *Registry) tagsPath(name string) string {
	return filepath.Join(r.dir, "repositories", filepath.FromSlash(name), "_tags")
}

// writeWhole writes a file that is there with all of its content, or not at all, also after a power cut.
func writeWhole(path string, content []byte) error {
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return moveInto(file.Name(), path)
}

// moveInto renames a synced file to its place and makes that last.
func moveInto(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// makeDir makes a directory and those above it, and makes that last.
func makeDir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	above := filepath.Dir(path)
	if err := makeDir(above); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(above)
}

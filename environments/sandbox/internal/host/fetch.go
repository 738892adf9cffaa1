package host

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// fetch unpacks an image into a directory and returns its configuration.
func fetch(ctx context.Context, from images.Repository, digest promotion.Digest, dir string) (v1.Config, error) {
	image, err := remote.Image(from.Name.Digest(string(digest)), remote.WithAuth(from.Read), remote.WithContext(ctx))
	if err != nil {
		return v1.Config{}, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return v1.Config{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return v1.Config{}, err
	}
	r := mutate.Extract(image)
	defer r.Close()
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return config.Config, nil
		}
		if err != nil {
			return v1.Config{}, err
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return v1.Config{}, err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return v1.Config{}, err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, h.FileInfo().Mode().Perm())
		if err != nil {
			return v1.Config{}, err
		}
		if _, err := io.Copy(f, in); err != nil {
			return v1.Config{}, fmt.Errorf("%w", err)
		}
		f.Close()
	}
}

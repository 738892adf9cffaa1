package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Made is an image, or a whole index, as a build tool wrote it.
type Made struct {
	// Path is a directory that is an OCI image layout, or an archive: of such a layout, or of the kind that `docker save`
	// writes; compressed or not.
	Path string
	// Tag says which one is meant where there are several; "" where there is one.
	Tag string
	// Platforms are what it must be for, "linux/arm64" for instance; none: whatever it is for will do.
	Platforms []string
}

// ErrUnfit is what a tool wrote, but is no image that could be run. To try again does not help.
var ErrUnfit = errors.New("it cannot be used")

// Import keeps what a build tool wrote in a directory, as Save does: the same bytes, each blob held against its digest, an
// index with all of its images. Of the archive that `docker save` writes, whose layers have no digests, it makes the image.
func Import(ctx context.Context, dir string, from Made) (promotion.Digest, error) {
	digest, err := imported(ctx, dir, from)
	if err != nil {
		return "", fmt.Errorf("take the image from %s: %w", from.Path, err)
	}
	return digest, nil
}

func imported(ctx context.Context, dir string, from Made) (promotion.Digest, error) {
	info, err := os.Stat(from.Path)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("nothing is there: look whether a step of the build writes it: %w", ErrUnfit)
	}
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return importLayout(ctx, dir, layoutDir(from.Path), from)
	}
	return importArchive(ctx, dir, from)
}

func importLayout(ctx context.Context, dir string, layout layoutDir, made Made) (promotion.Digest, error) {
	root, err := layout.root(ctx, made.Tag)
	if err != nil {
		return "", err
	}
	manifests, err := family(ctx, layout, root)
	if err != nil {
		return "", err
	}
	if err := checkRunnable(ctx, layout, manifests, made.Platforms); err != nil {
		return "", err
	}
	if err := save(ctx, dir, manifests, layout); err != nil {
		return "", err
	}
	return promotion.Digest(root.digest.String()), nil
}

// root is the image of a layout that is meant.
func (l layoutDir) root(ctx context.Context, tag string) (manifest, error) {
	raw, err := readUpTo(filepath.Join(string(l), "index.json"), maxManifest)
	if errors.Is(err, os.ErrNotExist) {
		return manifest{}, fmt.Errorf("it is no OCI image layout, it has no index.json: %w", ErrUnfit)
	}
	if err != nil {
		return manifest{}, err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return manifest{}, fmt.Errorf("read its index.json: %w: %w", ErrUnfit, err)
	}
	found := slices.DeleteFunc(slices.Clone(index.Manifests), func(d v1.Descriptor) bool {
		return tag != "" && !slices.Contains(namesOf(d), tag)
	})
	digests := map[v1.Hash]bool{}
	for _, d := range found {
		digests[d.Digest] = true
	}
	switch {
	case len(digests) == 1:
		return l.manifest(ctx, found[0].Digest)
	case len(index.Manifests) == 0:
		return manifest{}, fmt.Errorf("its index.json names no image: %w", ErrUnfit)
	case len(digests) == 0:
		return manifest{}, fmt.Errorf("none of its images is called %q; there are %s: %w", tag, calledIn(index.Manifests), ErrUnfit)
	case tag == "" && onePerPlatform(found):
		return parseManifest(raw, types.OCIImageIndex)
	}
	return manifest{}, fmt.Errorf("it holds %d images (%s): say which one with tag: %w", len(digests), calledIn(found), ErrUnfit)
}

// onePerPlatform tells whether a layout's own index is one image for several machines, as some tools write it.
func onePerPlatform(list []v1.Descriptor) bool {
	known := map[string]bool{}
	for _, d := range list {
		if d.Platform == nil || known[d.Platform.String()] {
			return false
		}
		known[d.Platform.String()] = true
	}
	return true
}

// namesOf are what a layout calls an image.
func namesOf(d v1.Descriptor) []string {
	var names []string
	for _, key := range []string{"org.opencontainers.image.ref.name", "io.containerd.image.name"} {
		if name := d.Annotations[key]; name != "" {
			names = append(names, name)
		}
	}
	return names
}

func calledIn(list []v1.Descriptor) string {
	var names []string
	for _, d := range list {
		if called := namesOf(d); len(called) > 0 {
			names = append(names, called[0])
		} else {
			names = append(names, promotion.Digest(d.Digest.String()).Short())
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// checkRunnable refuses what no environment could start: an artifact that is no image, one for another system than Linux,
// one that does not say what it runs; and what is not for all the platforms that it was asked for.
func checkRunnable(ctx context.Context, from origin, manifests []manifest, wanted []string) error {
	var found []v1.Platform
	for _, m := range manifests {
		if !m.mediaType.IsImage() || len(m.blobs) == 0 {
			continue
		}
		file, err := readConfig(ctx, from, m.blobs[0])
		if err != nil {
			return err
		}
		switch {
		case file.OS == "" || file.OS == "unknown": // an attestation, or another artifact beside the images
			continue
		case file.OS != "linux":
			return fmt.Errorf("its image is for %s: environments run Linux: %w", file.OS, ErrUnfit)
		case len(file.Config.Entrypoint)+len(file.Config.Cmd) == 0:
			return fmt.Errorf("its image for %s/%s does not say what it starts: give it an entrypoint or a command: %w", file.OS, file.Architecture, ErrUnfit)
		}
		found = append(found, v1.Platform{OS: file.OS, Architecture: file.Architecture, Variant: file.Variant})
	}
	if len(found) == 0 {
		return fmt.Errorf("it holds no image of a program, only other content: %w", ErrUnfit)
	}
	return forAll(found, wanted)
}

// forAll goes by what the images say of themselves: an index may say something else of them.
func forAll(found []v1.Platform, wanted []string) error {
	var names []string
	for _, platform := range found {
		names = append(names, platform.String())
	}
	for _, name := range wanted {
		want, err := v1.ParsePlatform(name)
		if err != nil {
			return fmt.Errorf("read the platform %q: %w", name, err)
		}
		if !slices.ContainsFunc(found, func(p v1.Platform) bool {
			return p.OS == want.OS && p.Architecture == want.Architecture && (p.Variant == want.Variant || p.Variant == "" || want.Variant == "")
		}) {
			return fmt.Errorf("it was asked for %s, and is for %s alone: %w", name, strings.Join(names, ", "), ErrUnfit)
		}
	}
	return nil
}

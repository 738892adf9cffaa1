package images

import (
	"fmt"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Spec is what an image consists of.
type Spec struct {
	// Files are the image's files: path in the image → file or directory on disk.
	Files map[string]string
	// Entrypoint and Command are what runs; both may be empty, where the files are all that matters.
	Entrypoint []string
	Command    []string
	Env        []string // "NAME=value"
	User       string
	WorkingDir string
	// Zstd packs with zstd, which unpacks several times as fast as gzip, for what Gantry unpacks itself: not every
	// platform runs such an image.
	Zstd bool
	// Labels stand in the configuration, Annotations in the manifest.
	Labels      map[string]string
	Annotations map[string]string
}

// epoch is when every image was made: the time of day must not change a digest.
var epoch = time.Unix(0, 0).UTC()

// Assemble makes an image of one layer for Linux and this machine's architecture. The same contents and settings give
// the same digest, whoever assembles it when and where: times, owners and the order of entries are fixed, and of the
// modes only "executable" is kept. (Another version of Gantry may compress differently.) The files are read now; what
// becomes of them later does not matter.
func Assemble(spec Spec) (v1.Image, error) {
	layer, err := filesLayer(spec.Files, packingOf(spec))
	if err != nil {
		return nil, fmt.Errorf("assemble an image: %w", err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer: layer, MediaType: layer.mediaType,
		History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "gantry"},
	})
	if err != nil {
		return nil, fmt.Errorf("assemble an image: %w", err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("assemble an image: %w", err)
	}
	file = file.DeepCopy()
	file.Created, file.OS, file.Architecture = v1.Time{Time: epoch}, "linux", runtime.GOARCH
	file.Config = v1.Config{
		Entrypoint: spec.Entrypoint, Cmd: spec.Command, Env: spec.Env,
		User: spec.User, WorkingDir: spec.WorkingDir, Labels: spec.Labels,
	}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return nil, fmt.Errorf("assemble an image: %w", err)
	}
	if len(spec.Annotations) > 0 {
		image = mutate.Annotations(image, spec.Annotations).(v1.Image)
	}
	return image, nil
}

package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// program is an image that says what it starts, for one architecture.
func program(t testing.TB, architecture string, sizes ...int) v1.Image {
	t.Helper()
	image := imageOf(t, sizes...)
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config.Entrypoint = "linux", architecture, []string{"/app"}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	return mutate.ConfigMediaType(image, types.OCIConfigJSON)
}

func onPlatform(image v1.Image, architecture string) mutate.IndexAddendum {
	return mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}}}
}

// forMachines is an index of two programs, and of an attestation as buildx writes one beside them.
func forMachines(t *testing.T) v1.ImageIndex {
	t.Helper()
	attestation, err := mutate.ConfigFile(imageOf(t, 90), &v1.ConfigFile{OS: "unknown", Architecture: "unknown"})
	if err != nil {
		t.Fatal(err)
	}
	return mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex),
		onPlatform(program(t, "amd64", 3000, 100), "amd64"), onPlatform(program(t, "arm64", 3000, 200), "arm64"),
		mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}})
}

// layoutOf writes a layout as a build tool does.
func layoutOf(t *testing.T, add func(layout.Path) error) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = add(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// packedUp is a directory as an archive, with the "./" that tar writes; compressed where asked for.
func packedUp(t *testing.T, dir string, compress bool) string {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at, _ := filepath.Rel(dir, path)
		if err := archive.WriteHeader(&tar.Header{Name: "./" + at, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	content := buffer.Bytes()
	if compress {
		content = gzipped(content)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func gzipped(content []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(content)
	_ = w.Close()
	return packed.Bytes()
}

// travels imports, pushes to one registry, copies to the next, and tells what arrived.
func travels(t *testing.T, from Made) (promotion.Digest, *site) {
	t.Helper()
	store := t.TempDir()
	digest, err := Import(t.Context(), store, from)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Open(store, digest)
	if err != nil {
		t.Fatal(err)
	}
	dev, qa := newSite(t), newSite(t)
	if err := kept.Push(t.Context(), dev.repository("dev/app"), "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if err := Copy(t.Context(), dev.repository("dev/app"), digest, qa.repository("qa/app"), "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(store, ".importing-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return digest, qa
}

func TestAnIndexForSeveralMachinesGoesFromTheBuildToTheLastEnvironmentWhole(t *testing.T) {
	index := forMachines(t)
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	dir := layoutOf(t, func(p layout.Path) error { return p.AppendIndex(index) })
	for what, path := range map[string]string{"directory": dir, "archive": packedUp(t, dir, false), "compressed archive": packedUp(t, dir, true)} {
		t.Run(what, func(t *testing.T) {
			digest, qa := travels(t, Made{Path: path})
			if string(digest) != want.String() {
				t.Errorf("the index %s has become %s", want, digest)
			}
			m, err := index.IndexManifest()
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range m.Manifests {
				qa.mustHave("qa/app", promotion.Digest(d.Digest.String()))
			}
			if whole, err := Whole(t.Context(), qa.repository("qa/app"), digest); err != nil || !whole {
				t.Errorf("all of it in QA: %v, %v", whole, err)
			}
		})
	}
}

func TestALayoutWithOneImagePerPlatformIsAnIndexItself(t *testing.T) {
	dir := layoutOf(t, func(p layout.Path) error {
		for _, architecture := range []string{"amd64", "arm64"} {
			if err := p.AppendImage(program(t, architecture, 500), layout.WithPlatform(v1.Platform{OS: "linux", Architecture: architecture})); err != nil {
				return err
			}
		}
		return nil
	})
	raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := v1.SHA256(bytes.NewReader(raw))
	digest, qa := travels(t, Made{Path: dir})
	if string(digest) != want.String() {
		t.Errorf("got %s, want the layout's own index %s", digest, want)
	}
	if whole, err := Whole(t.Context(), qa.repository("qa/app"), digest); err != nil || !whole {
		t.Errorf("all of it in QA: %v, %v", whole, err)
	}
}

func TestWhatDockerSaveWritesBecomesAnImage(t *testing.T) {
	app, other := program(t, "amd64", 700), program(t, "amd64", 900)
	file := filepath.Join(t.TempDir(), "saved.tar")
	if err := tarball.MultiRefWriteToFile(file, map[name.Reference]v1.Image{name.MustParseReference("app:1"): app, name.MustParseReference("other:1"): other}); err != nil {
		t.Fatal(err)
	}
	digest, qa := travels(t, Made{Path: file, Tag: "app:1"})
	layers, _, err := Layers(t.Context(), qa.repository("qa/app"), digest)
	if err != nil || len(layers) != 1 {
		t.Errorf("its layers are %v, %v", layers, err)
	}
	again, err := Import(t.Context(), t.TempDir(), Made{Path: file, Tag: "app:1"})
	if err != nil || again != digest {
		t.Errorf("the same archive is %s, then %s, %v", digest, again, err)
	}
	for tag, says := range map[string]string{"": "it holds 2 images (", "wrong:1": `none of its images is called "wrong:1"; there are `} {
		if _, err := Import(t.Context(), t.TempDir(), Made{Path: file, Tag: tag}); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), says) {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
}

func TestOneOfSeveralImagesIsChosenByItsName(t *testing.T) {
	named := func(name string) layout.Option {
		return layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": name})
	}
	app := program(t, "amd64", 500)
	dir := layoutOf(t, func(p layout.Path) error {
		return errors.Join(p.AppendImage(app, named("app")), p.AppendImage(program(t, "amd64", 600), named("migrate")))
	})
	digest, err := Import(t.Context(), t.TempDir(), Made{Path: dir, Tag: "app"})
	if err != nil || string(digest) != digestOf(t, app) {
		t.Errorf("%s, %v", digest, err)
	}
	for tag, says := range map[string]string{"": "it holds 2 images (app, migrate): say which one with tag", "ap": `called "ap"; there are app, migrate`} {
		if _, err := Import(t.Context(), t.TempDir(), Made{Path: dir, Tag: tag}); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), says) {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
}

func TestWhatCouldNeverRunIsNotTaken(t *testing.T) {
	appended := func(image v1.Image) string {
		return layoutOf(t, func(p layout.Path) error { return p.AppendImage(image) })
	}
	foreign, err := mutate.ConfigFile(program(t, "amd64", 10), &v1.ConfigFile{OS: "windows", Architecture: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := mutate.ConfigFile(program(t, "amd64", 10), &v1.ConfigFile{OS: "linux", Architecture: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(written(t, map[string]string{"x": strings.Repeat("no archive ", 200)}), "x")
	for says, path := range map[string]string{
		"its image is for windows":    appended(foreign),
		"does not say what it starts": appended(mutate.ConfigMediaType(idle, types.OCIConfigJSON)),
		"nothing is there":            filepath.Join(t.TempDir(), "none.tar"),
		"it has no index.json":        t.TempDir(),
		"it is no archive":            text,
		"its index.json names no":     layoutOf(t, func(layout.Path) error { return nil }),
	} {
		if _, err := Import(t.Context(), t.TempDir(), Made{Path: path}); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q: %v", says, err)
		}
	}
}

func TestAnImageIsForAllThePlatformsThatItWasAskedFor(t *testing.T) {
	both := layoutOf(t, func(p layout.Path) error { return p.AppendIndex(forMachines(t)) })
	// As a builder writes it that takes one platform's image for the other's, too: only the index says amd64.
	mixedUp := layoutOf(t, func(p layout.Path) error {
		return p.AppendIndex(mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), onPlatform(program(t, "arm64", 100), "amd64")))
	})
	for _, c := range []struct {
		path   string
		wanted []string
		lacks  string
	}{
		{both, nil, ""}, {both, []string{"linux/amd64", "linux/arm64/v8"}, ""}, {both, []string{"linux/amd64", "linux/riscv64"}, "linux/riscv64"},
		{mixedUp, []string{"linux/arm64"}, ""}, {mixedUp, []string{"linux/amd64", "linux/arm64"}, "linux/amd64"},
	} {
		_, err := Import(t.Context(), t.TempDir(), Made{Path: c.path, Platforms: c.wanted})
		if c.lacks == "" && err != nil || c.lacks != "" && (!errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "asked for "+c.lacks)) {
			t.Errorf("%v: %v, want it to lack %q", c.wanted, err, c.lacks)
		}
	}
}

func TestADamagedLayoutIsFoundOutBeforeAnythingIsKept(t *testing.T) {
	image := program(t, "amd64", 4000)
	for what, spoil := range map[string]func(dir string, blob string){
		"changed": func(_, blob string) { _ = os.WriteFile(blob, noise(9, 4000), 0o600) },
		"cut":     func(_, blob string) { _ = os.Truncate(blob, 100) },
		"missing": func(_, blob string) { _ = os.Remove(blob) },
	} {
		dir := layoutOf(t, func(p layout.Path) error { return p.AppendImage(image) })
		m, err := image.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(blobPath(dir, m.Layers[0].Digest), 0o600); err != nil {
			t.Fatal(err)
		}
		spoil(dir, blobPath(dir, m.Layers[0].Digest))
		store := t.TempDir()
		_, err = Import(t.Context(), store, Made{Path: dir})
		if !errors.Is(err, ErrDigestMismatch) && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := Open(store, promotion.Digest(digestOf(t, image))); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s, and yet it is kept: %v", what, err)
		}
	}
}

func TestAnArchiveCannotWriteOutsideOfItsPlace(t *testing.T) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, name := range []string{"index.json", "../escaped", "blobs/sha256/../../../escaped", "/escaped"} {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: 2}); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(archive, "{}")
	}
	_ = archive.Close()
	at := t.TempDir()
	file := filepath.Join(at, "image.tar")
	if err := os.WriteFile(file, buffer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(at, "store")
	if _, err := Import(t.Context(), store, Made{Path: file}); !errors.Is(err, ErrUnfit) {
		t.Error(err)
	}
	for _, dir := range []string{at, store} {
		if _, err := os.Stat(filepath.Join(dir, "escaped")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("written into %s: %v", dir, err)
		}
	}
}

// Whatever a tool left where an archive should be, it is taken or refused, and nothing of it stays outside of its place.
func FuzzArchive(f *testing.F) {
	file := filepath.Join(f.TempDir(), "saved.tar")
	if err := tarball.WriteToFile(file, name.MustParseReference("app:1"), program(f, "amd64", 100)); err != nil {
		f.Fatal(err)
	}
	saved, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved)
	f.Add(gzipped(saved))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		at := filepath.Join(dir, "image.tar")
		if err := os.WriteFile(at, content, 0o600); err != nil {
			t.Fatal(err)
		}
		store := filepath.Join(dir, "store")
		digest, err := Import(t.Context(), store, Made{Path: at})
		if err == nil {
			_, err = Open(store, digest)
		} else if left, _ := filepath.Glob(filepath.Join(store, ".importing-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		} else {
			err = nil
		}
		if err != nil {
			t.Errorf("it was taken, and is not whole: %v", err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 2 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

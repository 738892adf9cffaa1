package images

import (
	"archive/tar"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func assembled(t *testing.T, spec Spec) v1.Image {
	t.Helper()
	image, err := Assemble(spec)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func digestOf(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestTheSameFilesGiveTheSameDigestWhereverTheyLie(t *testing.T) {
	files := map[string]string{"bin/orders*": "program", "etc/a.txt": "a", "etc/b/c.txt": "c"}
	spec := func(dir string) Spec {
		return Spec{
			Files:      map[string]string{"/usr/local/bin/orders": filepath.Join(dir, "bin/orders"), "/etc/orders": filepath.Join(dir, "etc")},
			Entrypoint: []string{"/usr/local/bin/orders"}, Env: []string{"A=1"}, User: "1000",
			Labels: map[string]string{"org.opencontainers.image.version": "1.2.0", "org.opencontainers.image.title": "orders"},
		}
	}
	one, other := written(t, files), written(t, files)
	long := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(other, "etc/a.txt"), long, long); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "etc/a.txt"), 0o604); err != nil {
		t.Fatal(err)
	}
	first, second := assembled(t, spec(one)), assembled(t, spec(other))
	if digestOf(t, first) != digestOf(t, second) {
		t.Errorf("%s and %s", digestOf(t, first), digestOf(t, second))
	}
	changed := spec(one)
	changed.Labels["org.opencontainers.image.version"] = "1.2.1"
	if digestOf(t, assembled(t, changed)) == digestOf(t, first) {
		t.Error("another version has the same digest")
	}
}

func TestAnImageSaysWhatItRuns(t *testing.T) {
	dir := written(t, map[string]string{"run*": "x"})
	image := assembled(t, Spec{
		Files: map[string]string{"/run": filepath.Join(dir, "run")}, Entrypoint: []string{"/run"}, Command: []string{"serve"},
		Env: []string{"A=1"}, User: "app", WorkingDir: "/data", Labels: map[string]string{"l": "1"}, Annotations: map[string]string{"a": "2"},
	})
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := file.Config
	if c.Entrypoint[0] != "/run" || c.Cmd[0] != "serve" || c.Env[0] != "A=1" || c.User != "app" || c.WorkingDir != "/data" ||
		file.OS != "linux" || file.Architecture != runtime.GOARCH {
		t.Errorf("the configuration is %+v", file)
	}
	if labels, err := Labels(image); err != nil || labels["l"] != "1" {
		t.Errorf("labels %v, %v", labels, err)
	}
	if m, err := image.Manifest(); err != nil || m.Annotations["a"] != "2" {
		t.Errorf("annotations %v, %v", m.Annotations, err)
	}
}

func TestWhatLiesInALayer(t *testing.T) {
	dir := written(t, map[string]string{"suite/run.sh*": "#!/bin/sh", "suite/data/x.json": "{}", "note": "n"})
	if err := os.Symlink("run.sh", filepath.Join(dir, "suite", "again")); err != nil {
		t.Fatal(err)
	}
	image := assembled(t, Spec{Files: map[string]string{"/acceptance": filepath.Join(dir, "suite"), "note": filepath.Join(dir, "note")}})
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	var got []string
	for archive := tar.NewReader(plain); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(epoch) {
			t.Errorf("%s belongs to %d:%d since %s", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		got = append(got, strings.TrimPrefix(h.FileInfo().Mode().String(), "-")+" "+h.Name)
	}
	want := []string{"drwxr-xr-x acceptance/", "Lrwxrwxrwx acceptance/again", "drwxr-xr-x acceptance/data/", "rw-r--r-- acceptance/data/x.json", "rwxr-xr-x acceptance/run.sh", "rw-r--r-- note"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWhatCannotBePacked(t *testing.T) {
	dir := written(t, map[string]string{"a": "a", "tree/b": "b"})
	for name, target := range map[string]string{"out": "../../etc/passwd", "absolute": "/etc/passwd"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name, "link")); err != nil {
			t.Fatal(err)
		}
	}
	at := func(p string) string { return filepath.Join(dir, p) }
	for situation, files := range map[string]map[string]string{
		"a path that leads upwards":      {"/app/../../x": at("a")},
		"a file that is missing":         {"/x": at("missing")},
		"a file as the root":             {"/": at("a")},
		"two things in one place":        {"/tree/b": at("a"), "/tree": at("tree")},
		"a file below a file":            {"/x": at("a"), "/x/y": at("a")},
		"a link out of the directory":    {"/x": at("out")},
		"a link to somewhere on the way": {"/x": at("absolute")},
		"a device":                       {"/x": "/dev/null"},
	} {
		if _, err := Assemble(Spec{Files: files}); err == nil {
			t.Errorf("%s should be refused", situation)
		}
	}
}

func TestImagesAreKeptAndFoundAgain(t *testing.T) {
	dir := written(t, map[string]string{"a": "a", "b": "b"})
	store := filepath.Join(t.TempDir(), "images")
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		kept    = map[promotion.Digest]bool{}
	)
	for i := range 12 {
		workers.Go(func() {
			image, err := Assemble(Spec{Files: map[string]string{"/x": filepath.Join(dir, "ab"[i%2:i%2+1])}, Labels: map[string]string{"n": string(rune('a' + i%4))}})
			if err != nil {
				t.Error(err)
				return
			}
			digest, err := Save(store, image)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			kept[digest] = true
		})
	}
	workers.Wait()
	if len(kept) != 4 {
		t.Errorf("%d images", len(kept))
	}
	for digest := range maps.Keys(kept) {
		image, err := Open(store, digest)
		if err != nil {
			t.Fatal(err)
		}
		in := newSite(t)
		if err := image.Push(t.Context(), in.repository("dev/app"), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := Pull(t.Context(), in.repository("dev/app"), digest, filepath.Join(t.TempDir(), "out")); err != nil {
			t.Error(err)
		}
	}
}

func TestADamagedStoreIsNoticed(t *testing.T) {
	dir := written(t, map[string]string{"a": "a"})
	store := t.TempDir()
	digest, err := Save(store, assembled(t, Spec{Files: map[string]string{"/a": filepath.Join(dir, "a")}}))
	if err != nil {
		t.Fatal(err)
	}
	image, err := Open(store, digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(blobPath(store, image.manifests[0].blobs[1].Digest), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(store, digest); !errors.Is(err, ErrNotFound) {
		t.Errorf("a cut layer: %v", err)
	}
	hash, _ := parseDigest(digest)
	if err := os.WriteFile(blobPath(store, hash), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(store, digest); !errors.Is(err, ErrDigestMismatch) {
		t.Errorf("a changed manifest: %v", err)
	}
	if _, err := Open(t.TempDir(), digest); !errors.Is(err, ErrNotFound) {
		t.Errorf("an empty store: %v", err)
	}
}

func TestWhatGantryUnpacksItselfIsPackedWithZstd(t *testing.T) {
	dir := written(t, map[string]string{"suite*": "program"})
	spec := Spec{Files: map[string]string{"/suite": filepath.Join(dir, "suite")}, Zstd: true}
	image := assembled(t, spec)
	if digestOf(t, image) != digestOf(t, assembled(t, spec)) {
		t.Error("the same files have two digests")
	}
	if m, err := image.Manifest(); err != nil || m.Layers[0].MediaType != types.OCILayerZStd {
		t.Errorf("the layer is %+v, %v", m.Layers, err)
	}
	to := filepath.Join(t.TempDir(), "root")
	if _, err := Unpack(t.Context(), image, to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "suite")); err != nil || string(text) != "program" {
		t.Errorf("%q, %v", text, err)
	}
}

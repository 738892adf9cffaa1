package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// item is one entry of a test's layer.
type item struct {
	name string
	kind byte // 0: a file
	body string
	link string
	mode int64
}

func archived(t testing.TB, items ...item) []byte {
	t.Helper()
	var text bytes.Buffer
	archive := tar.NewWriter(&text)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Typeflag: i.kind, Size: int64(len(i.body)), Linkname: i.link, Mode: i.mode, Format: tar.FormatPAX}
		if i.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if i.mode == 0 {
			h.Mode = 0o644
		}
		if err := archive.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(i.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// layered is an image of layers as they are.
func layered(t testing.TB, layers ...[]byte) v1.Image {
	t.Helper()
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, layer := range layers {
		var err error
		if image, err = mutate.AppendLayers(image, static.NewLayer(layer, types.OCILayer)); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

func dirItem(name string) item          { return item{name: name, kind: tar.TypeDir, mode: 0o755} }
func linkItem(name, target string) item { return item{name: name, kind: tar.TypeSymlink, link: target} }

// contents lists what a directory holds: path → content, "→ target" or "/".
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.Walk(dir, func(at string, info os.FileInfo, err error) error {
		if err != nil || at == dir {
			return err
		}
		name, _ := filepath.Rel(dir, at)
		switch {
		case info.IsDir():
			found[name] = "/"
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(at)
			found[name] = "→ " + target
			return err
		default:
			text, err := os.ReadFile(at)
			found[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLayersLieOverEachOther(t *testing.T) {
	for situation, c := range map[string]struct {
		layers [][]item
		want   map[string]string
	}{
		"a later layer wins": {[][]item{{{name: "a", body: "1"}}, {{name: "./a", body: "2"}}}, map[string]string{"a": "2"}},
		"a whiteout hides a file": {[][]item{{{name: "d/a", body: "1"}, {name: "d/b", body: "1"}}, {{name: "d/.wh.a"}}},
			map[string]string{"d": "/", "d/b": "1"}},
		"a whiteout hides a directory": {[][]item{{{name: "d/e/a", body: "1"}}, {{name: ".wh.d"}}}, map[string]string{}},
		"a whiteout spares its own layer": {[][]item{{{name: "d/a", body: "1"}, {name: "d/old", body: "1"}}, {{name: "d/a", body: "2"}, {name: ".wh.d"}}},
			map[string]string{"d": "/", "d/a": "2"}},
		"an opaque directory hides what was in it": {[][]item{{{name: "d/a", body: "1"}, {name: "d/e/f", body: "1"}}, {{name: "d/new", body: "2"}, {name: "d/.wh..wh..opq"}}},
			map[string]string{"d": "/", "d/new": "2"}},
		"a file takes a directory's place": {[][]item{{{name: "d/a", body: "1"}}, {{name: "d", body: "2"}}}, map[string]string{"d": "2"}},
		"a directory takes a link's place": {[][]item{{dirItem("x"), linkItem("d", "x")}, {dirItem("d"), {name: "d/a", body: "1"}}},
			map[string]string{"x": "/", "d": "/", "d/a": "1"}},
		"links stay inside": {[][]item{{{name: "usr/lib/a", body: "1"}, linkItem("lib", "usr/lib"), linkItem("usr/bin/x", "/usr/lib/a"), linkItem("usr/y", "../lib/./a")}},
			map[string]string{"usr": "/", "usr/lib": "/", "usr/lib/a": "1", "lib": "→ usr/lib", "usr/bin": "/", "usr/bin/x": "→ ../../usr/lib/a", "usr/y": "→ ../lib/a"}},
		"a file has two names": {[][]item{{{name: "a", body: "1"}, {name: "b/c", kind: tar.TypeLink, link: "/a"}}}, map[string]string{"a": "1", "b": "/", "b/c": "1"}},
		"a slash in front":     {[][]item{{{name: "/etc/a", body: "1"}}}, map[string]string{"etc": "/", "etc/a": "1"}},
		"nothing":              {nil, map[string]string{}},
	} {
		t.Run(situation, func(t *testing.T) {
			var layers [][]byte
			for _, items := range c.layers {
				layers = append(layers, archived(t, items...))
			}
			dir := filepath.Join(t.TempDir(), "out")
			if _, err := Unpack(t.Context(), layered(t, layers...), dir); err != nil {
				t.Fatal(err)
			}
			got := contents(t, dir)
			for name, want := range c.want {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestALayerThatLeadsOutIsRefusedAndNothingIsLeft(t *testing.T) {
	for situation, items := range map[string][]item{
		"a path with ..":                    {{name: "../evil", body: "x"}},
		"a path with .. inside":             {{name: "a/../../evil", body: "x"}},
		"a link upwards":                    {linkItem("l", "../evil")},
		"a deep link upwards":               {linkItem("a/b/l", "../../../evil")},
		"a link that hides its way up":      {linkItem("a/l", "x/../../../evil")},
		"a file through a link":             {linkItem("l", "/"), {name: "l/evil", body: "x"}},
		"a file through a link to a sister": {dirItem("d"), linkItem("l", "d"), {name: "l/evil", body: "x"}},
		"a directory through a link":        {dirItem("d"), linkItem("l", "d"), dirItem("l/evil")},
		"a whiteout through a link":         {dirItem("d"), linkItem("l", "d"), {name: "l/.wh.a"}},
		"a whiteout of what is above":       {{name: "d/.wh..."}},
		"a whiteout of nothing":             {{name: "d/.wh."}},
		"an opaque link":                    {dirItem("d"), linkItem("l", "d"), {name: "l/.wh..wh..opq"}},
		"a second name from outside":        {{name: "a", kind: tar.TypeLink, link: "../../etc/passwd"}},
		"a second name of a link":           {linkItem("a/b/l", "../../f"), {name: "l", kind: tar.TypeLink, link: "a/b/l"}},
		"a second name through a link":      {dirItem("d"), {name: "d/f"}, linkItem("l", "d"), {name: "x", kind: tar.TypeLink, link: "l/f"}},
		"a second name of itself":           {{name: "a", body: "1"}, {name: "a", kind: tar.TypeLink, link: "a"}},
		"a device":                          {{name: "null", kind: tar.TypeChar}},
		"a pipe":                            {{name: "p", kind: tar.TypeFifo}},
		"a path below a file":               {{name: "a", body: "x"}, {name: "a/b", body: "x"}},
		"a very deep path":                  {{name: strings.Repeat("d/", 200) + "x"}},
		"too many files":                    {{name: "1"}, {name: "2"}, {name: "3"}, {name: "4"}, {name: "5"}, {name: "6"}, {name: "7"}, {name: "8"}, {name: "9"}, {name: "10"}, {name: "11"}},
		"too large":                         {{name: "big", body: strings.Repeat("x", 70_000)}},
	} {
		t.Run(situation, func(t *testing.T) {
			parent := t.TempDir()
			_, err := Unpack(t.Context(), layered(t, archived(t, items...)), filepath.Join(parent, "out"), WithLimits(64<<10, 10))
			if err == nil {
				t.Error("it should be refused")
			}
			if left := contents(t, parent); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestModesAreKeptWithoutWhatGivesPower(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	layer := archived(t, item{name: "d", kind: tar.TypeDir, mode: 0o555}, item{name: "d/su", mode: 0o4755}, item{name: "d/secret", mode: 0o400})
	if _, err := Unpack(t.Context(), layered(t, layer), dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"d": os.ModeDir | 0o755, "d/su": 0o755, "d/secret": 0o400} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("%s has the mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestOnlyAnEmptyDirectoryIsUnpackedInto(t *testing.T) {
	image := layered(t, archived(t, item{name: "a", body: "1"}))
	vacant, taken := t.TempDir(), written(t, map[string]string{"mine": "1"})
	if _, err := Unpack(t.Context(), image, vacant); err != nil {
		t.Error(err)
	}
	if _, err := Unpack(t.Context(), image, taken); err == nil || len(contents(t, taken)) != 1 {
		t.Errorf("got %v, and %v", err, contents(t, taken))
	}
}

func TestAnImageIsPulledWithItsConfiguration(t *testing.T) {
	dev := newSite(t)
	dir := written(t, map[string]string{"run*": "program"})
	image := assembled(t, Spec{Files: map[string]string{"/bin/run": filepath.Join(dir, "run")}, Entrypoint: []string{"/bin/run"}, Env: []string{"A=1"}, WorkingDir: "/bin", Labels: map[string]string{"v": "1"}})
	digest := pushed(t, image, dev.repository("orders"))
	out := filepath.Join(t.TempDir(), "deep", "out")
	config, err := Pull(t.Context(), dev.repository("orders"), digest, out)
	if err != nil {
		t.Fatal(err)
	}
	if config.Entrypoint[0] != "/bin/run" || config.Env[0] != "A=1" || config.WorkingDir != "/bin" || config.Labels["v"] != "1" {
		t.Errorf("the configuration is %+v", config)
	}
	if info, err := os.Stat(filepath.Join(out, "bin/run")); err != nil || info.Mode() != 0o755 {
		t.Errorf("the program: %v, %v", info, err)
	}
}

func TestADamagedLayerLeavesNothing(t *testing.T) {
	dev := newSite(t)
	image := layered(t, archived(t, item{name: "a", body: strings.Repeat("x", 5000)}))
	digest := pushed(t, image, dev.repository("orders"))
	dev.breaks(spoils(firstLayer(t, image), func(content []byte) []byte { content[3000] ^= 1; return content }))
	parent := t.TempDir()
	_, err := Pull(t.Context(), dev.repository("orders"), digest, filepath.Join(parent, "out"), soon())
	if !errors.Is(err, ErrDigestMismatch) || len(contents(t, parent)) != 0 {
		t.Errorf("got %v, left %v", err, contents(t, parent))
	}
}

func TestZstandardLayersAndIndexes(t *testing.T) {
	dev := newSite(t)
	squeeze, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	ours := layered(t, squeeze.EncodeAll(archived(t, item{name: "a", body: "ours"}), nil))
	file, _ := ours.ConfigFile()
	file = file.DeepCopy()
	platform := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	file.OS, file.Architecture = platform.OS, platform.Architecture
	if ours, err = mutate.ConfigFile(ours, file); err != nil {
		t.Fatal(err)
	}
	other := layered(t, archived(t, item{name: "a", body: "others"}))
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex),
		mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "z80"}}},
		mutate.IndexAddendum{Add: ours, Descriptor: v1.Descriptor{Platform: &platform}})
	hash, _ := index.Digest()
	at := dev.repository("orders")
	if err := remote.WriteIndex(at.Name.Digest(hash.String()), index, remote.WithAuth(at.Write), remote.WithTransport(http.DefaultTransport)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := Pull(t.Context(), at, promotion.Digest(hash.String()), out); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, out)["a"]; got != "ours" {
		t.Errorf("unpacked %q", got)
	}
}

// A few kilobytes that become very many are refused when the limit is reached, in whichever way they were squeezed.
func TestABombIsRefusedBeforeItFillsTheDisk(t *testing.T) {
	zeros := archived(t, item{name: "zeros", body: strings.Repeat("\x00", 64<<20)})
	var gz bytes.Buffer
	zip := gzip.NewWriter(&gz)
	if _, err := zip.Write(zeros); err != nil || zip.Close() != nil {
		t.Fatal(err)
	}
	squeeze, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]item, 0, 2000)
	for i := range cap(names) {
		names = append(names, item{name: fmt.Sprintf("d/%d", i)})
	}
	for situation, image := range map[string]v1.Image{
		"gzip":                 layered(t, gz.Bytes()),
		"zstd":                 layered(t, squeeze.EncodeAll(zeros, nil)),
		"many files":           layered(t, archived(t, names...)),
		"layers that add up":   layered(t, archived(t, item{name: "a", body: strings.Repeat("x", 40<<10)}), archived(t, item{name: "b", body: strings.Repeat("x", 40<<10)})),
		"a block device":       layered(t, archived(t, item{name: "sda", kind: tar.TypeBlock})),
		"an absolute way home": layered(t, archived(t, linkItem("d", "/"), item{name: "d/../../evil", body: "x"})),
	} {
		parent := t.TempDir()
		if _, err := Unpack(t.Context(), image, filepath.Join(parent, "out"), WithLimits(64<<10, 1000)); err == nil {
			t.Errorf("%s: it should be refused", situation)
		}
		if left := contents(t, parent); len(left) != 0 {
			t.Errorf("%s: left behind: %v", situation, left)
		}
	}
}

package images

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzUnpack applies any layer at all. Whatever it holds, nothing outside of the directory changes, no link leads out,
// and a refusal leaves nothing behind.
func FuzzUnpack(f *testing.F) {
	for _, items := range [][]item{
		{{name: "a", body: "1"}, dirItem("d"), linkItem("d/l", "../a")},
		{{name: "../evil", body: "x"}},
		{linkItem("l", ".."), {name: "l/evil", body: "x"}},
		{linkItem("a/l", "/../../evil"), {name: "a/.wh.l"}},
		{dirItem("d"), linkItem("d/up", ".."), linkItem("d/l", "up/../../evil")},
		{{name: "a", body: "1"}, {name: "b", kind: tar.TypeLink, link: "../canary"}},
		{{name: "d/.wh..wh..opq"}, {name: ".wh..."}, {name: "c", kind: tar.TypeChar}},
	} {
		f.Add(archived(f, items...))
	}
	f.Fuzz(func(t *testing.T, layer []byte) {
		world := written(t, map[string]string{"canary": "alive", "inner/canary": "alive"})
		dir := filepath.Join(world, "inner", "out")
		_, err := Unpack(t.Context(), layered(t, layer), dir, WithLimits(1<<20, 100))
		for _, canary := range []string{"canary", "inner/canary"} {
			if text, err := os.ReadFile(filepath.Join(world, canary)); err != nil || string(text) != "alive" {
				t.Fatalf("%s is %q: %v", canary, text, err)
			}
		}
		around, left := 0, 0
		_ = filepath.WalkDir(world, func(at string, d os.DirEntry, _ error) error {
			if strings.HasPrefix(at, dir+"/") {
				left++
				mustStayInside(t, at, dir)
			} else if at != dir {
				around++
			}
			return nil
		})
		if around != 4 {
			t.Fatalf("there are %d things around the directory", around)
		}
		if err != nil && left > 0 {
			t.Fatalf("%d things were left behind by a refusal: %v", left, err)
		}
	})
}

// mustStayInside fails for a link that the system would follow out of the directory.
func mustStayInside(t *testing.T, at, dir string) {
	t.Helper()
	info, err := os.Lstat(at)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		return
	}
	reached, err := filepath.EvalSymlinks(at)
	if err == nil && reached != dir && !strings.HasPrefix(reached, dir+"/") {
		t.Fatalf("%s leads to %s", at, reached)
	}
}

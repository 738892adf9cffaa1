package registry

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// shelf is a registry with three images of which two share a layer, and an index.
type shelf struct {
	t   *testing.T
	dir string
	old v1.Image // shares a layer with new
	new v1.Image
	far v1.Image // only its index is wanted
	all v1.ImageIndex
}

func newShelf(t *testing.T) (*shelf, func(path string) v1.Image) {
	t.Helper()
	s := &shelf{t: t, dir: t.TempDir()}
	made := func(base v1.Image) v1.Image {
		layer, err := random.Layer(2000, "application/vnd.oci.image.layer.v1.tar+gzip")
		if err != nil {
			t.Fatal(err)
		}
		image, err := mutate.AppendLayers(base, layer)
		if err != nil {
			t.Fatal(err)
		}
		return image
	}
	shared := made(empty.Image)
	s.old, s.new, s.far = made(shared), made(shared), made(empty.Image)
	s.all = mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: s.far})
	server := open(t, s.dir)
	for path, image := range map[string]v1.Image{"qa/orders:old": s.old, "qa/orders:new": s.new, "qa/team/orders:old": s.old} {
		if err := remote.Write(tagAt(t, server, path), image, as(writes)); err != nil {
			t.Fatal(err)
		}
	}
	if err := remote.WriteIndex(tagAt(t, server, "qa/far:1"), s.all, as(writes)); err != nil {
		t.Fatal(err)
	}
	return s, func(path string) v1.Image {
		image, err := remote.Image(tagAt(t, server, path), as(reads))
		if err != nil {
			return nil
		}
		return image
	}
}

func digest(t *testing.T, of interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	hash, err := of.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// find looks for what may go when only some are wanted, and removes it.
func (s *shelf) collect(before time.Time, wanted ...string) []Unused {
	s.t.Helper()
	found, err := FindUnused(s.dir, func(digest string, _ []string) bool { return slices.Contains(wanted, digest) }, before)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, u := range found {
		for _, file := range u.Files {
			if err := os.Remove(file); err != nil {
				s.t.Error(err)
			}
		}
	}
	return found
}

func TestAnImageGoesWithWhatOnlyItNeeds(t *testing.T) {
	s, at := newShelf(t)
	found := s.collect(time.Now().Add(time.Hour), digest(t, s.new), digest(t, s.all))
	if len(found) != 2 || found[0].Repository != "qa/orders" || !slices.Equal(found[0].Tags, []string{"old"}) {
		t.Errorf("what goes is %+v, want the old image in two repositories", found)
	}
	if at("qa/orders:old") != nil || at("qa/team/orders:old") != nil {
		t.Error("the old image is still there")
	}
	for _, path := range []string{"qa/orders:new", "qa/far:1"} {
		if image := at(path); image == nil || validate.Image(image) != nil {
			t.Errorf("%s is not whole any more", path)
		}
	}
	if again := s.collect(time.Now().Add(time.Hour), digest(t, s.new), digest(t, s.all)); len(again) != 0 {
		t.Errorf("a second collection finds %+v", again)
	}
	rest := s.collect(time.Now().Add(time.Hour))
	var blobs []string
	_ = filepath.WalkDir(filepath.Join(s.dir, "blobs"), func(path string, d os.DirEntry, _ error) error {
		if !d.IsDir() {
			blobs = append(blobs, path)
		}
		return nil
	})
	if len(rest) == 0 || len(blobs) != 0 {
		t.Errorf("with nothing wanted, %d blobs are left of %+v", len(blobs), rest)
	}
}

func TestWhatIsYoungStays(t *testing.T) {
	s, _ := newShelf(t)
	orphan := filepath.Join(s.dir, "blobs", "sha256", strings.Repeat("a", 64))
	if err := os.WriteFile(orphan, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := s.collect(time.Now().Add(-time.Hour)); len(found) != 0 {
		t.Errorf("what was just written goes: %+v", found)
	}
	past := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(orphan, past, past); err != nil {
		t.Fatal(err)
	}
	if found := s.collect(time.Now().Add(-time.Hour)); len(found) != 1 || found[0].Digest != "" || found[0].Bytes != 5 || len(found[0].Files) != 1 {
		t.Errorf("what goes is %+v, want the one blob that nothing refers to", found)
	}
}

func TestNothingGoesFromARegistryWithADamagedManifest(t *testing.T) {
	s, _ := newShelf(t)
	path := (&Registry{dir: s.dir}).manifestPath("qa/orders", digest(t, s.new))
	if err := os.WriteFile(path, []byte("application/json\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := FindUnused(s.dir, func(string, []string) bool { return false }, time.Now().Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v, want the damaged manifest named", err)
	}
	if found, err := FindUnused(t.TempDir(), nil, time.Now()); err != nil || len(found) != 0 {
		t.Errorf("a directory without a registry: %v, %v", found, err)
	}
}

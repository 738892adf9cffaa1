package images

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/images/registry"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var (
	writer = registry.Login{User: "writer", Password: "secret"}
	reader = registry.Login{User: "reader", Password: "open"}
)

// site is one environment's registry on a real server, with a fault in front of it if a test wants one.
type site struct {
	t      testing.TB
	server *httptest.Server
	mu     sync.Mutex
	fault  func(w http.ResponseWriter, r *http.Request, next http.Handler)
	seen   []string // "GET /v2/…" and the range that was asked for
}

func newSite(t testing.TB) *site {
	t.Helper()
	r, err := registry.New(t.TempDir(), writer, reader)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, r)
}

func serve(t testing.TB, next http.Handler) *site {
	s := &site{t: t}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fault := s.fault
		s.seen = append(s.seen, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Range")))
		s.mu.Unlock()
		if fault != nil {
			fault(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// breaks puts a fault in front of the registry from now on, and forgets what was asked so far.
func (s *site) breaks(fault func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.seen = fault, nil
}

func (s *site) requests(containing string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, request := range s.seen {
		if strings.Contains(request, containing) {
			n++
		}
	}
	return n
}

func (s *site) repository(path string) Repository {
	s.t.Helper()
	at, err := name.NewRepository(strings.TrimPrefix(s.server.URL, "http://")+"/"+path, name.Insecure)
	if err != nil {
		s.t.Fatal(err)
	}
	return Repository{
		Name: at, Transport: s.server.Client().Transport,
		Read:  &authn.Basic{Username: reader.User, Password: reader.Password},
		Write: &authn.Basic{Username: writer.User, Password: writer.Password},
	}
}

// mustHave fails unless the repository has the manifest, byte for byte.
func (s *site) mustHave(path string, digest promotion.Digest) {
	s.t.Helper()
	hash, err := parseDigest(digest)
	if err == nil {
		_, err = reading(s.repository(path), settled(nil)).manifest(context.Background(), hash)
	}
	if err != nil {
		s.t.Errorf("the target should have the image: %v", err)
	}
}

// mustLack fails if anything was published.
func (s *site) mustLack(path string, digest promotion.Digest) {
	s.t.Helper()
	s.breaks(nil)
	if has, err := Exists(context.Background(), s.repository(path), digest); err != nil || has {
		s.t.Errorf("nothing should have been published: Exists = %v, %v", has, err)
	}
}

// patience is a clock on which waiting takes no time.
type patience struct {
	mu     sync.Mutex
	at     time.Time
	waited []time.Duration
}

func (p *patience) option() Option {
	p.at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func(s *settings) { s.clock = clock{now: p.now, sleep: p.sleep} }
}

func (p *patience) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

func (p *patience) sleep(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.waited = p.at.Add(d), append(p.waited, d)
	return ctx.Err()
}

func (p *patience) total() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
}

// soon is an option for tests in which something has to be tried again.
func soon() Option { return (&patience{}).option() }

// noise is content that does not compress, the same for the same seed.
func noise(seed uint64, size int) []byte {
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = random.Read(content)
	return content
}

// imageOf is an image of layers of these sizes.
func imageOf(t testing.TB, sizes ...int) v1.Image {
	t.Helper()
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	for i, size := range sizes {
		var err error
		if image, err = mutate.AppendLayers(image, static.NewLayer(noise(uint64(i+size), size), types.OCILayer)); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

// pushed puts an image into a site's repository.
func pushed(t testing.TB, image v1.Image, to Repository) promotion.Digest {
	t.Helper()
	digest, err := Push(context.Background(), image, to, "")
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// firstLayer is the path under which a registry serves an image's first layer.
func firstLayer(t testing.TB, image v1.Image) string {
	t.Helper()
	m, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	return "/blobs/" + m.Layers[0].Digest.String()
}

// gets tells whether a request reads a certain path.
func gets(r *http.Request, path string) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, path)
}

// answer is the whole answer of a registry, to be spoilt.
func answer(r *http.Request, next http.Handler) *httptest.ResponseRecorder {
	recorded := httptest.NewRecorder()
	next.ServeHTTP(recorded, r)
	return recorded
}

// sendPart promises all of an answer and sends a part of it.
func sendPart(w http.ResponseWriter, whole *httptest.ResponseRecorder, part []byte) {
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(whole.Code)
	_, _ = w.Write(part)
	_ = http.NewResponseController(w).Flush()
}

// written puts files on disk: path → content; a path that ends with "*" is executable.
func written(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		mode := os.FileMode(0o640)
		if strings.HasSuffix(path, "*") {
			path, mode = strings.TrimSuffix(path, "*"), 0o700
		}
		at := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// same compares contents without printing megabytes.
func same(a, b []byte) error {
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%d bytes and %d bytes differ", len(a), len(b))
	}
	return nil
}

package images

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	oci "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestAnImageTravelsByDigestWithAllOfItsBlobs(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	image := imageOf(t, 3<<20, 10, 0, 70_000)
	digest := pushed(t, image, dev.repository("orders"))
	var last Progress
	if err := Copy(t.Context(), dev.repository("orders"), digest, qa.repository("shop/orders"), "1.2.0", WithProgress(func(p Progress) { last = p })); err != nil {
		t.Fatal(err)
	}
	qa.mustHave("shop/orders", digest)
	if at, err := Resolve(t.Context(), qa.repository("shop/orders"), "1.2.0"); err != nil || at != digest {
		t.Errorf("the tag points at %s, %v", at, err)
	}
	if last.BlobsDone != last.Blobs || last.BytesDone != last.Bytes || last.Blobs != 5 {
		t.Errorf("the last progress is %+v", last)
	}
	if _, err := Pull(t.Context(), qa.repository("shop/orders"), digest, t.TempDir()); err == nil {
		t.Error("layers of noise should not unpack")
	}
}

func TestNothingToDoCostsOneRequestOnEachSide(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	digest := pushed(t, imageOf(t, 1000), dev.repository("orders"))
	if err := Copy(t.Context(), dev.repository("orders"), digest, qa.repository("orders"), ""); err != nil {
		t.Fatal(err)
	}
	dev.breaks(nil)
	qa.breaks(nil)
	if err := Copy(t.Context(), dev.repository("orders"), digest, qa.repository("orders"), ""); err != nil {
		t.Fatal(err)
	}
	if n := qa.requests(""); n != 1 || dev.requests("") > 1 {
		t.Errorf("%d requests to the target, %d to the source", n, dev.requests(""))
	}
}

func TestWhatTheTargetHasIsNotMoved(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	before := pushed(t, imageOf(t, 2<<20), dev.repository("orders"))
	next := pushed(t, imageOf(t, 2<<20, 500), dev.repository("orders"))
	if err := Copy(t.Context(), dev.repository("orders"), before, qa.repository("orders"), ""); err != nil {
		t.Fatal(err)
	}
	dev.breaks(nil)
	if err := Copy(t.Context(), dev.repository("orders"), next, qa.repository("orders"), ""); err != nil {
		t.Fatal(err)
	}
	if n := dev.requests("GET /v2/orders/blobs/"); n != 2 {
		t.Errorf("%d blobs were read; only the new layer and the configuration are missing", n)
	}
}

// multiArch is an index of two images, nested in another index.
func multiArch(t *testing.T) v1.ImageIndex {
	t.Helper()
	inner := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex),
		mutate.IndexAddendum{Add: imageOf(t, 2000), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: imageOf(t, 2000, 300), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}})
	outer := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex),
		mutate.IndexAddendum{Add: inner}, mutate.IndexAddendum{Add: imageOf(t, 2000)})
	return mutate.Annotations(outer, map[string]string{"made": "for several machines"}).(v1.ImageIndex)
}

func TestAnIndexTravelsWhole(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	index := multiArch(t)
	hash, _ := index.Digest()
	from := dev.repository("orders")
	if err := remote.WriteIndex(from.Name.Digest(hash.String()), index, remote.WithAuth(from.Write)); err != nil {
		t.Fatal(err)
	}
	if err := Copy(t.Context(), from, promotion.Digest(hash.String()), qa.repository("orders"), "all"); err != nil {
		t.Fatal(err)
	}
	to := qa.repository("orders")
	copied, err := remote.Index(to.Name.Tag("all"), remote.WithAuth(to.Read))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := index.RawManifest()
	if got, err := copied.RawManifest(); err != nil || same(got, want) != nil {
		t.Errorf("the index is not the same, byte for byte: %v", err)
	}
	for child, err := range childrenOf(t, copied) {
		if err != nil {
			t.Errorf("child %s: %v", child, err)
		}
	}
}

// childrenOf reads every image of an index with all of its layers.
func childrenOf(t *testing.T, index v1.ImageIndex) map[string]error {
	t.Helper()
	found := map[string]error{}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range manifest.Manifests {
		if d.MediaType.IsIndex() {
			inner, err := index.ImageIndex(d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			for digest, err := range childrenOf(t, inner) {
				found[digest] = err
			}
			continue
		}
		image, err := index.Image(d.Digest)
		if err == nil {
			_, err = image.RawConfigFile()
		}
		found[d.Digest.String()] = err
	}
	return found
}

func TestTwoRepositoriesOfOneRegistryShareBlobsWithoutMovingThem(t *testing.T) {
	one := newSite(t)
	image := imageOf(t, 1<<20)
	digest := pushed(t, image, one.repository("team-a/orders"))
	one.breaks(nil)
	if err := Copy(t.Context(), one.repository("team-a/orders"), digest, one.repository("team-b/orders"), ""); err != nil {
		t.Fatal(err)
	}
	one.mustHave("team-b/orders", digest)
	if n := one.requests("GET /v2/team-a/orders/blobs/"); n != 0 {
		t.Errorf("%d blobs were moved", n)
	}
}

func TestARegistryOfAnotherMakeWillDo(t *testing.T) {
	dev, qa := serve(t, quiet()), serve(t, quiet())
	image := imageOf(t, 5<<20, 100)
	digest := pushed(t, image, dev.repository("orders"))
	if err := Copy(t.Context(), dev.repository("orders"), digest, qa.repository("orders"), "v1"); err != nil {
		t.Fatal(err)
	}
	qa.mustHave("orders", digest)
}

func TestManyCopiesAtOnceToOneTarget(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	digests := []promotion.Digest{pushed(t, imageOf(t, 300_000, 20), dev.repository("orders")), pushed(t, imageOf(t, 300_000, 40), dev.repository("orders"))}
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			if err := Copy(t.Context(), dev.repository("orders"), digests[i%2], qa.repository("orders"), ""); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	qa.mustHave("orders", digests[0])
	qa.mustHave("orders", digests[1])
}

func TestPushingAgainSendsNothing(t *testing.T) {
	dev := newSite(t)
	image := imageOf(t, 1000)
	digest := pushed(t, image, dev.repository("orders"))
	dev.breaks(nil)
	if again := pushed(t, image, dev.repository("orders")); again != digest || dev.requests("") != 1 {
		t.Errorf("pushed %s, then %s with %d requests", digest, again, dev.requests(""))
	}
}

func TestQuestionsAboutARepository(t *testing.T) {
	dev := newSite(t)
	orders := dev.repository("orders")
	digest := pushed(t, imageOf(t, 10), orders)
	if has, err := Exists(t.Context(), orders, digest); !has || err != nil {
		t.Errorf("Exists = %v, %v", has, err)
	}
	if has, err := Exists(t.Context(), dev.repository("payments"), digest); has || err != nil {
		t.Errorf("Exists in another repository = %v, %v", has, err)
	}
	if _, err := Exists(t.Context(), orders, "latest"); err == nil {
		t.Error("a tag should not pass for a digest")
	}
	if _, err := Resolve(t.Context(), orders, "live"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a tag that is not there: %v", err)
	}
	if err := Tag(t.Context(), orders, digest, "live"); err != nil {
		t.Fatal(err)
	}
	if at, err := Resolve(t.Context(), orders, "live"); at != digest || err != nil {
		t.Errorf("Resolve = %s, %v", at, err)
	}
}

// TestATokenThatDiesInTheMiddleIsRenewed uses a registry with bearer tokens, each good for a few requests only.
func TestATokenThatDiesInTheMiddleIsRenewed(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	image := imageOf(t, 2<<20, 100_000, 50_000)
	digest := pushed(t, image, dev.repository("orders"))
	for _, s := range []*site{dev, qa} {
		s.breaks(expiring(t, s, 7))
	}
	from, to := dev.repository("orders"), qa.repository("orders")
	if err := Copy(t.Context(), from, digest, to, "v1", soon()); err != nil {
		t.Fatal(err)
	}
	qa.breaks(nil)
	qa.mustHave("orders", digest)
}

// expiring speaks the token protocol in front of a registry.
func expiring(t *testing.T, s *site, uses int) func(http.ResponseWriter, *http.Request, http.Handler) {
	t.Helper()
	var mu sync.Mutex
	left := map[string]int{}
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/token" {
			token := strings.Repeat("t", len(left)+1)
			left[token] = uses
			_, _ = w.Write([]byte(`{"token":"` + token + `"}`))
			return
		}
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if left[token] == 0 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.server.URL+`/token",service="test"`)
			http.Error(w, "the token is worn out", http.StatusUnauthorized)
			return
		}
		left[token]--
		r.SetBasicAuth(writer.User, writer.Password)
		next.ServeHTTP(w, r)
	}
}

func TestACancelledCopyEnds(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	image := imageOf(t, 1<<20)
	digest := pushed(t, image, dev.repository("orders"))
	ctx, cancel := context.WithCancel(t.Context())
	dev.breaks(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if gets(r, firstLayer(t, image)) {
			whole := answer(r, next)
			sendPart(w, whole, whole.Body.Bytes()[:1000])
			cancel()
			<-r.Context().Done()
			return
		}
		next.ServeHTTP(w, r)
	})
	if err := Copy(ctx, dev.repository("orders"), digest, qa.repository("orders"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	qa.mustLack("orders", digest)
}

func TestTheSourceIsReadWithTheReadersCredential(t *testing.T) {
	dev, qa := newSite(t), newSite(t)
	digest := pushed(t, imageOf(t, 10), dev.repository("orders"))
	from, to := dev.repository("orders"), qa.repository("orders")
	from.Write, to.Read = authn.Anonymous, authn.Anonymous
	if err := Copy(t.Context(), from, digest, to, ""); err != nil {
		t.Fatal(err)
	}
	to.Write = to.Read
	if err := Copy(t.Context(), from, digest, to, ""); !errors.Is(err, ErrRefused) {
		t.Errorf("without a credential: %v", err)
	}
}

func quiet() http.Handler { return oci.New(oci.Logger(log.New(io.Discard, "", 0))) }

func TestAnImageThatHasLostALayerIsNotWhole(t *testing.T) {
	dev := newSite(t)
	digest := pushed(t, imageOf(t, 50_000, 20_000), dev.repository("orders"))
	for _, lost := range []bool{false, true} {
		if lost {
			dev.breaks(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if strings.Contains(r.URL.Path, "/blobs/") {
					http.NotFound(w, r)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
		if whole, err := Whole(t.Context(), dev.repository("orders"), digest); whole == lost || err != nil {
			t.Errorf("its layers lost: %v, whole: %v (%v)", lost, whole, err)
		}
	}
	if whole, err := Whole(t.Context(), dev.repository("payments"), digest); whole || err != nil {
		t.Errorf("in another repository: whole %v (%v)", whole, err)
	}
}

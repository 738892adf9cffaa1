package images_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// foreign is a repository of a registry of another make.
func foreign(t *testing.T) images.Repository {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	repo, err := name.NewRepository(strings.TrimPrefix(server.URL, "http://") + "/stubs/inventory")
	if err != nil {
		t.Fatal(err)
	}
	return images.Repository{Name: repo}
}

func pushed(t *testing.T, repo images.Repository, blob string) promotion.Digest {
	t.Helper()
	digest, err := images.PushArtifact(context.Background(), repo, "application/vnd.x+json", "application/vnd.x.tar+gzip",
		map[string]string{"org.opencontainers.image.version": "1.0"}, []byte(blob))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestAnArtifactComesBackAsItWasPushed(t *testing.T) {
	repo := foreign(t)
	digest := pushed(t, repo, "hello")
	if again := pushed(t, repo, "hello"); again != digest {
		t.Errorf("the same blob is %s and %s", digest, again)
	}
	blob, err := images.FetchArtifact(context.Background(), repo, digest)
	if err != nil || !bytes.Equal(blob, []byte("hello")) {
		t.Errorf("got %q (%v)", blob, err)
	}
	image, err := remote.Image(repo.Name.Digest(string(digest)), remote.WithAuth(authn.Anonymous))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Config.MediaType != "application/vnd.x+json" || manifest.Layers[0].MediaType != "application/vnd.x.tar+gzip" ||
		manifest.Annotations["org.opencontainers.image.version"] != "1.0" {
		t.Errorf("the manifest is %+v", manifest)
	}
}

func TestATagMovesAndItsArtifactStays(t *testing.T) {
	ctx, repo := context.Background(), foreign(t)
	first, second := pushed(t, repo, "1"), pushed(t, repo, "2")
	for _, digest := range []promotion.Digest{first, second} {
		if err := images.Tag(ctx, repo, digest, "qa"); err != nil {
			t.Fatal(err)
		}
		if at, err := images.Resolve(ctx, repo, "qa"); err != nil || at != digest {
			t.Errorf("qa is %s (%v), not %s", at, err, digest)
		}
	}
	if _, err := images.FetchArtifact(ctx, repo, first); err != nil {
		t.Errorf("the artifact went when its tag moved on: %v", err)
	}
}

func TestAnArtifactThatIsNotThereIsNone(t *testing.T) {
	ctx, repo := context.Background(), foreign(t)
	nowhere := promotion.Digest("sha256:" + strings.Repeat("0", 64))
	if _, err := images.FetchArtifact(ctx, repo, nowhere); !errors.Is(err, images.ErrNotFound) {
		t.Errorf("fetch: %v", err)
	}
	if err := images.Tag(ctx, repo, nowhere, "qa"); !errors.Is(err, images.ErrNotFound) {
		t.Errorf("tag: %v", err)
	}
	if _, err := images.Resolve(ctx, repo, "qa"); !errors.Is(err, images.ErrNotFound) {
		t.Errorf("resolve: %v", err)
	}
}

func TestAnImageOfManyLayersIsNoArtifact(t *testing.T) {
	ctx, repo := context.Background(), foreign(t)
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer([]byte("1"), types.OCILayer), static.NewLayer([]byte("2"), types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := images.Push(ctx, image, repo, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := images.FetchArtifact(ctx, repo, digest); err == nil || !strings.Contains(err.Error(), "no artifact") {
		t.Errorf("got %v", err)
	}
}

package stubs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

func newStore(t *testing.T) stubs.Store {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return stubs.NewStore(func(_ context.Context, service string) (images.Repository, error) {
		repo, err := name.NewRepository(strings.TrimPrefix(server.URL, "http://") + "/stubs/" + service)
		return images.Repository{Name: repo}, err
	})
}

func put(t *testing.T, s stubs.Store, b stubs.Bundle) promotion.Digest {
	t.Helper()
	digest, err := s.Put(context.Background(), "inventory", b)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestAChannelPointsAtTheBundleItWasMovedTo(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	old, next := sample(t), sample(t)
	next.Manifest.Version = "1.5.0"
	first, second := put(t, store, old), put(t, store, next)
	for _, moved := range []struct {
		channel string
		to      promotion.Digest
	}{{"qa", first}, {"prod", first}, {"qa", second}} {
		if err := store.Tag(ctx, "inventory", moved.to, moved.channel); err != nil {
			t.Fatal(err)
		}
	}
	qa, err := store.Resolve(ctx, "inventory", "qa")
	if err != nil || qa != second {
		t.Errorf("qa is %s (%v)", qa, err)
	}
	prod, err := store.Resolve(ctx, "inventory", "prod")
	if err != nil || prod != first {
		t.Errorf("prod is %s (%v)", prod, err)
	}
	got, err := store.Get(ctx, "inventory", prod)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pack(t, got), pack(t, old)) {
		t.Error("the bundle in prod is not the one that was put there")
	}
}

func TestTheSameBundleHasTheSameDigest(t *testing.T) {
	store, bundle := newStore(t), sample(t)
	if a, b := put(t, store, bundle), put(t, store, bundle); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

func TestAnEmptyChannelHasNoStub(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	if _, err := store.Resolve(ctx, "inventory", "prod"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("before anything was published: %v", err)
	}
	digest := put(t, store, sample(t))
	if err := store.Tag(ctx, "inventory", digest, "prod"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // emptying an empty channel is no error
		if err := store.Untag(ctx, "inventory", "prod"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Resolve(ctx, "inventory", "prod"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("after the channel was emptied: %v", err)
	}
	if _, err := store.Get(ctx, "inventory", digest); err != nil {
		t.Errorf("the bundle itself is gone: %v", err)
	}
}

func TestADigestThatIsNotThereIsNone(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	nowhere := promotion.Digest("sha256:" + strings.Repeat("0", 64))
	if _, err := store.Get(ctx, "inventory", nowhere); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("get: %v", err)
	}
	if err := store.Tag(ctx, "inventory", nowhere, "qa"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("tag: %v", err)
	}
}

func TestAChannelNeedsAName(t *testing.T) {
	store := newStore(t)
	for _, channel := range []string{"", "a/b", "stub-1"} {
		if _, err := store.Resolve(context.Background(), "inventory", channel); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("channel %q: %v", channel, err)
		}
	}
}

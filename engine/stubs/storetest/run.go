// Package storetest is what every store of stubs must do: one suite of situations for all of them.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Run plays the situations, each in a place of its own. open is the store of a place, as another process would have it:
// what two of them tell must be the same. place is a new one.
func Run[P any](t *testing.T, place func(*testing.T) P, open func(*testing.T, P) stubs.Store) {
	for name, play := range map[string]func(*testing.T, func() stubs.Store){
		"a bundle comes back as it was put":               comesBack,
		"a channel points at what it was moved to":        moves,
		"an empty channel has no stub":                    empties,
		"a digest that is not there is none":              nowhere,
		"a service knows nothing of another one":          apart,
		"names that lead elsewhere are refused":           names,
		"of many that move a channel one is in it":        races,
		"many that publish the same have the same digest": publishesTogether,
	} {
		t.Run(name, func(t *testing.T) {
			at := place(t)
			play(t, func() stubs.Store { return open(t, at) })
		})
	}
}

// Bundle is a stub of a service with a body that says its version.
func Bundle(service, version string) stubs.Bundle {
	contract := []byte("openapi: 3.0.3\ninfo: { title: " + service + ", version: \"1\" }\npaths: {}\n")
	return stubs.Bundle{
		Contract: contract,
		Mappings: map[string][]byte{"mappings/get-version.json": []byte(`{"request": {"method": "GET", "urlPath": "/version"}, "response": {"status": 200, "bodyFileName": "version.json"}}`)},
		Files:    map[string][]byte{"__files/version.json": fmt.Appendf(nil, "{\"version\": %q}", version)},
		Manifest: stubs.Manifest{Format: 1, Service: service, Version: version, Commit: strings.Repeat("c", 40), Contract: fmt.Sprintf("sha256:%x", sha256.Sum256(contract)), Stubs: 1},
	}
}

// Put publishes a version of inventory.
func Put(t *testing.T, s stubs.Store, version string) promotion.Digest {
	t.Helper()
	digest, err := s.Put(t.Context(), "inventory", Bundle("inventory", version))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// Points wants a channel of inventory to point at a digest; "" is at none.
func Points(t *testing.T, s stubs.Reader, channel string, want promotion.Digest) {
	t.Helper()
	got, err := s.Resolve(t.Context(), "inventory", channel)
	if got != want || want != "" && err != nil || want == "" && !errors.Is(err, stubs.ErrNone) {
		t.Errorf("inventory@%s points at %q (%v), want %q", channel, got, err, want)
	}
}

func comesBack(t *testing.T, open func() stubs.Store) {
	first := Put(t, open(), "1.0.0")
	if again := Put(t, open(), "1.0.0"); again != first {
		t.Errorf("the same bundle is %s and %s", first, again)
	}
	if other := Put(t, open(), "1.1.0"); other == first {
		t.Errorf("another bundle is %s, too", other)
	}
	got, err := open().Get(t.Context(), "inventory", first)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := got.Pack()
	want, wantErr := Bundle("inventory", "1.0.0").Pack()
	if err != nil || wantErr != nil || !bytes.Equal(packed, want) {
		t.Errorf("what comes back is another bundle: %v, %v", err, wantErr)
	}
}

func moves(t *testing.T, open func() stubs.Store) {
	first, second := Put(t, open(), "1.0.0"), Put(t, open(), "1.1.0")
	tag(t, open(), "qa", first)
	tag(t, open(), "prod", first)
	tag(t, open(), "qa", second)
	Points(t, open(), "qa", second)
	Points(t, open(), "prod", first)
	tag(t, open(), "qa", first) // and back, as a rollback does
	tag(t, open(), "qa", first)
	Points(t, open(), "qa", first)
}

func empties(t *testing.T, open func() stubs.Store) {
	Points(t, open(), "prod", "")
	if err := open().Untag(t.Context(), "inventory", "prod"); err != nil {
		t.Errorf("a channel that never was is emptied: %v", err)
	}
	Points(t, open(), "prod", "")
	digest := Put(t, open(), "1.0.0")
	for range 2 { // what was emptied can be filled again
		tag(t, open(), "prod", digest)
		Points(t, open(), "prod", digest)
		for range 2 {
			if err := open().Untag(t.Context(), "inventory", "prod"); err != nil {
				t.Fatal(err)
			}
		}
		Points(t, open(), "prod", "")
	}
	if _, err := open().Get(t.Context(), "inventory", digest); err != nil {
		t.Errorf("the bundle went with its channel: %v", err)
	}
}

func nowhere(t *testing.T, open func() stubs.Store) {
	missing := promotion.Digest("sha256:" + strings.Repeat("0", 64))
	Put(t, open(), "1.0.0")
	if _, err := open().Get(t.Context(), "inventory", missing); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("get: %v", err)
	}
	if err := open().Tag(t.Context(), "inventory", missing, "qa"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("tag: %v", err)
	}
	Points(t, open(), "qa", "")
	if _, err := open().Get(t.Context(), "inventory", "../secret"); err == nil || errors.Is(err, stubs.ErrNone) {
		t.Errorf("what is no digest at all: %v", err)
	}
}

func apart(t *testing.T, open func() stubs.Store) {
	tag(t, open(), "qa", Put(t, open(), "1.0.0"))
	if _, err := open().Resolve(t.Context(), "orders", "qa"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("orders, which has published nothing: %v", err)
	}
}

func names(t *testing.T, open func() stubs.Store) {
	digest := Put(t, open(), "1.0.0")
	for _, channel := range []string{"", "a/b", "..", "stub-1", "sha256-1"} {
		if _, err := open().Resolve(t.Context(), "inventory", channel); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("channel %q: %v", channel, err)
		}
		if err := open().Tag(t.Context(), "inventory", digest, channel); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("channel %q: %v", channel, err)
		}
	}
}

// races moves one channel to as many bundles at once. Whoever came last has succeeded, and whoever has not is told.
func races(t *testing.T, open func() stubs.Store) {
	const movers = 6
	var all sync.WaitGroup
	digests, errs := make([]promotion.Digest, movers), make([]error, movers)
	for i := range movers {
		digests[i] = Put(t, open(), fmt.Sprintf("1.%d.0", i))
	}
	for i := range movers {
		store := open()
		all.Go(func() { errs[i] = store.Tag(context.WithoutCancel(t.Context()), "inventory", digests[i], "qa") })
	}
	all.Wait()
	in, err := open().Resolve(t.Context(), "inventory", "qa")
	if err != nil {
		t.Fatal(err)
	}
	succeeded := false
	for i, digest := range digests {
		succeeded = succeeded || digest == in && errs[i] == nil
		if errs[i] != nil && errors.Is(errs[i], stubs.ErrNone) {
			t.Errorf("a bundle that is there is none: %v", errs[i])
		}
	}
	if !succeeded {
		t.Errorf("the channel points at %s, and nobody has moved it there: %v", in, errs)
	}
}

func publishesTogether(t *testing.T, open func() stubs.Store) {
	var all sync.WaitGroup
	digests, errs := make([]promotion.Digest, 4), make([]error, 4)
	for i := range digests {
		store := open()
		all.Go(func() {
			digests[i], errs[i] = store.Put(context.WithoutCancel(t.Context()), "inventory", Bundle("inventory", "1.0.0"))
		})
	}
	all.Wait()
	for i, digest := range digests {
		if errs[i] != nil || digest != digests[0] {
			t.Errorf("it is %s (%v), want %s", digest, errs[i], digests[0])
		}
	}
}

func tag(t *testing.T, s stubs.Store, channel string, digest promotion.Digest) {
	t.Helper()
	if err := s.Tag(t.Context(), "inventory", digest, channel); err != nil {
		t.Fatal(err)
	}
}

package images

import (
	"net/http"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gantry-cd/gantry/engine/images/registrytest"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// bothWays plays a copy from Gantry's own registry to one of another make, and from there to ours.
func bothWays(t *testing.T, play func(t *testing.T, from, to *site)) {
	t.Run("to another make", func(t *testing.T) { play(t, newSite(t), serve(t, registrytest.Start(t))) })
	t.Run("from another make", func(t *testing.T) { play(t, serve(t, registrytest.Start(t)), newSite(t)) })
	t.Run("between two of another make", func(t *testing.T) {
		play(t, serve(t, registrytest.Start(t)), serve(t, registrytest.Start(t)))
	})
}

func TestAnImageTravelsBetweenRegistriesOfDifferentMakes(t *testing.T) {
	bothWays(t, func(t *testing.T, from, to *site) {
		digest := pushed(t, imageOf(t, 3<<20, 10, 0, 70_000), from.repository("acme/dev/orders"))
		if err := Copy(t.Context(), from.repository("acme/dev/orders"), digest, to.repository("acme/qa/orders"), "1.2.0"); err != nil {
			t.Fatal(err)
		}
		to.mustHave("acme/qa/orders", digest)
		if at, err := Resolve(t.Context(), to.repository("acme/qa/orders"), "1.2.0"); err != nil || at != digest {
			t.Errorf("the tag points at %s, %v", at, err)
		}
		from.breaks(nil)
		to.breaks(nil)
		if err := Copy(t.Context(), from.repository("acme/dev/orders"), digest, to.repository("acme/qa/orders"), ""); err != nil {
			t.Fatal(err)
		}
		if n := to.requests(http.MethodPost) + to.requests(http.MethodPut) + from.requests("/blobs/"); n != 0 {
			t.Errorf("%d requests moved what is there", n)
		}
	})
}

func TestAnIndexForSeveralMachinesTravelsWithItsAttestationBetweenDifferentMakes(t *testing.T) {
	bothWays(t, func(t *testing.T, from, to *site) {
		index := forMachines(t)
		hash, err := index.Digest()
		if err != nil {
			t.Fatal(err)
		}
		at := from.repository("acme/dev/orders")
		if err := remote.WriteIndex(at.Name.Digest(hash.String()), index, remote.WithAuth(at.Write)); err != nil {
			t.Fatal(err)
		}
		if err := Copy(t.Context(), at, promotion.Digest(hash.String()), to.repository("acme/qa/orders"), "all"); err != nil {
			t.Fatal(err)
		}
		copied, err := remote.Index(to.repository("acme/qa/orders").Name.Tag("all"), remote.WithAuth(to.repository("orders").Read))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := index.RawManifest()
		if got, err := copied.RawManifest(); err != nil || same(got, want) != nil {
			t.Errorf("the index is not the same, byte for byte: %v", err)
		}
		children := childrenOf(t, copied)
		for child, err := range children {
			if err != nil {
				t.Errorf("child %s: %v", child, err)
			}
		}
		if len(children) != 3 {
			t.Errorf("%d children have arrived, want two machines' and the attestation", len(children))
		}
	})
}

// A signature refers to what it signs. It is not brought along, and travels by its own digest as it is.
func TestASignatureTravelsByItsOwnDigestBetweenDifferentMakes(t *testing.T) {
	bothWays(t, func(t *testing.T, from, to *site) {
		image := imageOf(t, 2000)
		at := from.repository("orders")
		signed := pushed(t, image, at)
		about, err := partial.Descriptor(image)
		if err != nil {
			t.Fatal(err)
		}
		signature := mutate.Subject(mutate.MediaType(imageOf(t, 90), types.OCIManifestSchema1), *about).(v1.Image)
		hash, err := signature.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(at.Name.Digest(hash.String()), signature, remote.WithAuth(at.Write)); err != nil {
			t.Fatal(err)
		}
		for _, digest := range []promotion.Digest{signed, promotion.Digest(hash.String())} {
			if err := Copy(t.Context(), at, digest, to.repository("orders"), ""); err != nil {
				t.Fatal(err)
			}
			to.mustHave("orders", digest)
		}
		got, err := remote.Image(to.repository("orders").Name.Digest(hash.String()), remote.WithAuth(to.repository("orders").Read))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := got.Manifest(); err != nil || m.Subject == nil || promotion.Digest(m.Subject.Digest.String()) != signed {
			t.Errorf("what arrived refers to %+v, %v, want %s", m.Subject, err, signed)
		}
	})
}

func TestARegistryOfAnotherMakeSaysWhatItLacks(t *testing.T) {
	bothWays(t, func(t *testing.T, from, to *site) {
		unknown := promotion.Digest("sha256:" + strings.Repeat("0123456789abcdef", 4))
		pushed(t, imageOf(t, 100), from.repository("orders"))
		if err := Copy(t.Context(), from.repository("orders"), unknown, to.repository("orders"), ""); err == nil || !strings.Contains(err.Error(), unknown.Short()) {
			t.Errorf("got %v, want an error that names %s", err, unknown.Short())
		}
		to.mustLack("orders", unknown)
	})
}

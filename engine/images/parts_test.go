package images

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestTheImagesOfAnIndexAreFoundWithoutWhatAttestsThem(t *testing.T) {
	dev := newSite(t)
	in := dev.repository("orders")
	kept := func(index v1.ImageIndex) promotion.Digest {
		hash, err := index.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.WriteIndex(in.Name.Digest(hash.String()), index, remote.WithAuth(in.Write)); err != nil {
			t.Fatal(err)
		}
		return promotion.Digest(hash.String())
	}
	for what, index := range map[string]v1.ImageIndex{"with an attestation": forMachines(t), "nested, and one of them twice": multiArch(t)} {
		parts, err := Parts(t.Context(), in, kept(index))
		var platforms []string
		for _, p := range parts {
			platforms = append(platforms, p.Platform)
			if own, err := Parts(t.Context(), in, p.Digest); err != nil || !slices.Equal(own, []Part{{Digest: p.Digest}}) {
				t.Errorf("an image has the parts %v, %v", own, err)
			}
		}
		if err != nil || !slices.Equal(platforms, []string{"linux/amd64", "linux/arm64"}) {
			t.Errorf("%s: it has %v, %v", what, parts, err)
		}
	}
	if _, err := Parts(t.Context(), in, kept(mutate.Annotations(empty.Index, map[string]string{"of": "nothing"}).(v1.ImageIndex))); err == nil || !strings.Contains(err.Error(), "has no image in it") {
		t.Errorf("of an empty index: %v", err)
	}
}

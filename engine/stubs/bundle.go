// Package stubs makes, checks, keeps and serves stubs of a service: recorded from the running service while its E2E
// tests ran, validated against its OpenAPI contract, and written as WireMock mappings.
//
// The way of a stub is Recorder → Generate → Verify → Bundle.Pack → Store, and for a consumer's contract tests
// Store → Serve.
package stubs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs/wiremock"
)

// Bundle is the stubs of one version of a service, with the contract they were checked against.
type Bundle struct {
	Manifest Manifest
	Mappings map[string][]byte // "mappings/get-item.json" → WireMock mapping
	Files    map[string][]byte // "__files/get-item.json" → body
	Contract []byte            // openapi.yaml
}

// Manifest is stub.json: what the bundle is, and what is known of it.
type Manifest struct {
	Format       int                 `json:"format"` // 1
	Service      string              `json:"service"`
	Version      string              `json:"version"`
	Commit       string              `json:"commit"`
	Image        promotion.Digest    `json:"image"`
	Contract     string              `json:"contract"` // "sha256:…" of openapi.yaml
	Stubs        int                 `json:"stubs"`
	Coverage     Coverage            `json:"coverage"`
	Verification *Verification       `json:"verification,omitempty"` // nil: not verified
	Volatile     map[string][]string `json:"volatile,omitempty"`     // mapping → JSON pointers, compared by type
	Warnings     []string            `json:"warnings,omitempty"`
}

// Verification is what came of replaying the stubs against the running service.
type Verification struct {
	Replayed int `json:"replayed"` // GET and HEAD: the service answers the same
	Skipped  int `json:"skipped"`  // would change something
}

// Name is the bundle's file: "inventory-1.4.2-stubs.tar.gz".
func (b Bundle) Name() string {
	return fmt.Sprintf("%s-%s-stubs.tar.gz", fileSafe(b.Manifest.Service), fileSafe(b.Manifest.Version))
}

// Len is how many stubs the bundle holds.
func (b Bundle) Len() int { return b.Manifest.Stubs }

// Warnings are what the bundle leaves out, and why.
func (b Bundle) Warnings() []string { return slices.Clone(b.Manifest.Warnings) }

// Stubs reads the bundle's mappings. One that Gantry does not know in full refuses the bundle (*Refusal).
func (b Bundle) Stubs() (wiremock.Set, error) {
	set, err := wiremock.Load(b.Mappings, b.Files)
	if err != nil {
		return nil, &Refusal{[]string{err.Error()}}
	}
	return set, nil
}

// bundle writes the drafts down.
func (g *generator) bundle(in Input) (Bundle, error) {
	b := Bundle{Mappings: map[string][]byte{}, Files: map[string][]byte{}, Contract: in.Contract}
	volatile := map[string][]string{}
	drafts := g.sorted()
	for _, d := range drafts {
		name := d.fileName()
		mapping, body, err := d.write(name)
		if err != nil {
			return Bundle{}, fmt.Errorf("write the stub of %s: %w", d.request, err)
		}
		path := "mappings/" + name + ".json"
		b.Mappings[path] = mapping
		maps.Copy(b.Files, body)
		if len(d.volatile) > 0 {
			volatile[path] = d.volatile
		}
	}
	b.Manifest = Manifest{
		Format: 1, Service: in.Service, Version: in.Version, Commit: in.Commit, Image: in.Image,
		Contract: g.contract.sum(), Stubs: len(drafts), Coverage: g.contract.coverage(drafts),
		Volatile: volatile, Warnings: unique(g.warnings),
	}
	// What is served must be what was written: a text that WireMock reads in its own way is found out here.
	_, err := b.Stubs()
	return b, err
}

package drill

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/images/registry"
	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// place is an environment with a real registry, which deploys and migrates whatever it is told.
type place struct {
	name   string
	server *httptest.Server
	live   *engine.Live
}

func newPlace(t *testing.T, environment string) *place {
	t.Helper()
	r, err := registry.New(t.TempDir(), registry.Login{User: "writer", Password: "secret"}, registry.Login{User: "reader", Password: "open"})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{name: environment, server: httptest.NewServer(r)}
	t.Cleanup(p.server.Close)
	return p
}

func (p *place) Name() string { return p.name }

func (p *place) Repository(_ context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	full := strings.Trim(strings.TrimPrefix(p.server.URL, "http://")+"/"+slot.Service+"/"+what, "/")
	parsed, err := name.NewRepository(full, name.Insecure)
	return images.Repository{
		Name: parsed, Read: &authn.Basic{Username: "reader", Password: "open"}, Write: &authn.Basic{Username: "writer", Password: "secret"},
	}, err
}

func (p *place) Live(context.Context, promotion.Slot) (*engine.Live, error) { return p.live, nil }

func (p *place) Migrate(_ context.Context, _ engine.Migration, log io.Writer) error {
	_, err := io.WriteString(log, "migrated\n")
	return err
}

func (p *place) Deploy(_ context.Context, r engine.Rollout, _ io.Writer) (*engine.Live, error) {
	p.live = &engine.Live{Image: r.Release.Image, Version: r.Release.Version, Healthy: true}
	return p.live, nil
}

func (p *place) Stop(context.Context, promotion.Slot, io.Writer) error { return nil }
func (p *place) Remove(context.Context, promotion.Slot, io.Writer) error {
	return nil
}

func (p *place) Evidence(context.Context, promotion.Slot, time.Time) (engine.Evidence, error) {
	return engine.Evidence{}, nil
}

func (p *place) Endpoint(context.Context, promotion.Slot) (string, error) { return p.server.URL, nil }
func (p *place) Variables() []string                                      { return []string{"LEVEL=debug"} }
func (p *place) Secrets() []string                                        { return []string{"secret"} }

// world is a release that has been built, and two environments.
type world struct {
	t       *testing.T
	dev, qa *place
	release promotion.Release
	dir     string // the run's
	log     *logs.Writer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dev: newPlace(t, "dev"), qa: newPlace(t, "qa"), dir: t.TempDir()}
	program := filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	image, err := images.Assemble(images.Spec{Files: map[string]string{"/app": program}, Entrypoint: []string{"/app"}})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := images.Save(stages.Workspace{Dir: w.dir}.Images(), image)
	if err != nil {
		t.Fatal(err)
	}
	w.release = promotion.Release{Service: "orders", Version: "1.1.0", Image: digest}
	return w
}

// job is an attempt of a stage whose failure is rehearsed.
func (w *world) job(stage promotion.Stage, attempt int, how string) *stages.Job {
	w.t.Helper()
	var err error
	if w.log, err = logs.Create(filepath.Join(w.t.TempDir(), "stage.log"), time.Now, nil); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.log.Close() })
	stage.Kind = promotion.Kind(stage.ID.Name())
	places := map[string]*place{"dev": w.dev, "qa": w.qa}
	return &stages.Job{
		Run: promotion.Run{ID: 1, Release: w.release, Plan: promotion.Plan{
			Service: "orders", Columns: []promotion.Column{{Name: "build"}, {Name: "dev"}, {Name: "qa"}},
			Drill: &promotion.Drill{Stage: stage.ID, How: how},
		}},
		Stage: stage, Attempt: attempt, Work: stages.Workspace{Dir: w.dir}, Log: w.log,
		Environments: func(name string) (engine.Environment, error) { return places[name], nil },
		Report:       func(promotion.Step) {}, Progress: func(string, promotion.Tests) {}, Now: time.Now,
	}
}

// attempt executes one attempt of a stage, which the engine repeats twice by itself.
func (w *world) attempt(id promotion.StageID, attempt int, how string) error {
	w.t.Helper()
	_, err := Rehearse(w.t.Context(), w.job(promotion.Stage{ID: id, Retries: 2}, attempt, how), stages.Execute, func() { w.t.Error("the engine crashed") })
	return err
}

func (w *world) must(id promotion.StageID) {
	w.t.Helper()
	if err := w.attempt(id, 9, ""); err != nil {
		w.t.Fatalf("%s: %v", id, err)
	}
}

// has tells whether the image is in a registry, whole.
func (w *world) has(p *place) bool {
	w.t.Helper()
	in, err := p.Repository(w.t.Context(), promotion.Slot{Service: "orders"}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := images.Exists(w.t.Context(), in, w.release.Image)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// text is the log of the newest attempt.
func (w *world) text() string {
	w.t.Helper()
	lines, err := w.log.Lines(0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return strings.Join(all, "\n")
}

package local

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// pipeline is the default pipeline for services that nobody builds: the executor of these tests decides how every
// stage ends, and the journal, the locks and the logs are real.
const pipeline = `
[[environment]]
name = "dev"
platform = "sandbox"
team_isolation = true

[[environment]]
name = "qa"
platform = "sandbox"
rolls_back = ["qa", "dev"]
publish_stub = true

[[environment]]
name = "prod"
platform = "sandbox"
stub_channel = "prod"

[[service]]
name = "inventory"
path = "inventory"
team = "warehouse"
contract = "openapi.yaml"
  [[service.build.step]]
  name = "compile"
  run = "true"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.migrations]
  files = { "/migrate" = "migrate" }
  entrypoint = ["/migrate"]
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
`

// world is what the executor of a test makes of stages: they succeed at once unless the test says otherwise.
type world struct {
	mu       sync.Mutex
	verdicts map[promotion.StageID]func(context.Context, *stages.Job) (promotion.Result, error)
	executed []string                                   // "1 dev/push 1": run, stage, attempt
	live     map[promotion.Slot]*engine.Live            // what really runs
	rollsOut func(engine.Rollout) (*engine.Live, error) // how a platform deploys; nil: stages do it by themselves
}

func newWorld() *world {
	return &world{verdicts: map[promotion.StageID]func(context.Context, *stages.Job) (promotion.Result, error){}, live: map[promotion.Slot]*engine.Live{}}
}

// when says how a stage ends from now on.
func (w *world) when(stage promotion.StageID, end func(context.Context, *stages.Job) (promotion.Result, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.verdicts[stage] = end
}

func (w *world) execute(ctx context.Context, job *stages.Job) (promotion.Result, error) {
	w.mu.Lock()
	w.executed = append(w.executed, fmt.Sprintf("%d %s %d", job.Run.ID, job.Stage.ID, job.Attempt))
	end := w.verdicts[job.Stage.ID]
	w.mu.Unlock()
	if end != nil {
		return end(ctx, job)
	}
	return w.succeed(job)
}

func (w *world) succeed(job *stages.Job) (promotion.Result, error) {
	release := job.Run.Release
	slot := job.Run.Plan.Slot(job.Stage.ID.Column())
	switch job.Stage.Kind {
	case promotion.KindBuild:
		release.Image = promotion.Digest(fmt.Sprintf("sha256:%064d", job.Run.ID))
		release.Migration, release.Verification = release.Image, release.Image
		return promotion.Result{Release: &release}, nil
	case promotion.KindDeploy:
		return promotion.Result{Deployment: w.deploy(slot, release, job)}, nil
	case promotion.KindPublish:
		release.Stub = release.Image
		return promotion.Result{Release: &release}, nil
	case promotion.KindRollback:
		if target := job.Run.Plan.Revert.Target; target != nil {
			return promotion.Result{Deployment: w.deploy(slot, target.Release, job)}, nil
		}
		w.mu.Lock()
		delete(w.live, slot)
		w.mu.Unlock()
		return promotion.Result{Emptied: true}, nil
	case promotion.KindRemove:
		w.mu.Lock()
		delete(w.live, slot)
		w.mu.Unlock()
		return promotion.Result{Emptied: true}, nil
	}
	return promotion.Result{}, nil
}

func (w *world) deploy(slot promotion.Slot, release promotion.Release, job *stages.Job) *promotion.Deployment {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live[slot] = &engine.Live{Image: release.Image, Version: release.Version, Healthy: true}
	return &promotion.Deployment{Release: release, Since: job.Now(), Cause: "promoted", Run: job.Run.ID}
}

// makeLive is a deploy as a platform does it.
func (w *world) makeLive(r engine.Rollout) *engine.Live {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live[r.Slot] = &engine.Live{Image: r.Release.Image, Version: r.Release.Version, Healthy: true}
	return w.live[r.Slot]
}

// images is what runs by environment.
func (w *world) images() map[string]promotion.Digest {
	w.mu.Lock()
	defer w.mu.Unlock()
	running := map[string]promotion.Digest{}
	for slot, live := range w.live {
		if slot.Aside == 0 {
			running[slot.Environment] = live.Image
		}
	}
	return running
}

func (w *world) history() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.executed...)
}

// place is an environment of the world.
type place struct {
	name  string
	world *world
}

func (p place) Name() string { return p.name }
func (p place) Repository(context.Context, promotion.Slot, string) (images.Repository, error) {
	return images.Repository{}, fmt.Errorf("%s keeps no images", p.name)
}
func (p place) Live(_ context.Context, slot promotion.Slot) (*engine.Live, error) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	return p.world.live[slot], nil
}
func (p place) Migrate(context.Context, engine.Migration, io.Writer) error { return nil }
func (p place) Deploy(_ context.Context, r engine.Rollout, _ io.Writer) (*engine.Live, error) {
	if p.world.rollsOut == nil {
		return nil, fmt.Errorf("%s deploys nothing by itself", p.name)
	}
	return p.world.rollsOut(r)
}
func (p place) Stop(context.Context, promotion.Slot, io.Writer) error { return nil }
func (p place) Remove(_ context.Context, slot promotion.Slot, _ io.Writer) error {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	delete(p.world.live, slot)
	return nil
}
func (p place) Evidence(context.Context, promotion.Slot, time.Time) (engine.Evidence, error) {
	return engine.Evidence{}, nil
}
func (p place) Endpoint(_ context.Context, slot promotion.Slot) (string, error) {
	return "http://" + slot.Environment + ".invalid", nil
}
func (p place) Variables() []string { return nil }
func (p place) Secrets() []string   { return []string{"hunter2-of-" + p.name} }

// home is a configuration and a state directory that engines come and go on.
type home struct {
	t     testing.TB
	dir   string
	world *world
	text  string
}

func newHome(t testing.TB) *home {
	t.Helper()
	h := &home{t: t, dir: t.TempDir(), world: newWorld(), text: pipeline}
	for name, text := range map[string]string{"config.toml": h.text, "inventory/openapi.yaml": "openapi: 3.0.0\n", "inventory/VERSION": "1.0.0\n"} {
		path := filepath.Join(h.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h *home) options() Options {
	h.t.Helper()
	loaded, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		h.t.Fatal(err)
	}
	return Options{
		Pipeline: loaded, State: filepath.Join(h.dir, ".gantry"), Program: "a test",
		Environments: func(_ config.Pipeline, e config.Environment) (engine.Environment, error) {
			return place{e.Name, h.world}, nil
		},
		Execute: h.world.execute,
		Pause:   1, // a nanosecond
	}
}

func (h *home) open() *Engine {
	h.t.Helper()
	e, err := Open(h.t.Context(), h.options())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	return e
}

func (h *home) start(e *Engine, r engine.StartRequest) promotion.RunID {
	h.t.Helper()
	r.Service, r.Actor, r.Trigger = "inventory", "ada", "operator"
	id, err := e.Start(h.t.Context(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// wait returns the run as soon as the condition holds.
func (h *home) wait(e *Engine, id promotion.RunID, what string, holds func(promotion.Run) bool) promotion.Run {
	h.t.Helper()
	for snapshot := range e.Watch(h.t.Context()) {
		for _, run := range snapshot.Runs {
			if run.ID == id && holds(run) {
				return run
			}
		}
	}
	run, _ := e.Run(id)
	h.t.Fatalf("run %d never %s; it is %+v", id, what, run.Waits())
	return run
}

func (h *home) end(e *Engine, id promotion.RunID) promotion.Run {
	h.t.Helper()
	return h.wait(e, id, "ended", promotion.Run.Done)
}

func (h *home) wantLive(want map[string]promotion.Digest) {
	h.t.Helper()
	if got := h.world.images(); !maps.Equal(got, want) {
		h.t.Errorf("live is %v, want %v", got, want)
	}
}

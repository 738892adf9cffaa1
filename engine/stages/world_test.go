package stages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// caller is the variable that makes this test program a suite which calls what it names.
const caller = "TEST_CALLS"

// The test program is also the suites and contract tests of these tests: they call a service and want its answer.
func TestMain(m *testing.M) {
	if calls := os.Getenv(caller); calls != "" {
		os.Exit(call(strings.Fields(calls)))
	}
	os.Exit(m.Run())
}

// call asks for paths below the address that the first word names as a variable.
func call(words []string) int {
	for _, path := range words[1:] {
		response, err := http.Get(os.Getenv(words[0]) + path)
		if err != nil {
			fmt.Println("Error:", err)
			return 1
		}
		_ = response.Body.Close()
		if fmt.Println("GET", path, response.StatusCode); response.StatusCode != http.StatusOK {
			fmt.Printf("Error: GET %s answers %d\n", path, response.StatusCode)
			return 1
		}
	}
	return 0
}

// calling is a command that calls.
func calling(t *testing.T, variable string, paths ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s='%s %s' exec %s", caller, variable, strings.Join(paths, " "), self)
}

// world is one run of the service "items" through dev and qa, with real processes, logs and registries.
type world struct {
	t        *testing.T
	places   map[string]*place
	scanner  engine.Environment // in QA's place; nil: that itself
	run      promotion.Run
	service  config.Service
	pipeline config.Pipeline
	dir      string // the run's
	stubs    stubs.Store

	mu    sync.Mutex
	steps []promotion.Step
	log   *logs.Writer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), places: map[string]*place{}}
	w.service = config.Service{Name: "items", Path: t.TempDir()}
	w.run = promotion.Run{ID: 1, Release: promotion.Release{Service: "items", Version: "1.1.0"}, Plan: promotion.Plan{Service: "items"}}
	for _, column := range []string{promotion.BuildColumn, "dev", "qa"} {
		w.run.Plan.Columns = append(w.run.Plan.Columns, promotion.Column{Name: column})
		w.run.Columns = append(w.run.Columns, promotion.ColumnState{Name: column})
		if column != promotion.BuildColumn {
			w.places[column] = newPlace(t, column)
			w.pipeline.Environments = append(w.pipeline.Environments, config.Environment{Name: column})
		}
	}
	w.pipeline.Services = []config.Service{w.service}
	w.stubs = stubs.NewStore(func(ctx context.Context, service string) (images.Repository, error) {
		return w.places["dev"].Repository(ctx, promotion.Slot{Service: service}, "stubs")
	})
	return w
}

// job is an attempt of a stage.
func (w *world) job(id promotion.StageID, attempt int) *Job {
	w.t.Helper()
	log, err := logs.Create(filepath.Join(w.t.TempDir(), "stage.log"), time.Now, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = log.Close() })
	w.log, w.steps = log, nil
	return &Job{
		Run: w.run, Stage: promotion.Stage{ID: id, Kind: promotion.Kind(id.Name())}, Attempt: attempt,
		Pipeline: w.pipeline, Service: w.service, Stubs: w.stubs, Work: Workspace{Dir: w.dir}, Log: log,
		Environments: func(name string) (engine.Environment, error) {
			if name == "qa" && w.scanner != nil {
				return w.scanner, nil
			}
			return w.places[name], nil
		},
		Report: func(s promotion.Step) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.steps = append(w.steps, s)
		},
		Progress: func(string, promotion.Tests) {}, Now: time.Now,
	}
}

// execute does a stage and takes what it found out about the release.
func (w *world) execute(id promotion.StageID) (promotion.Result, error) {
	w.t.Helper()
	result, err := Execute(w.t.Context(), w.job(id, 1))
	if result.Release != nil {
		w.run.Release = *result.Release
	}
	return result, err
}

func (w *world) must(ids ...promotion.StageID) {
	w.t.Helper()
	for _, id := range ids {
		if _, err := w.execute(id); err != nil {
			w.t.Fatalf("%s: %v\n%s", id, err, w.text())
		}
	}
}

// ended is how the steps ended.
func (w *world) ended() map[string]promotion.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	states := map[string]promotion.State{}
	for _, s := range w.steps {
		states[s.Name] = s.State
	}
	return states
}

// text is the log of the newest attempt.
func (w *world) text() string {
	w.t.Helper()
	lines, err := w.log.Lines(0, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.Text + "\n")
	}
	return text.String()
}

// write puts a file into the service's directory.
func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.service.Path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// build builds the release, with a suite of each kind that runs what it is told.
func (w *world) build(acceptance, e2e string) {
	w.t.Helper()
	w.write("run", "#!/bin/sh\n")
	w.service.Build = config.Stage{Steps: []config.Step{{Name: "compile", Run: `cp run "$GANTRY_OUT/app" && cp run "$GANTRY_OUT/migrate"`}}}
	w.service.Image = config.Image{Files: map[string]string{"/app": "app"}, Entrypoint: []string{"/app"}}
	w.service.Migrations = &config.Image{Files: map[string]string{"/migrate": "migrate"}, Entrypoint: []string{"/migrate"}}
	w.service.Acceptance = &config.Suite{Files: map[string]string{"it": "./run"}, Run: acceptance}
	w.service.E2E = &config.Suite{Files: map[string]string{"it": "./run"}, Run: e2e}
	from, err := source.Inspect(w.t.Context(), w.service.Path, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.run.Plan.Source = from
	w.must("build/build")
}

// wantVerdict fails unless the error is a negative verdict that says all this.
func wantVerdict(t *testing.T, err error, says ...string) {
	t.Helper()
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) {
		t.Fatalf("got %v, want a verdict", err)
	}
	wantWords(t, verdict.Why, says...)
}

// wantError fails unless the error comes without a verdict and says all this.
func wantError(t *testing.T, err error, says ...string) {
	t.Helper()
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) {
		t.Fatalf("got %v, want an error without a verdict", err)
	}
	wantWords(t, err.Error(), says...)
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	if i := slices.IndexFunc(words, func(word string) bool { return !strings.Contains(text, word) }); i >= 0 {
		t.Errorf("nothing says %q: %s", words[i], text)
	}
}

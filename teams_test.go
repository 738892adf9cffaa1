package main

import (
	"context"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/local"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
	"github.com/gantry-cd/gantry/environments/sandbox"
)

// meeting lets the runs of two teams go on only when both have come to the same stage.
type meeting struct {
	stage promotion.StageID
	both  sync.WaitGroup
}

func (m *meeting) execute(ctx context.Context, job *stages.Job) (promotion.Result, error) {
	if job.Stage.ID == m.stage {
		m.both.Done()
		met := make(chan struct{})
		go func() { m.both.Wait(); close(met) }()
		select {
		case <-met:
		case <-ctx.Done():
			return promotion.Result{}, context.Cause(ctx)
		}
	}
	return stages.Execute(ctx, job)
}

// engine works in the house with its sandbox, in this process.
func (h *house) engine(m *meeting) (*local.Engine, engine.Environment) {
	h.t.Helper()
	pipeline, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		h.t.Fatal(err)
	}
	state := filepath.Join(h.dir, ".gantry")
	launch := sandbox.WithLauncher(func(args ...string) (*exec.Cmd, error) {
		cmd, err := sandbox.ThisProgram(args...)
		if err == nil {
			cmd.Path, cmd.Args[0] = h.gantry, h.gantry
		}
		return cmd, err
	})
	open := func(p config.Pipeline, e config.Environment) (engine.Environment, error) {
		return sandbox.New(p, e, state, launch)
	}
	e, err := local.Open(h.t.Context(), local.Options{
		Pipeline: pipeline, State: state, Program: "a test", Environments: open, Execute: m.execute,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	dev, err := open(pipeline, pipeline.Environment("dev"))
	if err != nil {
		h.t.Fatal(err)
	}
	return e, dev
}

// ended waits for a run's end.
func ended(t *testing.T, e *local.Engine, id promotion.RunID) promotion.Run {
	t.Helper()
	for snapshot := range e.Watch(t.Context()) {
		for _, run := range snapshot.Runs {
			if run.ID == id && run.Done() {
				return run
			}
		}
	}
	t.Fatalf("run %d did not end", id)
	return promotion.Run{}
}

// Both stand in dev/migrate at the same moment, which neither could if they shared a lock; then each goes its way.
func TestTwoTeamsPromoteTheSameServiceInDevAtOnceAndNeitherSeesTheOther(t *testing.T) {
	h := newHouse(t)
	h.edit("config.toml", `team = "warehouse"`, "team = \"warehouse\"\nteams = [\"growth\"]")
	h.commit("growth works on inventory as well")
	first := h.git("rev-parse", "HEAD")
	h.write(inventory+"VERSION", "2.0.0\n")
	h.write(inventory+"migrations/00009_note.sql", "-- +goose Up\nALTER TABLE items ADD COLUMN note TEXT;\n")
	h.commit("inventory 2.0.0 of growth")

	m := &meeting{stage: "dev/migrate"}
	m.both.Add(2)
	e, dev := h.engine(m)
	start := func(team, commit string) promotion.RunID {
		id, err := e.Start(t.Context(), engine.StartRequest{Service: "inventory", Team: team, Commit: commit, Until: "dev", Actor: "ada", Trigger: "operator"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	ids := map[string]promotion.RunID{"": start("", first), "growth": start("growth", "HEAD")}
	runs, at := map[string]promotion.Run{}, map[string]string{}
	for name, id := range ids {
		run := ended(t, e, id)
		if run.Outcome != promotion.Succeeded {
			t.Fatalf("the run of %q %s: %s", run.Plan.Team, run.Outcome, run.Reason)
		}
		endpoint, err := dev.Endpoint(t.Context(), run.Plan.Slot("dev"))
		if err != nil {
			t.Fatal(err)
		}
		runs[name], at[name] = run, endpoint
	}
	warehouse, growth := runs[""], runs["growth"]
	if warehouse.Plan.Team != "warehouse" || growth.Plan.Team != "growth" || at[""] == at["growth"] {
		t.Errorf("they are %q at %s and %q at %s", warehouse.Plan.Team, at[""], growth.Plan.Team, at["growth"])
	}
	for name, version := range map[string]string{"": "1.0.0", "growth": "2.0.0"} {
		if _, said := ask(t, http.MethodGet, at[name]+"/healthz", ""); !strings.Contains(said, version) {
			t.Errorf("the endpoint of %q answers %s, want %s", runs[name].Plan.Team, said, version)
		}
	}
	reserve(t, at[""], "o-warehouse")
	reserve(t, at["growth"], "o-growth")
	if knows(t, at[""], "o-growth") || knows(t, at["growth"], "o-warehouse") {
		t.Error("one team sees what is in the other's database")
	}
	inRepository(t, dev, warehouse, growth)
	inRepository(t, dev, growth, warehouse)
	wantOnlyItsOwn(t, e, runs)
}

// inRepository wants a team's repository to hold its own image, and not the other's.
func inRepository(t *testing.T, dev engine.Environment, own, other promotion.Run) {
	t.Helper()
	repository, err := dev.Repository(t.Context(), own.Plan.Slot("dev"), "")
	if err != nil {
		t.Fatal(err)
	}
	for image, expected := range map[promotion.Digest]bool{own.Release.Image: true, other.Release.Image: false} {
		if there, err := images.Exists(t.Context(), repository, image); err != nil || there != expected {
			t.Errorf("%s is in %s: %v, %v; want %v", image.Short(), repository.Name, there, err, expected)
		}
	}
}

// wantOnlyItsOwn wants each team's slot to have nothing live, good or vetoed but its own release, and nobody's lock.
func wantOnlyItsOwn(t *testing.T, e *local.Engine, runs map[string]promotion.Run) {
	t.Helper()
	status, err := e.Status(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range status {
		for _, run := range runs {
			if s.Slot != run.Plan.Slot("dev") {
				continue
			}
			found++
			if s.Live == nil || s.Live.Image != run.Release.Image || s.LastGood == nil || s.LastGood.Release.Image != run.Release.Image || s.Drift != "" {
				t.Errorf("%s: %+v", s.Slot, s)
			}
		}
	}
	if found != 2 {
		t.Errorf("the status tells of %d of the two teams: %+v", found, status)
	}
	for _, info := range e.Snapshot().Slots {
		if info.Holder != 0 {
			t.Errorf("%s is still held by run %d", info.Slot, info.Holder)
		}
	}
}

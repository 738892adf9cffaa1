package local

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// files are all files and directories below one, with what they hold and when they were written. What SQLite's readers
// and its writer share of a journal that is open is none of its content.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return nil
		}
		if err != nil || strings.HasSuffix(path, "-shm") {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime())
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(path)
			all[path] += fmt.Sprintf(" %x", sha256.Sum256(text))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (h *home) read() *Engine {
	h.t.Helper()
	e, err := Read(h.t.Context(), h.options())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = e.Close() })
	return e
}

// rehearse makes a dry run and wants it to change nothing.
func (h *home) rehearse(e *Engine, r engine.StartRequest) engine.DryRun {
	h.t.Helper()
	r.Service, r.Trigger = "inventory", "operator"
	before := files(h.t, h.dir)
	d, err := e.DryRun(h.t.Context(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	if after := files(h.t, h.dir); !maps.Equal(before, after) {
		h.t.Errorf("the dry run changed the directory:\n%v\n%v", before, after)
	}
	return d
}

func column(t *testing.T, d engine.DryRun, name string) engine.DryRunColumn {
	t.Helper()
	at := slices.IndexFunc(d.Columns, func(c engine.DryRunColumn) bool { return c.Name == name })
	if at < 0 {
		t.Fatalf("the dry run says nothing of %s", name)
	}
	return d.Columns[at]
}

func gates(c engine.DryRunColumn) string {
	var kinds []string
	for _, g := range c.Gates {
		kinds = append(kinds, string(g.Gate))
	}
	return strings.Join(kinds, " ")
}

func TestADryRunBeforeAnythingWasEverStartedMakesNothing(t *testing.T) {
	h := newHome(t)
	d := h.rehearse(h.read(), engine.StartRequest{})
	if _, err := os.Stat(filepath.Join(h.dir, ".gantry")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a state directory now: %v", err)
	}
	if c := column(t, d, "qa"); c.Live != nil || c.LastGood != nil || c.Drift != "" {
		t.Errorf("qa is said to be %+v", c)
	}
	if s := column(t, d, "dev").Stages[2]; s.ID != "dev/compat" || s.Skipped == "" {
		t.Errorf("compat of a first deployment is %+v, want it skipped", s)
	}
}

func TestADryRunForeseesWhatAFailureOfEachStageRollsBack(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	for _, c := range h.rehearse(e, engine.StartRequest{}).Columns {
		for _, stage := range c.Stages {
			foreseen := foreseen(column(t, h.rehearse(e, engine.StartRequest{}), c.Name), stage.ID)
			h.world.when(stage.ID, failing)
			run := h.end(e, h.start(e, engine.StartRequest{}))
			h.world.when(stage.ID, nil)
			var done []string
			for _, linked := range run.Rollbacks {
				rollback, err := e.Run(linked.Run)
				if err != nil {
					t.Fatal(err)
				}
				done = append(done, linked.Environment+" "+string(rollback.Plan.Revert.Target.Release.Image))
			}
			if !slices.Equal(foreseen, done) {
				t.Errorf("of %s was foreseen %v, and it rolled back %v", stage.ID, foreseen, done)
			}
		}
	}
}

// foreseen is what a failure of the stage rolls back, and to what.
func foreseen(c engine.DryRunColumn, stage promotion.StageID) []string {
	var list []string
	for _, s := range c.Stages {
		for _, r := range s.Failure.RollsBack {
			if s.ID == stage {
				list = append(list, r.Environment+" "+string(r.To.Image))
			}
		}
	}
	return list
}

func TestADryRunBesideAWorkingEngineDisturbsNobody(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{Until: "dev"}))
	waiting := h.start(e, engine.StartRequest{Step: true})
	h.wait(e, waiting, "stopped before the build", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	d := h.rehearse(h.read(), engine.StartRequest{})
	if c := column(t, d, "dev"); c.Live == nil || c.Live.Release.Image != image(1) || c.Drift != "" {
		t.Errorf("dev is said to be %+v", c)
	}
	if !slices.ContainsFunc(d.Checks, func(c engine.Check) bool {
		return c.What == "engine" && c.State == engine.CheckOK && strings.Contains(c.Detail, "a test") && strings.Contains(c.Detail, "goes on in it")
	}) {
		t.Errorf("nothing is said of the engine at work: %+v", d.Checks)
	}
}

func TestADryRunTellsOfHoldsAndVetoes(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	for _, r := range []engine.SlotRequest{
		{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa", Reason: "the audit"},
		{Verb: promotion.VerbVeto, Release: "1.0.0", Environment: "prod", Reason: "it loses money"},
	} {
		r.Actor = "bo"
		if _, err := e.CommandSlot(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	d := h.rehearse(e, engine.StartRequest{})
	for environment, want := range map[string]string{"dev": "", "qa": "hold", "prod": "veto"} {
		if got := gates(column(t, d, environment)); got != want {
			t.Errorf("the gates of %s are %q, want %q", environment, got, want)
		}
	}
}

func TestAReviewedPlanRunsAndItsHashIsJournalled(t *testing.T) {
	h := newHome(t)
	hash := h.rehearse(h.read(), engine.StartRequest{Until: "qa"}).Hash
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{Until: "qa", Plan: hash}))
	if run.Outcome != promotion.Succeeded || run.Plan.Hash != hash {
		t.Errorf("the run ended %s with the plan %q, reviewed was %q", run.Outcome, run.Plan.Hash, hash)
	}
}

func TestAReviewedPlanIsRefusedOnceTheWorldHasMoved(t *testing.T) {
	for what, situation := range map[string]struct {
		change func(*home, *Engine)
		words  []string
	}{
		"another release is live": {
			func(h *home, e *Engine) { h.end(e, h.start(e, engine.StartRequest{Until: "dev"})) },
			[]string{"dev: what is live", "dev: what a rollback goes back to"},
		},
		"an environment is held": {func(h *home, e *Engine) {
			_, err := e.CommandSlot(h.t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "prod", Actor: "bo", Reason: "the audit"})
			if err != nil {
				h.t.Fatal(err)
			}
		}, []string{"prod: the gates (now hold)", "prod: holds and vetoes"}},
		"somebody edited the source": {func(h *home, _ *Engine) {
			if err := os.WriteFile(filepath.Join(h.dir, "inventory", "new.go"), []byte("package inventory\n"), 0o600); err != nil {
				h.t.Fatal(err)
			}
		}, []string{"what is built"}},
		"the platform runs something else": {func(h *home, _ *Engine) {
			slot := promotion.Slot{Environment: "qa", Service: "inventory"}
			h.world.mu.Lock()
			defer h.world.mu.Unlock()
			h.world.live[slot] = &engine.Live{Image: image(7), Healthy: true}
		}, []string{"qa: what is live"}},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHome(t)
			e := h.open()
			hash := h.rehearse(e, engine.StartRequest{}).Hash
			situation.change(h, e)
			before, _ := e.Runs("")
			_, err := e.Start(t.Context(), engine.StartRequest{Service: "inventory", Actor: "ada", Trigger: "operator", Plan: hash})
			var refusal *promotion.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--dry-run") {
				t.Fatalf("the start ended with %v", err)
			}
			for _, word := range situation.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("it says nothing of %q: %v", word, err)
				}
			}
			if after, _ := e.Runs(""); len(after) != len(before) {
				t.Errorf("there are %d runs, and were %d", len(after), len(before))
			}
		})
	}
}

package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

func TestWhatIsNotThereIsNamedWithTheNextStep(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{Until: "dev"}))
	ctx := t.Context()
	asked := map[string]func() error{
		`no service "nope" in`: func() error { _, err := e.Runs("nope"); return err },
		`it has inventory`:     func() error { _, err := e.Status(ctx, "nope"); return err },
		`no environment "nope"`: func() error {
			_, err := e.PreviewRollback(ctx, engine.RollbackRequest{Service: "inventory", Environment: "nope"})
			return err
		},
		"`gantry runs`":           func() error { _, err := e.Run(7); return err },
		"`gantry show 1`":         func() error { _, err := e.Log(1, "dev/nope", 0); return err },
		"its newest is attempt 1": func() error { _, err := e.Log(1, "dev/push", 2); return err },
		"has not started":         func() error { _, err := e.Log(h.held(e), "build/build", 0); return err },
	}
	for words, ask := range asked {
		if err := ask(); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want something with %q", err, words)
		}
	}
	if runs, err := e.Runs("inventory"); err != nil || len(runs) == 0 {
		t.Errorf("the runs of inventory are %v, %v", runs, err)
	}
}

// held is a run that has not begun yet.
func (h *home) held(e *Engine) promotion.RunID {
	h.t.Helper()
	return h.start(e, engine.StartRequest{Step: true})
}

func TestAStateDirectoryThatCannotBeWrittenSaysToChooseAnother(t *testing.T) {
	h := newHome(t)
	if err := os.WriteFile(filepath.Join(h.dir, ".gantry"), nil, 0o600); err != nil { // a file is in the way
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), h.options()); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("got %v", err)
	}
}

func TestADrillEndsItsStageAsAskedAndTheRestIsReal(t *testing.T) {
	for how, want := range map[string]promotion.State{"fail": promotion.StateFailed, "error": promotion.StateErrored, "hang": promotion.StateStalled} {
		t.Run(how, func(t *testing.T) {
			h := newHome(t)
			if how == "hang" {
				h.rewrite(`run = "./suite"`, "run = \"./suite\"\n  deadline = \"20ms\"")
			}
			e := h.open()
			id := h.start(e, engine.StartRequest{Drill: &promotion.Drill{Stage: "qa/acceptance", How: how}})
			run := h.wait(e, id, "ended or asked", func(r promotion.Run) bool { return r.Done() || r.Waits().NeedsPerson() })
			if s, _ := run.Stage("qa/acceptance"); s.State != want {
				t.Errorf("the stage is %s, want %s", s.State, want)
			}
			if (how == "fail") != (run.Outcome == promotion.RolledBack) {
				t.Errorf("the run ended %q", run.Outcome)
			}
			if n := count(h.world.history(), "1 qa/acceptance 1"); n != 0 {
				t.Error("the rehearsed stage was executed")
			}
		})
	}
}

func TestACrashInAnyStageIsResumedWhereItWas(t *testing.T) {
	for _, stage := range []promotion.StageID{"build/build", "dev/push", "dev/migrate", "dev/deploy", "qa/copy", "qa/acceptance", "qa/e2e", "qa/stub", "qa/publish"} {
		t.Run(strings.ReplaceAll(string(stage), "/", " "), func(t *testing.T) {
			h := newHome(t)
			o := h.options()
			crashed := make(chan struct{})
			o.Crash = func() { close(crashed); select {} } // what is left of a killed engine: nothing that acts
			first, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			id := h.start(first, engine.StartRequest{Drill: &promotion.Drill{Stage: stage, How: "crash"}})
			<-crashed
			first.abandon()
			run := h.end(h.open(), id)
			if s, _ := run.Stage(stage); run.Outcome != promotion.Succeeded || len(s.Attempts) != 2 || s.Attempts[0].State != promotion.StateInterrupted {
				t.Errorf("the run ended %q, %s with %+v", run.Outcome, stage, s.Attempts)
			}
			for _, line := range h.world.history() {
				if count(h.world.history(), line) != 1 {
					t.Errorf("%s was executed more than once", line)
				}
			}
		})
	}
}

// abandon lets go of what the kernel takes back from a killed process, and of nothing else.
func (e *Engine) abandon() {
	e.cancel()
	_ = e.records.Close()
	_ = e.lock.Release()
}

func TestAPersonIsNamedToWhoeverWaitsBehindAStalledRun(t *testing.T) {
	h := newHome(t)
	h.world.when("dev/migrate", func(context.Context, *stages.Job) (promotion.Result, error) {
		return promotion.Result{}, os.ErrDeadlineExceeded
	})
	e := h.open()
	first := h.start(e, engine.StartRequest{})
	h.wait(e, first, "asked", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	second := h.start(e, engine.StartRequest{})
	run := h.wait(e, second, "asked too", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	if waits := run.Waits(); !strings.Contains(waits.Reason, "run 1 is in dev") || !strings.Contains(waits.Who, "retry or abort run 1") {
		t.Errorf("it waits for %+v", waits)
	}
	if err := e.Command(t.Context(), promotion.Command{Run: first, Verb: promotion.VerbAbort, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	h.world.when("dev/migrate", nil)
	h.end(e, second)
}

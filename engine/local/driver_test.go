package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

func failing(context.Context, *stages.Job) (promotion.Result, error) {
	return promotion.Result{Cause: "no"}, &engine.Verdict{Why: "no"}
}

func image(run promotion.RunID) promotion.Digest {
	return promotion.Digest("sha256:" + strings.Repeat("0", 63) + string(rune('0'+run)))
}

func TestAPromotionReachesEveryEnvironment(t *testing.T) {
	h := newHome(t)
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{}))
	if run.Outcome != promotion.Succeeded {
		t.Fatalf("the run ended %s: %s", run.Outcome, run.Reason)
	}
	h.wantLive(map[string]promotion.Digest{"dev": image(1), "qa": image(1), "prod": image(1)})
	if s, _ := run.Stage("dev/compat"); s.State != promotion.StateSkipped {
		t.Errorf("compat of a first deployment is %s, want skipped", s.State)
	}
}

func TestAFailureRollsBackWhatThePolicySays(t *testing.T) {
	for _, situation := range []struct {
		stage promotion.StageID
		want  map[string]promotion.RunID
	}{
		{"dev/acceptance", map[string]promotion.RunID{"dev": 1, "qa": 1, "prod": 1}},
		{"qa/migrate", map[string]promotion.RunID{"dev": 1, "qa": 1, "prod": 1}},
		{"qa/e2e", map[string]promotion.RunID{"dev": 1, "qa": 1, "prod": 1}},
		{"prod/acceptance", map[string]promotion.RunID{"dev": 2, "qa": 2, "prod": 1}},
	} {
		t.Run(strings.ReplaceAll(string(situation.stage), "/", " "), func(t *testing.T) {
			h := newHome(t)
			e := h.open()
			h.end(e, h.start(e, engine.StartRequest{}))
			h.world.when(situation.stage, failing)
			run := h.end(e, h.start(e, engine.StartRequest{}))
			if run.Outcome != promotion.RolledBack {
				t.Errorf("the run ended %q (%s), want rolled back", run.Outcome, run.Reason)
			}
			want := map[string]promotion.Digest{}
			for environment, id := range situation.want {
				want[environment] = image(id)
			}
			h.wantLive(want)
			for _, line := range h.world.history() {
				if strings.Contains(line, "migrate") && !strings.HasPrefix(line, "1 ") && !strings.HasPrefix(line, "2 ") {
					t.Errorf("a rollback migrated: %s", line)
				}
			}
		})
	}
}

func TestTheFirstDeploymentFailsAndTheEnvironmentIsEmpty(t *testing.T) {
	h := newHome(t)
	h.world.when("dev/acceptance", failing)
	e := h.open()
	if run := h.end(e, h.start(e, engine.StartRequest{})); run.Outcome != promotion.RolledBack {
		t.Fatalf("the run ended %q", run.Outcome)
	}
	h.wantLive(map[string]promotion.Digest{})
}

func TestAnEngineThatClosesIsResumedByTheNext(t *testing.T) {
	h := newHome(t)
	started := make(chan struct{})
	h.world.when("qa/acceptance", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		close(started)
		<-ctx.Done()
		return promotion.Result{}, context.Cause(ctx)
	})
	first := h.open()
	id := h.start(first, engine.StartRequest{})
	<-started
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	h.world.when("qa/acceptance", nil)
	run := h.end(h.open(), id)
	if run.Outcome != promotion.Succeeded {
		t.Fatalf("the resumed run ended %q: %s", run.Outcome, run.Reason)
	}
	if s, _ := run.Stage("qa/acceptance"); len(s.Attempts) != 2 || s.Attempts[0].State != promotion.StateInterrupted {
		t.Errorf("the attempts are %+v, want an interrupted one and its repetition", s.Attempts)
	}
	if n := count(h.world.history(), "1 qa/deploy 1"); n != 1 {
		t.Errorf("qa/deploy was executed %d times", n)
	}
}

func count(list []string, line string) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s != line }))
}

func TestASecondEngineIsToldWhoHoldsTheDirectory(t *testing.T) {
	h := newHome(t)
	h.open()
	_, err := Open(t.Context(), h.options())
	var held *journal.Held
	if !errors.As(err, &held) || !strings.Contains(err.Error(), "a test") {
		t.Fatalf("got %v, want who holds it", err)
	}
}

func TestAReaderFollowsAnotherEngine(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	reader, err := Read(t.Context(), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if run := h.end(reader, h.start(e, engine.StartRequest{})); run.Outcome != promotion.Succeeded {
		t.Errorf("the reader saw %q", run.Outcome)
	}
	if err := reader.Command(t.Context(), promotion.Command{Run: 1, Verb: promotion.VerbPause}); !errors.Is(err, errReading) {
		t.Errorf("a reader took a command: %v", err)
	}
}

func TestAHungStageIsStalledAndAsks(t *testing.T) {
	h := newHome(t)
	h.rewrite(`run = "./suite"`, "run = \"./suite\"\n  deadline = \"20ms\"")
	h.world.when("dev/acceptance", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		<-ctx.Done()
		return promotion.Result{}, context.Cause(ctx)
	})
	e := h.open()
	id := h.start(e, engine.StartRequest{})
	run := h.wait(e, id, "stalled", func(r promotion.Run) bool {
		s, _ := r.Stage("dev/acceptance")
		return s.State == promotion.StateStalled
	})
	if waits := run.Waits(); waits == nil || !strings.Contains(waits.Reason, "20ms") {
		t.Errorf("it waits for %+v, want a reason with the deadline", waits)
	}
	h.world.when("dev/acceptance", nil)
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRetry, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("after the retry the run ended %q", run.Outcome)
	}
}

// rewrite changes the configuration's file.
func (h *home) rewrite(old, replacement string) {
	h.t.Helper()
	if !strings.Contains(h.text, old) {
		h.t.Fatalf("the configuration has no %q", old)
	}
	h.text = strings.ReplaceAll(h.text, old, replacement)
	if err := os.WriteFile(filepath.Join(h.dir, "config.toml"), []byte(h.text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func TestARunKeepsItsOwnCopyOfTheConfiguration(t *testing.T) {
	h := newHome(t)
	edited := make(chan struct{})
	h.world.when("build/build", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		<-edited
		return h.world.succeed(job)
	})
	var seen string
	h.world.when("dev/migrate", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		seen = job.Service.Acceptance.Run
		return promotion.Result{}, nil
	})
	e := h.open()
	id := h.start(e, engine.StartRequest{})
	h.rewrite("./suite", "./another")
	close(edited)
	h.end(e, id)
	if seen != "./suite" {
		t.Errorf("the run saw the command %q of a configuration that was edited after its start", seen)
	}
}

func TestAnOperatorRollsOneEnvironmentBack(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	h.end(e, h.start(e, engine.StartRequest{}))
	preview, err := e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "qa"})
	if err == nil || preview.To == nil || preview.To.Release.Image != image(1) {
		t.Fatalf("the preview goes to %+v (%v), want the first release, and the repository that cannot be asked named", preview.To, err)
	}
}

func TestStepModeStartsOneStageAtATime(t *testing.T) {
	h := newHome(t)
	e := h.open()
	id := h.start(e, engine.StartRequest{Step: true})
	paused := func(r promotion.Run) bool {
		return r.Waits() != nil && strings.HasPrefix(r.Waits().Reason, "paused before")
	}
	h.wait(e, id, "paused", paused)
	if n := len(h.world.history()); n != 0 {
		t.Fatalf("%d stages started in step mode unasked", n)
	}
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbStep, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	h.wait(e, id, "paused before dev/push", func(r promotion.Run) bool { return paused(r) && strings.Contains(r.Waits().Reason, "dev/push") })
	if got := h.world.history(); !slices.Equal(got, []string{"1 build/build 1"}) {
		t.Errorf("executed %v, want the build alone", got)
	}
}

func TestAnAbortLeavesEverythingAsItIs(t *testing.T) {
	h := newHome(t)
	started := make(chan struct{})
	h.world.when("qa/e2e", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		close(started)
		<-ctx.Done()
		return promotion.Result{}, context.Cause(ctx)
	})
	e := h.open()
	id := h.start(e, engine.StartRequest{})
	<-started
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbAbort, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Aborted {
		t.Errorf("the run ended %q", run.Outcome)
	}
	h.wantLive(map[string]promotion.Digest{"dev": image(1), "qa": image(1)})
}

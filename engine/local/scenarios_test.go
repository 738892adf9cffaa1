package local

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// The engine dies like a power cut while the platform deploys. The next one asks the platform before it does anything.
func TestScenarioEngineKilledDuringDeploy(t *testing.T) {
	for situation, c := range map[string]struct {
		done    bool // the platform has made the release live when the engine dies
		deploys int  // how often it is asked to, in all
	}{
		"before the release was live": {done: false, deploys: 2},
		"after the release was live":  {done: true, deploys: 1},
	} {
		t.Run(situation, func(t *testing.T) {
			h := newHome(t)
			h.world.when("qa/deploy", stages.Execute)
			deploying, deploys := make(chan struct{}), 0
			h.world.rollsOut = func(r engine.Rollout) (*engine.Live, error) {
				if deploys++; deploys == 1 {
					if c.done {
						h.world.makeLive(r)
					}
					close(deploying)
					select {} // nothing comes back to an engine that is dead
				}
				return h.world.makeLive(r), nil
			}
			first := h.outlived()
			id := h.start(first, engine.StartRequest{})
			<-deploying
			first.abandon()
			run := h.end(h.open(), id)
			s, _ := run.Stage("qa/deploy")
			if run.Outcome != promotion.Succeeded || len(s.Attempts) != 2 || s.Attempts[0].State != promotion.StateInterrupted {
				t.Errorf("the run ended %q (%s) with the attempts %+v", run.Outcome, run.Reason, s.Attempts)
			}
			if deploys != c.deploys {
				t.Errorf("the platform was asked %d times, want %d", deploys, c.deploys)
			}
			h.wantLive(map[string]promotion.Digest{"dev": image(1), "qa": image(1), "prod": image(1)})
		})
	}
}

// outlived is an engine that the test abandons: it is never closed.
func (h *home) outlived() *Engine {
	h.t.Helper()
	e, err := Open(h.t.Context(), h.options())
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func TestScenarioTargetListContainsFailedReleases(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	h.world.when("qa/e2e", failing)
	bad := h.end(e, h.start(e, engine.StartRequest{}))
	h.world.when("qa/e2e", nil)
	newest := h.start(e, engine.StartRequest{})
	h.end(e, newest)

	// It was the newest before the one that is live, and is not gone back to.
	p, _ := e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "qa"})
	if p.From.Release.Image != image(newest) || p.To == nil || p.To.Release.Image != image(1) || len(p.Warnings) > 0 {
		t.Errorf("from %s it goes back to %+v, warning of %q", p.From.Release.Image.Short(), p.To, p.Warnings)
	}
	// Whoever insists on it is told.
	p, _ = e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "qa", To: string(bad.Release.Image)})
	if p.To == nil || p.To.Release.Image != bad.Release.Image || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "may not enter qa/inventory by itself") {
		t.Errorf("asked for the failed release: %+v, warning of %q", p.To, p.Warnings)
	}
	// One that a person took away again before it had passed was never proven good either.
	s := passed("1.0.0")
	tried := promotion.Deployment{Release: promotion.Release{Version: "1.1.0", Image: "sha256:1.1.0"}}
	s.History = append(s.History, tried)
	if said := doubts(s, tried); len(said) != 1 || !strings.Contains(said[0], "never passed") {
		t.Errorf("of a release that never passed it says %q", said)
	}
}

func TestScenarioRollbackBeforeAnythingWasDeployed(t *testing.T) {
	h := newHome(t)
	e := h.open()
	p, err := e.PreviewRollback(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "prod"})
	if err != nil || !strings.Contains(p.Refused, "nothing is live in prod/inventory") {
		t.Errorf("the preview says %q, %v", p.Refused, err)
	}
	_, err = e.RollBack(t.Context(), engine.RollbackRequest{Service: "inventory", Environment: "prod", Actor: "ada"})
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) || len(h.world.history()) > 0 {
		t.Errorf("got %v, and executed %v", err, h.world.history())
	}
	if runs, err := e.Runs(""); err != nil || len(runs) > 0 {
		t.Errorf("there are runs: %v, %v", runs, err)
	}
}

// Long after the run has ended well the platform goes back to the version before and is healthy with it.
func TestScenarioThePlatformRevertedByItselfAndIsStable(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	h.end(e, h.start(e, engine.StartRequest{}))
	qa := promotion.Slot{Environment: "qa", Service: "inventory"}
	h.world.makeLive(engine.Rollout{Slot: qa, Release: promotion.Release{Image: image(1)}})
	all, err := e.Status(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(s engine.Status) bool { return s.Slot == qa })
	if drift := all[at].Drift; !strings.Contains(drift, "runs, but") || !strings.Contains(drift, "should") || !all[at].Live.Healthy {
		t.Errorf("it is healthy (%v), and the drift is %q", all[at].Live, drift)
	}
}

// Each kind of drill, in an engine: what is without a verdict asks a person after its repetitions, and their retry is real.
func TestADrillOfALostEnvironmentAsksAndTheRetryIsReal(t *testing.T) {
	h := newHome(t)
	h.world.when("qa/migrate", stages.Execute)
	e := h.open()
	id := h.start(e, engine.StartRequest{Drill: &promotion.Drill{Stage: "qa/migrate", How: promotion.DrillLost}})
	run := h.wait(e, id, "asked", func(r promotion.Run) bool { return r.Waits().NeedsPerson() })
	s, _ := run.Stage("qa/migrate")
	if s.State != promotion.StateErrored || len(s.Attempts) != 1+s.Stage.Retries || !strings.Contains(s.Reason, "no route to host") {
		t.Errorf("the stage is %s after %d attempts: %s", s.State, len(s.Attempts), s.Reason)
	}
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRetry, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("retried, the run ended %q: %s", run.Outcome, run.Reason)
	}
}

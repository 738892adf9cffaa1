package local

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// failedRun is a run whose release went wrong in qa.
func (h *home) failedRun(e *Engine) promotion.Run {
	h.t.Helper()
	h.world.when("qa/e2e", fail)
	defer h.world.when("qa/e2e", nil)
	return h.end(e, h.start(e, engine.StartRequest{}))
}

func (h *home) reprovision(e *Engine, r engine.ReprovisionRequest) promotion.RunID {
	h.t.Helper()
	r.Actor = "ada"
	id, err := e.Reprovision(h.t.Context(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *home) aside(e *Engine, id promotion.RunID) promotion.Run {
	h.t.Helper()
	return h.wait(e, id, "stayed aside", promotion.Run.Aside)
}

func TestAFailedReleaseIsListedAsAsideAndNotAsLive(t *testing.T) {
	h := newHome(t)
	e := h.open()
	good := h.end(e, h.start(e, engine.StartRequest{}))
	failed := h.failedRun(e)
	id := h.reprovision(e, engine.ReprovisionRequest{Run: failed.ID, Reason: "to look at the logs"})
	run := h.aside(e, id)
	if run.Release.Image != failed.Release.Image || run.Expires.Sub(run.Started) != 8*time.Hour || run.Why != "to look at the logs" {
		t.Errorf("put aside %s for %s: %s", run.Release.Image, run.Expires.Sub(run.Started), run.Why)
	}
	h.wantLive(map[string]promotion.Digest{"dev": good.Release.Image, "qa": good.Release.Image, "prod": good.Release.Image})
	status, err := e.Status(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	if len(status) != 3 {
		t.Fatalf("the status tells of %d slots", len(status))
	}
	for _, s := range status {
		if s.Live == nil || s.Live.Image != good.Release.Image || s.Drift != "" {
			t.Errorf("%s: %+v, %s", s.Slot, s.Live, s.Drift)
		}
		if s.Slot.Environment != "dev" {
			continue
		}
		if len(s.Aside) != 1 {
			t.Fatalf("aside in dev: %+v", s.Aside)
		}
		if a := s.Aside[0]; a.Run != id || a.Slot.Aside != id || a.Slot.Team != "warehouse" || a.Live == nil || a.Live.Image != failed.Release.Image ||
			a.Endpoint == "" || a.Actor != "ada" || a.Waits != "" || !a.Expires.Equal(run.Expires) {
			t.Errorf("aside: %+v", a)
		}
	}
	for _, slot := range e.Snapshot().Slots {
		if slot.Slot.Aside != 0 || len(slot.Aside) > 0 != (slot.Slot.Environment == "dev") {
			t.Errorf("the snapshot lists %+v", slot)
		}
	}
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRemove, Actor: "grace", Reason: "seen"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Removed || run.Reason != "seen" {
		t.Errorf("it ended %q: %s", run.Outcome, run.Reason)
	}
	for slot := range h.world.live {
		if slot.Aside != 0 {
			t.Errorf("%s still runs", slot)
		}
	}
}

func TestWhatIsAsideOutlivesTheEngineAndExpiresWhenTheNextOneIsThere(t *testing.T) {
	h := newHome(t)
	var clock atomic.Pointer[time.Time]
	at := func(hour, minute int) {
		now := time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC)
		clock.Store(&now)
	}
	at(12, 0)
	open := func() *Engine {
		o := h.options()
		o.Now = func() time.Time { return *clock.Load() }
		e, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	e := open()
	id := h.reprovision(e, engine.ReprovisionRequest{Run: h.failedRun(e).ID, Expires: 30 * time.Minute})
	h.aside(e, id)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	at(12, 29)
	e = open()
	h.aside(e, id)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	at(12, 30)
	e = open()
	if run := h.end(e, id); run.Outcome != promotion.Removed || run.Reason != "its time is over" {
		t.Errorf("it ended %q: %s", run.Outcome, run.Reason)
	}
}

func TestWhatIsAsideGoesByItselfWhenItsTimeIsOver(t *testing.T) {
	h := newHome(t)
	e := h.open()
	id := h.reprovision(e, engine.ReprovisionRequest{Run: h.failedRun(e).ID, Expires: 100 * time.Millisecond})
	if run := h.end(e, id); run.Outcome != promotion.Removed || run.Finished.Before(run.Expires) {
		t.Errorf("it ended %q at %s, its time was %s", run.Outcome, run.Finished, run.Expires)
	}
}

func TestWhatIsBeingPutAsideIsRemovedOnlyWhenNothingIsEndingInIt(t *testing.T) {
	h := newHome(t)
	e := h.open()
	failed := h.failedRun(e)
	removed, deploying, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	h.world.when("dev/deploy", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		close(deploying)
		<-ctx.Done()
		<-removed // the platform takes its time
		close(ended)
		return promotion.Result{}, ctx.Err()
	})
	h.world.when("dev/remove", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		select {
		case <-ended:
		default:
			t.Error("it is removed while its deploy is still ending")
		}
		return h.world.succeed(job)
	})
	id := h.reprovision(e, engine.ReprovisionRequest{Run: failed.ID})
	<-deploying
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbRemove, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	h.wait(e, id, "waited for the deploy's end", func(r promotion.Run) bool { w := r.Waits(); return w != nil && w.Gate == promotion.GateLock })
	close(removed)
	if run := h.end(e, id); run.Outcome != promotion.Removed {
		t.Errorf("it ended %q", run.Outcome)
	}
}

func TestWhatNeverReachedTheRepositoryIsNotPutAside(t *testing.T) {
	h := newHome(t)
	h.world.when("build/build", fail)
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{}))
	_, err := e.Reprovision(t.Context(), engine.ReprovisionRequest{Run: run.ID, Actor: "ada"})
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "never brought its images into the repository of dev") {
		t.Errorf("got %v", err)
	}
	if _, err = e.Reprovision(t.Context(), engine.ReprovisionRequest{Run: 99, Actor: "ada"}); err == nil || !strings.Contains(err.Error(), "no run 99") {
		t.Errorf("got %v", err)
	}
}

// The pipeline's only service is the warehouse's; growth works on it as well.
func TestTwoTeamsHaveSlotsOfTheirOwnWhereTheyAreIsolated(t *testing.T) {
	h := newHome(t)
	h.rewrite(`team = "warehouse"`, "team = \"warehouse\"\nteams = [\"growth\"]")
	e := h.open()
	one := h.end(e, h.start(e, engine.StartRequest{Until: "dev"}))
	two := h.end(e, h.start(e, engine.StartRequest{Until: "dev", Team: "growth"}))
	if one.Plan.Team != "warehouse" || two.Plan.Team != "growth" {
		t.Fatalf("the runs are of %q and %q", one.Plan.Team, two.Plan.Team)
	}
	status, err := e.Status(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	live := map[promotion.Slot]promotion.Digest{}
	for _, s := range status {
		if s.Live != nil {
			live[s.Slot] = s.Live.Image
		}
	}
	dev := func(team string) promotion.Slot {
		return promotion.Slot{Environment: "dev", Service: "inventory", Team: team}
	}
	if live[dev("warehouse")] != one.Release.Image || live[dev("growth")] != two.Release.Image || len(live) != 2 {
		t.Errorf("live is %v", live)
	}
	ctx := t.Context()
	if _, err := e.CommandSlot(ctx, engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "dev", Team: "growth", Actor: "ada", Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	if e.ledger.Slot(dev("growth")).Hold == nil || e.ledger.Slot(dev("warehouse")).Hold != nil {
		t.Error("the hold is another team's")
	}
	p, err := e.PreviewRollback(ctx, engine.RollbackRequest{Service: "inventory", Environment: "dev", Team: "growth"})
	if err != nil || p.Slot != dev("growth") || p.From.Release.Image != two.Release.Image {
		t.Errorf("growth would roll back %+v, %v", p, err)
	}
	_, err = e.Start(ctx, engine.StartRequest{Service: "inventory", Team: "grwoth", Actor: "ada", Trigger: "operator"})
	refusedWith(t, err, `no team "grwoth"`, "warehouse", "growth", "teams =")
}

func TestWhatAnotherTeamTriesOutIsNoMerge(t *testing.T) {
	h := newHome(t)
	h.rewrite(`team = "warehouse"`, "team = \"warehouse\"\nteams = [\"growth\"]")
	h.checkout()
	e := h.open()
	tried := h.end(e, h.start(e, engine.StartRequest{Team: "growth", Commit: "HEAD", Until: "dev"}))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if run := h.end(h.watch(), tried.ID+1); run.Plan.Trigger != "merge" || run.Plan.Team != "warehouse" || run.Release.Commit != tried.Release.Commit {
		t.Errorf("the next run is of %q by %q: %s", run.Plan.Team, run.Plan.Trigger, run.Release.Commit)
	}
}

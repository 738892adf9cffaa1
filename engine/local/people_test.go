package local

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

func fail(context.Context, *stages.Job) (promotion.Result, error) {
	return promotion.Result{}, &engine.Verdict{Why: "2 of 31 failed"}
}

func refusedWith(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it was not refused, and should be with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q says nothing of %q", err, word)
		}
	}
}

func TestAReleaseGoesOnceMoreFromTheEnvironmentWhereItFailed(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.world.when("prod/e2e", fail)
	first := h.end(e, h.start(e, engine.StartRequest{}))
	if first.Outcome != promotion.RolledBack {
		t.Fatalf("the first run %q", first.Outcome)
	}
	ctx := t.Context()
	_, err := e.Rerun(ctx, engine.RerunRequest{Run: first.ID, Actor: "ada"})
	refusedWith(t, err, "files that are no commit", "start a new run")
	_, err = e.Rerun(ctx, engine.RerunRequest{Run: first.ID, From: "nope", Actor: "ada"})
	refusedWith(t, err, `no environment "nope"`, "dev, qa")
	_, err = e.Rerun(ctx, engine.RerunRequest{Run: first.Rollbacks[0].Run, Actor: "ada"})
	refusedWith(t, err, "is a rollback")
	h.world.when("prod/e2e", nil)
	id, err := e.Rerun(ctx, engine.RerunRequest{Run: first.ID, From: "prod", Actor: "ada", Reason: "the network was down"})
	if err != nil {
		t.Fatal(err)
	}
	run := h.end(e, id)
	if run.Outcome != promotion.Succeeded || run.Release.Image != first.Release.Image || len(run.Columns) != 1 {
		t.Errorf("the rerun %q with %s, through %d columns", run.Outcome, run.Release.Image.Short(), len(run.Columns))
	}
	if live := h.world.images()["prod"]; live != first.Release.Image {
		t.Errorf("live in prod is %s", live.Short())
	}
	if n := count(h.world.history(), "2 build/build 1"); n != 0 {
		t.Error("it was built again")
	}
}

func TestWhatWasNotPassedIsNotReachedByARerun(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.world.when("qa/e2e", fail)
	first := h.end(e, h.start(e, engine.StartRequest{}))
	_, err := e.Rerun(t.Context(), engine.RerunRequest{Run: first.ID, From: "prod", Actor: "ada"})
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	refusedWith(t, err, "has not passed qa", "gantry rerun 1")
	newest := first.Rollbacks[len(first.Rollbacks)-1].Run
	if next := h.start(e, engine.StartRequest{}); next != newest+1 {
		t.Errorf("after run %d and a refusal the next is run %d", newest, next)
	}
}

func TestAHoldAndAVetoArePutAndLifted(t *testing.T) {
	h := newHome(t)
	e := h.open()
	run := h.end(e, h.start(e, engine.StartRequest{}))
	ctx := t.Context()
	ask := func(r engine.SlotRequest) error {
		r.Actor = "ada"
		_, err := e.CommandSlot(ctx, r)
		return err
	}
	refusedWith(t, ask(engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "moon", Reason: "r"}), `no environment "moon"`, "dev, qa, prod")
	refusedWith(t, ask(engine.SlotRequest{Verb: promotion.VerbHold, Service: "nope", Environment: "qa", Reason: "r"}), "it has inventory")
	refusedWith(t, ask(engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa"}), "--reason")
	refusedWith(t, ask(engine.SlotRequest{Verb: promotion.VerbVeto, Release: "9.9.9", Reason: "r"}), `no release "9.9.9"`, "gantry runs")
	for _, r := range []engine.SlotRequest{
		{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa", Reason: "an audit"},
		{Verb: promotion.VerbVeto, Release: "1.0.0", Reason: "leaks memory"},
	} {
		if err := ask(r); err != nil {
			t.Fatal(err)
		}
	}
	status, err := e.Status(ctx, "inventory")
	if err != nil {
		t.Fatal(err)
	}
	since := regexp.MustCompile(`^on hold by ada since \d+ [A-Z][a-z]{2} \d\d:\d\d: an audit; `) // the day before the month, as everywhere
	for _, s := range status {
		if hold := since.MatchString(s.Hold); hold != (s.Slot.Environment == "qa") || !strings.Contains(s.Hold, "ada has vetoed "+run.Release.Name()+": leaks memory") {
			t.Errorf("%s: %s", s.Slot, s.Hold)
		}
	}
	for _, r := range []engine.SlotRequest{
		{Verb: promotion.VerbRelease, Service: "inventory", Environment: "qa"},
		{Verb: promotion.VerbAllow, Release: run.Release.Image.Short()},
	} {
		if err := ask(r); err != nil {
			t.Fatal(err)
		}
	}
	if slot := e.ledger.Slot(promotion.Slot{Environment: "qa", Service: "inventory"}); slot.Hold != nil || len(slot.Vetoed) > 0 {
		t.Errorf("still %+v", slot)
	}
}

func TestAHoldOutlivesTheEngineAndOneThatRestsStartsNothing(t *testing.T) {
	h := newHome(t)
	o := h.options()
	o.Rests = true
	rests, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rests.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "qa", Actor: "ada", Reason: "an audit"}); err != nil {
		t.Fatal(err)
	}
	id := h.start(rests, engine.StartRequest{})
	if len(h.world.history()) > 0 {
		t.Errorf("it did %v", h.world.history())
	}
	if err := rests.Close(); err != nil {
		t.Fatal(err)
	}
	e := h.open()
	run := h.wait(e, id, "stood before qa", func(r promotion.Run) bool { w := r.Waits(); return w != nil && w.Gate == promotion.GateHold })
	if waits := run.Waits(); waits.Reason != "ada holds qa: an audit" || !waits.NeedsPerson() {
		t.Errorf("it waits for %+v", waits)
	}
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbRelease, Service: "inventory", Environment: "qa", Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded {
		t.Errorf("the run %q", run.Outcome)
	}
}

func TestARepetitionWaitsForItsTimeAndThenGoesOnByItself(t *testing.T) {
	h := newHome(t)
	tries := 0
	h.world.when("dev/push", func(_ context.Context, job *stages.Job) (promotion.Result, error) {
		if tries++; tries == 1 {
			return promotion.Result{}, errors.New("connection reset")
		}
		return h.world.succeed(job)
	})
	e := h.open()
	id := h.start(e, engine.StartRequest{Step: true})
	e.mu.Lock()
	run := e.ledger.Run(id)
	for i := range run.Plan.Columns {
		for j := range run.Plan.Columns[i].Stages {
			run.Columns[i].Stages[j].Stage.Backoff = promotion.Duration(20 * time.Millisecond)
		}
	}
	e.mu.Unlock()
	if err := e.Command(t.Context(), promotion.Command{Run: id, Verb: promotion.VerbResume, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded || tries != 2 {
		t.Errorf("the run %q after %d tries", run.Outcome, tries)
	}
}

func TestARequestThatComesTwiceStartsOneRun(t *testing.T) {
	h := newHome(t)
	e := h.open()
	ctx := t.Context()
	ask := engine.StartRequest{ID: "s-1", Service: "inventory", Actor: "ada", Trigger: "operator"}
	first, err := e.Start(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	h.end(e, first)
	back := engine.RollbackRequest{ID: "b-1", Service: "inventory", Environment: "prod", Actor: "ada"}
	if _, err := e.RollBack(ctx, back); err == nil {
		t.Fatal("the only release was rolled back") // and a refusal uses no id up
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = h.open() // the next engine knows it too
	if again, err := e.Start(ctx, ask); err != nil || again != first {
		t.Errorf("asked again it is run %d, %v", again, err)
	}
	rerun := engine.RerunRequest{ID: "r-1", Run: first, From: "prod", Actor: "ada"}
	second, err := e.Rerun(ctx, rerun)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Rerun(ctx, rerun); err != nil || again != second {
		t.Errorf("asked again it is run %d, %v", again, err)
	}
	if runs, err := e.Runs(""); err != nil || len(runs) != 2 {
		t.Errorf("there are %d runs, %v", len(runs), err)
	}
}

func TestARollbackByHandEndsThePromotionItRevertsAndSaysSoBefore(t *testing.T) {
	h := newHome(t)
	e := h.open()
	verifying := make(chan struct{})
	h.world.when("qa/e2e", func(ctx context.Context, _ *stages.Job) (promotion.Result, error) {
		close(verifying)
		<-ctx.Done()
		return promotion.Result{}, ctx.Err()
	})
	id := h.start(e, engine.StartRequest{})
	<-verifying
	asked := engine.RollbackRequest{Service: "inventory", Environment: "qa", Actor: "ada", Reason: "wrong prices"}
	p, err := e.PreviewRollback(t.Context(), asked)
	if err != nil || len(p.Ends) != 1 || p.Ends[0] != "run 1, which stands at qa/e2e" {
		t.Fatalf("the preview says %q (%v)", p.Ends, err)
	}
	back, err := e.RollBack(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	run, rollback := h.end(e, id), h.end(e, back)
	if run.Outcome != promotion.Aborted || run.Linked != back || !strings.HasSuffix(run.Reason, "in qa with run 2: wrong prices") {
		t.Errorf("the promotion %q by run %d: %s", run.Outcome, run.Linked, run.Reason)
	}
	if rollback.Outcome != promotion.RolledBack {
		t.Errorf("the rollback %q: %s", rollback.Outcome, rollback.Reason)
	}
	h.wantLive(map[string]promotion.Digest{"dev": image(1)})
	entries, err := e.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, entry := range entries {
		if entry.Who == "ada" {
			said = append(said, string(entry.What)+": "+entry.Result)
		}
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "rollback: rolled back") || !strings.Contains(all, "abort: the rollback, run 2, ends it") {
		t.Errorf("the audit says of ada:\n%s", all)
	}
}

func TestARerunGoesAsFarAsTheRunBeforeAndRehearsesWhatThatOneDid(t *testing.T) {
	h := newHome(t)
	e := h.open()
	ctx := t.Context()
	short := h.end(e, h.start(e, engine.StartRequest{Until: "qa"}))
	rerun := func(r engine.RerunRequest) promotion.Run {
		t.Helper()
		r.Actor = "ada"
		id, err := e.Rerun(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		return h.end(e, id)
	}
	for want, r := range map[string]engine.RerunRequest{
		"qa":   {Run: short.ID, From: "qa"},
		"prod": {Run: short.ID, From: "prod"},
		"dev":  {Run: short.ID, From: "dev", Until: "dev"},
	} {
		if run := rerun(r); run.Outcome != promotion.Succeeded || run.Columns[len(run.Columns)-1].Name != want {
			t.Errorf("from %s until %q it %q in %s, want %s", r.From, r.Until, run.Outcome, run.Columns[len(run.Columns)-1].Name, want)
		}
	}
	h.world.when("qa/e2e", fail)
	drilled := h.end(e, h.start(e, engine.StartRequest{Drill: &promotion.Drill{Stage: "qa/e2e", How: "fail"}}))
	if run := rerun(engine.RerunRequest{Run: drilled.ID, From: "qa"}); run.Plan.Drill == nil || run.Plan.Drill.Stage != "qa/e2e" {
		t.Errorf("the rerun of a drill is %+v", run.Plan.Drill)
	}
	h.world.when("qa/e2e", nil)
	slow := h.end(e, h.start(e, engine.StartRequest{Drill: &promotion.Drill{Stage: "dev/push", How: "slow"}, Until: "qa"}))
	_, err := e.Rerun(ctx, engine.RerunRequest{Run: slow.ID, From: "prod", Actor: "ada"})
	refusedWith(t, err, "was a drill of dev/push", "start a new run")
}

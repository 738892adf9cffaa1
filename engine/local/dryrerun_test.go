package local

import (
	"errors"
	"maps"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// rehearseAgain makes a dry run of a rerun and wants it to change nothing.
func (h *home) rehearseAgain(e *Engine, r engine.RerunRequest) engine.DryRun {
	h.t.Helper()
	before := files(h.t, h.dir)
	d, err := e.DryRerun(h.t.Context(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	if after := files(h.t, h.dir); !maps.Equal(before, after) {
		h.t.Errorf("the dry run changed the directory:\n%v\n%v", before, after)
	}
	return d
}

// failedInProd is a run that was rolled back in prod after qa had passed.
func (h *home) failedInProd(e *Engine) promotion.Run {
	h.t.Helper()
	h.world.when("prod/e2e", fail)
	first := h.end(e, h.start(e, engine.StartRequest{}))
	h.world.when("prod/e2e", nil)
	return first
}

func TestADryRunOfARerunShowsWhatItCarriesAndFromWhere(t *testing.T) {
	h := newHome(t)
	e := h.open()
	first := h.failedInProd(e)
	d := h.rehearseAgain(h.read(), engine.RerunRequest{Run: first.ID, From: "prod"})
	if d.Rerun != first.ID || d.From != "prod" || d.Release != first.Release.Name() || len(d.Columns) != 1 {
		t.Fatalf("it is of run %d from %q with %s, through %d columns", d.Rerun, d.From, d.Release, len(d.Columns))
	}
	carried := d.Columns[0].Stages[0]
	if carried.Kind != promotion.KindCopy || len(carried.Moves) == 0 || carried.Moves[0].Digest != first.Release.Image || carried.Moves[0].From == "" {
		t.Errorf("the first stage is %+v", carried)
	}
	found := 0
	for _, check := range d.Checks {
		if check.What == "release" {
			found++
		}
	}
	if found != 3 {
		t.Errorf("%d parts of the release are looked for in qa, want its image, its migrations and its suites", found)
	}
}

func TestARerunThatWasReviewedIsStartedUnlessTheWorldMoved(t *testing.T) {
	h := newHome(t)
	e := h.open()
	first := h.failedInProd(e)
	asked := engine.RerunRequest{Run: first.ID, From: "prod", Actor: "ada"}
	hash := h.rehearseAgain(e, asked).Hash
	if other := h.rehearseAgain(e, engine.RerunRequest{Run: first.ID, From: "qa"}).Hash; other == hash {
		t.Error("the plan from qa is that from prod")
	}
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbHold, Service: "inventory", Environment: "prod", Actor: "bob", Reason: "stocktaking"}); err != nil {
		t.Fatal(err)
	}
	asked.Plan = hash
	_, err := e.Rerun(t.Context(), asked)
	var refusal *promotion.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	refusedWith(t, err, "not any more as it was reviewed", "prod: holds and vetoes", "gantry rerun 1 --from prod --dry-run")
	if _, err := e.CommandSlot(t.Context(), engine.SlotRequest{Verb: promotion.VerbRelease, Service: "inventory", Environment: "prod", Actor: "bob"}); err != nil {
		t.Fatal(err)
	}
	id, err := e.Rerun(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded || run.Plan.Hash != hash || run.Plan.Rerun != first.ID {
		t.Errorf("it %q, of the plan %q, of run %d", run.Outcome, run.Plan.Hash, run.Plan.Rerun)
	}
}

func TestADryRunOfARerunIsRefusedWhereTheRerunWouldBe(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.world.when("qa/e2e", fail)
	first := h.end(e, h.start(e, engine.StartRequest{}))
	for from, words := range map[string][]string{"prod": {"has not passed qa", "gantry rerun 1"}, "": {"files that are no commit"}, "moon": {`no environment "moon"`}} {
		_, err := e.DryRerun(t.Context(), engine.RerunRequest{Run: first.ID, From: from, Actor: "ada"})
		refusedWith(t, err, words...)
	}
	if told := refusedIn(t, e); len(told) > 0 {
		t.Errorf("to look is no command, and yet the audit tells of %q", told)
	}
}

func TestARerunFromTheBuildIsReviewedLikeARun(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.open()
	first := h.end(e, h.start(e, engine.StartRequest{}))
	d := h.rehearseAgain(e, engine.RerunRequest{Run: first.ID})
	if d.From != "" || d.Rerun != first.ID || d.Columns[0].Name != promotion.BuildColumn || d.Commit != first.Release.Commit {
		t.Fatalf("it is of %q from %q, of commit %s", d.Release, d.From, d.Commit)
	}
	id, err := e.Rerun(t.Context(), engine.RerunRequest{Run: first.ID, Plan: d.Hash, Actor: "ada", Reason: "once more"})
	if err != nil {
		t.Fatal(err)
	}
	if run := h.end(e, id); run.Outcome != promotion.Succeeded || run.Plan.Rerun != first.ID || run.Why != "once more" {
		t.Errorf("it %q, of run %d, because %q", run.Outcome, run.Plan.Rerun, run.Why)
	}
}

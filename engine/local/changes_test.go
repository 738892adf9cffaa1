package local

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

func TestWhatSetsAReleaseApartFromTheLastGoodOneIsTold(t *testing.T) {
	h := newHome(t)
	h.write("inventory/package.json", `{"dependencies": {"express": "4.1.0", "left-pad": "1.0.0"}}`)
	h.checkout()
	e := h.open()
	if first := h.end(e, h.start(e, engine.StartRequest{})); first.Outcome != promotion.Succeeded {
		t.Fatalf("run 1 ended %s", first.Outcome)
	}
	if c, err := e.Changes(t.Context(), 1); err != nil || c.Since != nil || !strings.Contains(c.Without, "no release of inventory was ever good in prod, and none was live") {
		t.Errorf("before the first release there was %+v, or rather %q (%v)", c.Since, c.Without, err)
	}

	h.write("inventory/package.json", `{"dependencies": {"express": "5.0.0", "left-pad": "1.0.0"}}`)
	h.rewrite(`rolls_back = ["qa", "dev"]`, `rolls_back = ["qa"]`)
	h.commit("Express 5")
	h.world.when("qa/e2e", func(context.Context, *stages.Job) (promotion.Result, error) {
		return promotion.Result{}, &engine.Verdict{Why: "no"}
	})
	run := h.end(e, h.start(e, engine.StartRequest{}))
	c, err := e.Changes(t.Context(), run.ID)
	if err != nil || c.Since == nil || c.Since.Run != 1 || c.Environment != "qa" {
		t.Fatalf("run 2 is compared with %+v in %q (%v)", c.Since, c.Environment, err)
	}
	if len(c.Commits) != 1 || c.Commits[0].Subject != "Express 5" || c.Commits[0].Author != "Ada <ada@example.org>" || c.MoreCommits != 0 || c.LostCommits != 0 {
		t.Errorf("its commits are %+v and %d more, %d lost", c.Commits, c.MoreCommits, c.LostCommits)
	}
	if !slices.Equal(c.Files, []string{"inventory/package.json"}) {
		t.Errorf("its files are %v", c.Files)
	}
	if !slices.Equal(c.Dependencies, []engine.VersionChange{{Name: "express", From: "4.1.0", To: "5.0.0"}}) {
		t.Errorf("its dependencies are %v", c.Dependencies)
	}
	if !slices.Equal(c.Settings, []engine.SettingChange{{Key: "environment.qa.rolls_back", From: "[qa dev]", To: "[qa]"}}) {
		t.Errorf("its configuration differs in %v", c.Settings)
	}
	if len(c.Unknown) != 1 || !strings.Contains(c.Unknown[0], "image layers: dev keeps no images") {
		t.Errorf("unknown is %q", c.Unknown)
	}
	if _, err := e.Changes(t.Context(), 99); err == nil {
		t.Error("a run that does not exist has changes")
	}
}

func TestARunIsComparedWithWhatIsNearestWhereNothingWasEverGood(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.open()
	compared := func(edited string) engine.Changes {
		t.Helper()
		h.write("inventory/NOTES", edited)
		h.commit(edited)
		c, err := e.Changes(t.Context(), h.end(e, h.start(e, engine.StartRequest{})).ID)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	h.world.when("build/build", fail)
	c := compared("the build is red")
	if c.Since != nil || c.First != "" || !strings.Contains(c.Without, "no release of inventory was ever good anywhere") {
		t.Errorf("the first run of all is compared with %+v, or rather %q", c.Since, c.Without)
	}
	h.world.when("build/build", nil)
	h.world.when("qa/e2e", fail)
	c = compared("qa says no")
	if c.Since != nil || c.First != "qa" || !strings.Contains(c.Without, "ever good in qa") {
		t.Errorf("the first run in qa is compared with %+v, or rather %q", c.Since, c.Without)
	}
	h.rewrite(`rolls_back = ["qa", "dev"]`, `rolls_back = ["qa"]`)
	compared("qa says no, and dev keeps it") // good in dev from now on
	c = compared("qa says no again")
	if c.Since == nil || c.Environment != "dev" || c.First != "qa" || c.Unproven || len(c.Commits) != 1 {
		t.Errorf("it is compared with %+v in %q, the first in %q, %d commits", c.Since, c.Environment, c.First, len(c.Commits))
	}
	h.world.when("build/build", fail)
	c = compared("the build is red again")
	if c.Since == nil || c.Environment != "dev" || c.First != "" || c.Unproven {
		t.Errorf("a red build is compared with %+v in %q", c.Since, c.Environment)
	}
}

func TestARunIsComparedWithWhatIsLiveWhereNothingBetterIsKnown(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.open()
	h.world.when("dev/acceptance", fail)
	h.rewrite(`team_isolation = true`, "team_isolation = true\non_failure = \"hold\"\n")
	held := h.wait(e, h.start(e, engine.StartRequest{}), "hold", func(r promotion.Run) bool { return r.Held != nil })
	h.ask(e, promotion.Command{Run: held.ID, Verb: promotion.VerbAbort, Actor: "ada", Reason: "to look at it"}) // and it stays live
	h.write("inventory/NOTES", "another")
	h.commit("another")
	next := h.wait(e, h.start(e, engine.StartRequest{}), "hold", func(r promotion.Run) bool { return r.Held != nil })
	c, err := e.Changes(t.Context(), next.ID)
	if err != nil || c.Since == nil || c.Since.Run != held.ID || !c.Unproven || c.Environment != "dev" || c.First != "dev" {
		t.Errorf("it is compared with %+v in %q, unproven %v, the first in %q (%v)", c.Since, c.Environment, c.Unproven, c.First, err)
	}
	h.ask(e, promotion.Command{Run: next.ID, Verb: promotion.VerbAbort, Actor: "ada"})
}

func TestChangesThatNobodyCanKnowAreSaidToBeUnknown(t *testing.T) {
	h := newHome(t)
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	h.write("inventory/VERSION", "1.1.0\n")
	run := h.end(e, h.start(e, engine.StartRequest{}))
	c, err := e.Changes(t.Context(), run.ID)
	if err != nil || c.Since == nil {
		t.Fatalf("it is compared with %+v (%v)", c.Since, err)
	}
	if text := strings.Join(c.Unknown, "; "); !strings.Contains(text, "a directory that no git knows") {
		t.Errorf("unknown is %q", text)
	}
}

func TestWhatWasNotCommittedIsNamed(t *testing.T) {
	h := newHome(t)
	h.checkout()
	e := h.open()
	h.end(e, h.start(e, engine.StartRequest{}))
	h.write("inventory/NOTES", "edited")
	edited := h.end(e, h.start(e, engine.StartRequest{}))
	c, err := e.Changes(t.Context(), edited.ID)
	if err != nil || !slices.Equal(c.Uncommitted, []string{"inventory/NOTES"}) || c.MoreUncommitted != 0 || strings.Contains(strings.Join(c.Unknown, "; "), "nobody kept") {
		t.Errorf("not committed: %v and %d more, unknown: %v (%v)", c.Uncommitted, c.MoreUncommitted, c.Unknown, err)
	}
	h.commit("clean again")
	clean := h.end(e, h.start(e, engine.StartRequest{}))
	if c, err = e.Changes(t.Context(), clean.ID); err != nil || len(c.Uncommitted) > 0 || !strings.Contains(strings.Join(c.Unknown, "; "), "+dirty was built: nobody kept that") {
		t.Errorf("after a release that was not clean: %v, unknown: %v (%v)", c.Uncommitted, c.Unknown, err)
	}
}

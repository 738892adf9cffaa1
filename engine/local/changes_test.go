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
	if c, err := e.Changes(t.Context(), 1); err != nil || c.Since != nil {
		t.Errorf("before the first release there was %+v (%v)", c.Since, err)
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
	if text := strings.Join(c.Unknown, "; "); !strings.Contains(text, "a directory that no git knows") || !strings.Contains(text, "was not committed") {
		t.Errorf("unknown is %q", text)
	}
}

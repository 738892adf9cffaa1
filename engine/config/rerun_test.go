package config_test

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestARerunFromAnEnvironmentBuildsNothingAndCarriesItsRelease(t *testing.T) {
	release := promotion.Release{Service: "orders", Image: "sha256:1"}
	plan := planned(t, parsed(t, whole), "orders", config.PlanOptions{From: "qa", Rerun: 41, Release: &release})
	wantStages(t, plan,
		"qa/copy qa/deploy qa/acceptance qa/e2e qa/stub qa/publish",
		"prod/copy prod/deploy prod/acceptance prod/e2e prod/publish")
	if plan.Rerun != 41 || plan.Release == nil || plan.Release.Image != "sha256:1" {
		t.Errorf("the plan carries %+v of run %d", plan.Release, plan.Rerun)
	}
}

func TestARerunFromTheFirstEnvironmentPushesWhatWasBuilt(t *testing.T) {
	wantStages(t, planned(t, parsed(t, whole), "orders", config.PlanOptions{From: "dev", Until: "dev"}), "dev/push dev/deploy dev/acceptance")
}

func TestARerunWarnsOnlyOfWhatItGoesThrough(t *testing.T) {
	text := edited(t, "rolls_back = [\"qa\", \"dev\"]", "rolls_back = [\"qa\", \"dev\"]\ncompat = false")
	if plan := planned(t, parsed(t, text), "inventory", config.PlanOptions{From: "prod"}); len(plan.Warning) > 0 {
		t.Errorf("it warns of %q", plan.Warning)
	}
}

func TestARerunFromWhereItCannotBeginIsRefused(t *testing.T) {
	p := parsed(t, whole)
	for from, want := range map[string]string{
		"pord":  `there is no environment "pord"`,
		"build": "there is no environment",
		"prod":  "a promotion cannot go from prod until qa: qa comes first",
	} {
		if _, err := config.Plan(p, "orders", config.PlanOptions{From: from, Until: "qa"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("from %s: %v", from, err)
		}
	}
}

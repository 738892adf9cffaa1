package config_test

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestADrillIsRefusedWhereThereIsNothingToRehearse(t *testing.T) {
	p := parsed(t, whole)
	plan := planned(t, p, "orders", config.PlanOptions{Drill: &promotion.Drill{Stage: "prod/deploy"}})
	if plan.Drill == nil || plan.Drill.How != "fail" {
		t.Errorf("the sandbox's prod refuses a rehearsal: %+v", plan.Drill)
	}
	for drill, want := range map[promotion.Drill]string{
		{Stage: "dev/migrate"}:               "dev/deploy",    // orders has no database here; what there is is listed
		{Stage: "qa/e3e"}:                    "did you mean",  //
		{Stage: "qa/e2e", How: "explode"}:    "fail, error",   //
		{Stage: "prod/e2e", How: "fail\x00"}: "fail, error",   //
		{Stage: ""}:                          "there is no s", //
		{Stage: "qa/e2e", How: "corrupt"}:    `a drill cannot rehearse "corrupt" of qa/e2e: only what push and copy send can arrive corrupted`,
		{Stage: "qa/deploy", How: "refuse"}:  `a drill cannot rehearse "refuse" of qa/deploy: only push and copy`,
		{Stage: "build/build", How: "lost"}:  "only a stage that works in an environment can lose it",
		{Stage: "qa/publish", How: "lost"}:   "only a stage that works in an environment can lose it",
		{Stage: "qa/copy", How: "corupt"}:    `did you mean "corrupt"?`,
	} {
		_, err := config.Plan(p, "orders", config.PlanOptions{Drill: &drill})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("drill %+v: %v", drill, err)
		}
	}
	p.Environments[2].Platform = "elsewhere"
	_, err := config.Plan(p, "orders", config.PlanOptions{Drill: &promotion.Drill{Stage: "prod/deploy"}})
	if err == nil || !strings.Contains(err.Error(), "protected") {
		t.Errorf("a rehearsal in a protected environment: %v", err)
	}
}

func TestADrillFitsTheStageThatItIsOf(t *testing.T) {
	p := parsed(t, whole)
	for how, stages := range map[string][]promotion.StageID{
		promotion.DrillCorrupt: {"dev/push", "qa/copy", "prod/copy"},
		promotion.DrillRefuse:  {"dev/push", "qa/copy", "prod/copy"},
		promotion.DrillLost:    {"dev/push", "qa/copy", "qa/migrate", "qa/compat", "qa/deploy", "qa/acceptance", "qa/e2e", "qa/stub"},
		promotion.DrillSlow:    {"build/build", "dev/push", "qa/e2e", "qa/publish"},
		promotion.DrillCrash:   {"build/build", "dev/deploy", "prod/publish"},
	} {
		for _, stage := range stages {
			plan, err := config.Plan(p, "inventory", config.PlanOptions{Drill: &promotion.Drill{Stage: stage, How: how}})
			if err != nil || *plan.Drill != (promotion.Drill{Stage: stage, How: how}) {
				t.Errorf("%s of %s: %+v, %v", how, stage, plan.Drill, err)
			}
		}
	}
}

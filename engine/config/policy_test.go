package config_test

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// stage is one stage of a plan, without its name.
func stage(t *testing.T, plan promotion.Plan, id promotion.StageID) promotion.Stage {
	t.Helper()
	for _, c := range plan.Columns {
		for _, s := range c.Stages {
			if s.ID == id {
				s.ID, s.Kind, s.Steps = "", "", nil
				return s
			}
		}
	}
	t.Fatalf("the plan has no %s", id)
	return promotion.Stage{}
}

func wantStage(t *testing.T, plan promotion.Plan, id promotion.StageID, want promotion.Stage) {
	t.Helper()
	if got := stage(t, plan, id); got.Deadline != want.Deadline || got.Retries != want.Retries || got.Backoff != want.Backoff ||
		got.RetryFailed != want.RetryFailed || got.Budget != want.Budget || got.OnFailure != want.OnFailure || got.HoldFor != want.HoldFor {
		t.Errorf("%s is\n%+v\nwant\n%+v", id, got, want)
	}
}

func minutes(n int) promotion.Duration { return promotion.Duration(time.Duration(n) * time.Minute) }

const policies = `publish_stub = true
  [environment.stage.copy]
  deadline = "30m"
  retries = 4
  backoff = "1m"
  [environment.stage.deploy]
  deadline = "20m"
  on_failure = "hold"
  hold_for = "10m"
  [environment.stage.acceptance]
  deadline = "7m"
  retries = 3
  budget = "2m"
  [environment.stage.e2e]
  retry_failed = true
  retries = 2
`

func TestAnEnvironmentSaysWhatABadOrASlowStageLeadsTo(t *testing.T) {
	plan := planned(t, parsed(t, edited(t, "publish_stub = true\n", policies)), "inventory", config.PlanOptions{})
	wantStage(t, plan, "qa/copy", promotion.Stage{Deadline: minutes(30), Retries: 4, Backoff: minutes(1)})
	wantStage(t, plan, "qa/deploy", promotion.Stage{Deadline: minutes(20), Retries: 1, OnFailure: "hold", HoldFor: minutes(10)})
	wantStage(t, plan, "qa/acceptance", promotion.Stage{Deadline: minutes(7), Retries: 3, Budget: minutes(2)})
	wantStage(t, plan, "qa/e2e", promotion.Stage{Deadline: minutes(15), Retries: 2, RetryFailed: true})
	wantStage(t, plan, "qa/migrate", promotion.Stage{Deadline: minutes(5), Retries: 1})
	wantStage(t, plan, "prod/copy", promotion.Stage{Deadline: minutes(5), Retries: 1}) // another environment's policy is its own
}

func TestWhatAServiceSaysComesBeforeItsEnvironments(t *testing.T) {
	text := edited(t, "publish_stub = true\n", policies, `files = { "suite" = "acceptance" }`, "files = { \"suite\" = \"acceptance\" }\ndeadline = \"9m\"\nretries = 0")
	plan := planned(t, parsed(t, text), "inventory", config.PlanOptions{})
	wantStage(t, plan, "qa/acceptance", promotion.Stage{Deadline: minutes(9), Budget: minutes(2)})
	wantStage(t, plan, "qa/compat", promotion.Stage{Deadline: minutes(9)}) // which runs the same tests
	wantStage(t, planned(t, parsed(t, text), "orders", config.PlanOptions{}), "qa/acceptance", promotion.Stage{Deadline: minutes(7), Retries: 3, Budget: minutes(2)})
}

func TestWhatAnEnvironmentSaysOfCompatComesBeforeTheAcceptanceTestsOfTheService(t *testing.T) {
	text := edited(t, "publish_stub = true\n", "publish_stub = true\nstage.compat.deadline = \"3m\"\n", `files = { "suite" = "acceptance" }`, "files = { \"suite\" = \"acceptance\" }\ndeadline = \"9m\"\nretries = 0")
	wantStage(t, planned(t, parsed(t, text), "inventory", config.PlanOptions{}), "qa/compat", promotion.Stage{Deadline: minutes(3)})
}

func TestABuildHasAPolicyToo(t *testing.T) {
	text := edited(t, "  [[service.build.step]]", "  [service.build]\n  budget = \"4m\"\n  retry_failed = true\n  backoff = \"1m\"\n  [[service.build.step]]")
	wantStage(t, planned(t, parsed(t, text), "inventory", config.PlanOptions{}), "build/build",
		promotion.Stage{Deadline: minutes(15), Retries: 1, Budget: minutes(4), RetryFailed: true, Backoff: minutes(1)})
}

func TestAStageMayHoldForAnotherTimeThanItsEnvironment(t *testing.T) {
	text := edited(t, "publish_stub = true\n", "publish_stub = true\non_failure = \"hold\"\nhold_for = \"10m\"\nstage.e2e.hold_for = \"1m\"\nstage.deploy.on_failure = \"rollback\"\n")
	plan := planned(t, parsed(t, text), "orders", config.PlanOptions{})
	wantStage(t, plan, "qa/e2e", promotion.Stage{Deadline: minutes(15), Retries: 1, OnFailure: "hold", HoldFor: minutes(1)})
	wantStage(t, plan, "qa/deploy", promotion.Stage{Deadline: minutes(3), Retries: 1, OnFailure: "rollback"})
	wantStage(t, plan, "qa/acceptance", promotion.Stage{Deadline: minutes(5), Retries: 1})
}

func TestThePolicyOfAServiceIsPartOfItsHash(t *testing.T) {
	hash := func(text string) string { return config.Hash(parsed(t, text).Service("inventory")) }
	suite := `files = { "suite" = "acceptance" }`
	five, six := hash(edited(t, suite, suite+"\ndeadline = \"5m\"")), hash(edited(t, suite, suite+"\ndeadline = \"6m\""))
	if again := hash(edited(t, suite, suite+"\ndeadline = \"300s\"")); five == six || five != again {
		t.Errorf("5m is %s, 6m %s, 300s %s", five, six, again)
	}
}

package promotion

import (
	"slices"
	"testing"
)

func TestEverythingSucceedsAndTheReleaseIsLiveEverywhere(t *testing.T) {
	w := newWorld(t)
	id := w.promoted("1.0.0")
	run := w.ledger.Run(id)
	for _, environment := range []string{"dev", "qa", "prod"} {
		if live := w.liveIn(environment); live != "1.0.0" {
			t.Errorf("%s: live is %q", environment, live)
		}
		state := w.ledger.Slot(run.Plan.Slot(environment))
		if state.LastGood == nil || state.LastGood.Release.Version != "1.0.0" || state.Holder != 0 {
			t.Errorf("%s: last good %+v, held by %d", environment, state.LastGood, state.Holder)
		}
		if compat, _ := run.Stage(StageID(environment + "/compat")); compat.State != StateSkipped || compat.Reason == "" {
			t.Errorf("%s: on a first deployment compat is %s (%s), not skipped with a reason", environment, compat.State, compat.Reason)
		}
	}
	if run.Waits() != nil || Next(run, w.now) != nil {
		t.Errorf("a run that has ended waits for %v and wants %v", run.Waits(), Next(run, w.now))
	}
}

func TestASecondReleaseProvesItsSchemaWithTheVersionBefore(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	run := w.ledger.Run(w.promoted("1.1.0"))
	if compat, _ := run.Stage("prod/compat"); compat.State != StateSucceeded {
		t.Errorf("compat is %s", compat.State)
	}
	if live := w.liveIn("prod"); live != "1.1.0" {
		t.Errorf("live is %q", live)
	}
}

// What a failure leaves behind, when 1.0.0 was live and good everywhere before.
func TestAFailureRollsBackByPolicyWhatTheRunDeployed(t *testing.T) {
	for name, test := range map[string]struct {
		fails          StageID
		outcome        Outcome
		rolledBack     []string
		dev, qa, prod  string
		vetoedIn       []string
		becauseOfDrill bool
	}{
		"the build fails":                  {fails: "build/build", outcome: Failed, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0"},
		"a contract breaks":                {fails: "build/contract", outcome: Failed, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0"},
		"dev fails before its deploy":      {fails: "dev/compat", outcome: Failed, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0"},
		"dev's deploy fails over":          {fails: "dev/deploy", outcome: Failed, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0"},
		"dev's acceptance fails":           {fails: "dev/acceptance", outcome: RolledBack, rolledBack: []string{"dev"}, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0", vetoedIn: []string{"dev"}},
		"qa fails before its deploy":       {fails: "qa/migrate", outcome: RolledBack, rolledBack: []string{"dev"}, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0", vetoedIn: []string{"dev"}},
		"qa's end-to-end tests fail":       {fails: "qa/e2e", outcome: RolledBack, rolledBack: []string{"qa", "dev"}, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0", vetoedIn: []string{"dev", "qa"}},
		"prod fails before its deploy":     {fails: "prod/copy", outcome: Failed, dev: "1.1.0", qa: "1.1.0", prod: "1.0.0"},
		"prod's end-to-end tests fail":     {fails: "prod/e2e", outcome: RolledBack, rolledBack: []string{"prod"}, dev: "1.1.0", qa: "1.1.0", prod: "1.0.0", vetoedIn: []string{"prod"}},
		"a drill of qa's end-to-end tests": {fails: "qa/e2e", outcome: RolledBack, rolledBack: []string{"qa", "dev"}, dev: "1.0.0", qa: "1.0.0", prod: "1.0.0", becauseOfDrill: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.promoted("1.0.0")
			plan := planOf("orders", "1.1.0")
			if test.becauseOfDrill {
				plan.Drill = &Drill{Stage: test.fails, How: "fail"}
			}
			id := w.begin(plan, "gantry")
			w.fails(id, test.fails)
			run := w.revert(id)
			if run.Outcome != test.outcome {
				t.Fatalf("the run %q: %s", run.Outcome, run.Reason)
			}
			var rolledBack, vetoed []string
			for _, linked := range run.Rollbacks {
				rolledBack = append(rolledBack, linked.Environment)
			}
			for _, environment := range []string{"dev", "qa", "prod"} {
				if _, found := w.ledger.Slot(run.Plan.Slot(environment)).Vetoed[run.Release.Image]; found {
					vetoed = append(vetoed, environment)
				}
			}
			if !slices.Equal(rolledBack, test.rolledBack) || !slices.Equal(vetoed, test.vetoedIn) {
				t.Errorf("rolled back %v, vetoed in %v", rolledBack, vetoed)
			}
			if dev, qa, prod := w.liveIn("dev"), w.liveIn("qa"), w.liveIn("prod"); dev != test.dev || qa != test.qa || prod != test.prod {
				t.Errorf("live: dev %s, qa %s, prod %s", dev, qa, prod)
			}
			if stage, _ := run.Stage(test.fails); stage.Last().Reason != "2 of 31 tests failed" || run.Reason == "" {
				t.Errorf("the cause is lost: %q, %q", stage.Last().Reason, run.Reason)
			}
		})
	}
}

func TestAFirstDeploymentThatFailsIsStopped(t *testing.T) {
	w := newWorld(t)
	id := w.begin(planOf("orders", "1.0.0"), "gantry")
	w.fails(id, "dev/acceptance")
	rollback := w.ledger.Run(w.ledger.Run(id).Rollbacks[0].Run)
	if rollback.Plan.Revert.Target != nil {
		t.Fatalf("nothing was ever good, and yet the target is %+v", rollback.Plan.Revert.Target)
	}
	if run := w.revert(id); run.Outcome != RolledBack || w.liveIn("dev") != "" {
		t.Errorf("run %s, live in dev is %q", run.Outcome, w.liveIn("dev"))
	}
}

func TestAPromotionThatIsRolledBackStartsNothingMore(t *testing.T) {
	w := newWorld(t)
	w.promoted("1.0.0")
	id := w.begin(planOf("orders", "1.1.0"), "gantry")
	w.fails(id, "qa/e2e")
	run := w.ledger.Run(id)
	if waiting := run.Waits(); waiting == nil || waiting.Reason != "qa is being rolled back" {
		t.Errorf("it waits for %+v", waiting)
	}
	for _, c := range []Command{{Verb: VerbBegin, Stage: "qa/e2e"}, {Verb: VerbBegin, Stage: "qa/stub"}, {Verb: VerbEnter, Environment: "prod"}, {Verb: VerbRetry}} {
		c.Run = id
		if err := w.send(c); err == nil {
			t.Errorf("%s %s%s was not refused", c.Verb, c.Stage, c.Environment)
		}
	}
}

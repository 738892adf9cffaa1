package numbers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

const day = 24 * time.Hour

// good are n promotions that reach prod, one an hour.
func good(first promotion.RunID, n int, at time.Time) []promotion.Run {
	var runs []promotion.Run
	for i := range n {
		runs = append(runs, succeed(first+promotion.RunID(i), at.Add(time.Duration(i)*time.Hour)))
	}
	return runs
}

func TestTheFiveFiguresOfATypicalWeek(t *testing.T) {
	runs := good(1, 6, begin)
	bad := fail(7, begin.Add(day), "prod/acceptance", "prod")
	runs = append(runs, bad, rollback(8, 7, "prod", bad, bad.Finished.Add(10*time.Second), promotion.RolledBack), succeed(9, begin.Add(2*day)))
	n := Of(runs, options())
	wantValue(t, n, "deployment_frequency", 0.8, 8)
	// An hour from the commit to the start, then nine stages of ten seconds to prod/deploy, and ten before each.
	wantValue(t, n, "lead_time", 3600+9*20, 8)
	wantValue(t, n, "change_fail_rate", 1.0/8, 8)
	wantValue(t, n, "rework_rate", 1.0/9, 9)
	wantValue(t, n, "gate_wait_share", 0.5, 8)
	if f := figure(t, n, "recovery_time"); f.Value != nil || f.N != 1 || !strings.Contains(f.Note, "n = 1, too few") {
		t.Errorf("one recovery makes the figure %+v", f)
	}
	if n.Last != "prod" || len(n.Services) != 1 || n.Services[0].Service != "orders" {
		t.Errorf("the numbers are of %+v", n)
	}
}

func TestTooFewRunsMakeNoFigure(t *testing.T) {
	n := Of(good(1, 2, begin), options())
	for _, f := range n.Overall.Figures {
		if f.Key == "deployment_frequency" || f.N >= enough { // of eighteen stages the flake rate is known
			continue
		}
		if f.Value != nil || !strings.Contains(f.Note, "too few") {
			t.Errorf("%s of %d is %+v", f.Key, f.N, f)
		}
	}
	early := options()
	early.To = begin.Add(3 * time.Hour)
	if f := figure(t, Of(good(1, 2, begin), early), "deployment_frequency"); f.Value != nil || f.Note != "n = 2 in less than a day, too short" {
		t.Errorf("two deployments in three hours are %+v", f)
	}
	if f := figure(t, Of(good(1, 6, begin), options()), "stage.qa/deploy"); f.Value == nil || f.P95 != nil {
		t.Errorf("six stages have the percentiles %+v: a 95th is the slowest of them", f)
	}
	if f := figure(t, Of(good(1, 20, begin), options()), "stage.qa/deploy"); f.P95 == nil || *f.P95 != 10 {
		t.Errorf("twenty stages have the percentiles %+v", f)
	}
}

func TestAnEmptyJournalHasNoNumbers(t *testing.T) {
	n := Of(nil, options())
	if len(n.Services) != 0 || figure(t, n, "deployment_frequency").N != 0 {
		t.Errorf("nothing ran: %+v", n)
	}
}

func TestTheTimeToRecoverEndsWithTheRollbackOrTheNextGoodRelease(t *testing.T) {
	var runs []promotion.Run
	id := promotion.RunID(1)
	for i := range 5 {
		at := begin.Add(time.Duration(i) * day)
		bad := fail(id, at, "prod/acceptance", "prod")
		back := rollback(id+1, id, "prod", bad, bad.Finished.Add(time.Minute), promotion.RolledBack)
		if i%2 == 1 { // the rollback fails too, and the fix goes forward
			back.Outcome = promotion.RollbackFailed
			fix := succeed(id+2, bad.Finished.Add(time.Hour))
			runs = append(runs, fix)
		}
		runs = append(runs, bad, back)
		id += 3
	}
	n := Of(runs, options())
	// Twenty seconds after prod/deploy the verification says no; the rollback begins a minute later and takes another one.
	wantValue(t, n, "recovery_time", 20+60+60, 5)
	wantValue(t, n, "rollback_success", 3.0/5, 5)
	wantValue(t, n, "change_fail_rate", 5.0/7, 7)
	wantValue(t, n, "rework_rate", 5.0/10, 10)
}

func TestAFailureThatNobodyRepairedIsNotForgotten(t *testing.T) {
	bad := fail(1, begin, "prod/acceptance")
	if f := figure(t, Of([]promotion.Run{bad}, options()), "recovery_time"); !strings.Contains(f.Note, "1 not recovered from yet") {
		t.Errorf("the figure says %q", f.Note)
	}
}

func TestAReleaseThatAPersonRollsBackLaterHadFailed(t *testing.T) {
	runs := good(1, 5, begin)
	runs = append(runs, rollback(6, 0, "prod", runs[4], begin.Add(2*day), promotion.RolledBack))
	n := Of(runs, options())
	wantValue(t, n, "change_fail_rate", 1.0/5, 5)
	if f := figure(t, n, "catch_rate.prod"); f.N != 1 {
		t.Errorf("a fault that escaped to prod is not among those that came there: %+v", f)
	}
}

func TestTheCatchRateSaysWhereFaultsWereStopped(t *testing.T) {
	runs := []promotion.Run{}
	for i, stage := range []promotion.StageID{"build/build", "build/build", "dev/acceptance", "qa/acceptance", "qa/acceptance", "prod/acceptance"} {
		runs = append(runs, fail(promotion.RunID(i+1), begin.Add(time.Duration(i)*time.Hour), stage))
	}
	escaped := succeed(7, begin.Add(8*time.Hour))
	runs = append(runs, escaped, rollback(8, 0, "prod", escaped, begin.Add(9*time.Hour), promotion.RolledBack))
	n := Of(runs, options())
	wantValue(t, n, "catch_rate.build", 2.0/7, 7)
	wantValue(t, n, "catch_rate.dev", 1.0/5, 5)
	if f := figure(t, n, "catch_rate.qa"); f.Value != nil || f.N != 4 {
		t.Errorf("four faults that reached qa are %+v", f)
	}
}

func TestWhatGaveNoVerdictIsNoFault(t *testing.T) {
	errored := promote(1, begin).until(stop{"qa/acceptance", []promotion.State{promotion.StateErrored}}).end(promotion.Aborted).run
	if f := figure(t, Of([]promotion.Run{errored}, options()), "catch_rate.qa"); f.N != 0 {
		t.Errorf("a lost network is a fault of the release: %+v", f)
	}
}

func TestAPassAfterAFailureIsFlaky(t *testing.T) {
	flaky := promote(1, begin).until(stop{"qa/acceptance", []promotion.State{promotion.StateFailed, promotion.StateSucceeded}}).run
	repeated := promote(2, begin).until(stop{"qa/acceptance", []promotion.State{promotion.StateErrored, promotion.StateSucceeded}}).run
	wantValue(t, Of([]promotion.Run{flaky, repeated}, options()), "flake_rate", 1.0/20, 20)
}

func TestAnOverriddenStageHasNotPassed(t *testing.T) {
	waved := stop{"prod/acceptance", []promotion.State{promotion.StateFailed, promotion.StateOverridden}}
	runs := append(good(1, 4, begin), promote(5, begin.Add(day)).until(waved).run)
	n := Of(runs, options())
	wantValue(t, n, "change_fail_rate", 1.0/5, 5)
	if !slices.Equal(n.Overall.Overridden, []promotion.RunID{5}) {
		t.Errorf("overridden are %v, want run 5 apart", n.Overall.Overridden)
	}
	if f := figure(t, n, "stage.prod/acceptance"); f.N != 4 {
		t.Errorf("prod/acceptance passed %d times, want 4", f.N)
	}
	if f := figure(t, n, "catch_rate.prod"); f.N != 0 {
		t.Errorf("what was let pass was not stopped: %+v", f)
	}
}

func TestRehearsalsAreNoFigures(t *testing.T) {
	runs := good(1, 5, begin)
	drill := fail(6, begin.Add(day), "prod/acceptance", "prod")
	drill.Plan.Drill = &promotion.Drill{Stage: "prod/acceptance", How: "fail"}
	reverted := rollback(7, 6, "prod", drill, begin.Add(day), promotion.RolledBack)
	reverted.Plan.Revert.Drill = true
	aside := succeed(8, begin.Add(day))
	aside.Plan.Kind = promotion.Reprovision
	unclean := fail(9, begin.Add(day), "prod/acceptance", "prod")
	unclean.Release.Dirty = "abcdef"
	runs = append(runs, drill, reverted, aside, unclean, rollback(10, 9, "prod", unclean, begin.Add(day), promotion.RolledBack))
	n := Of(runs, options())
	wantValue(t, n, "change_fail_rate", 0, 5)
	wantValue(t, n, "rework_rate", 0, 5)
	if f := figure(t, n, "rollback_time"); f.N != 0 {
		t.Errorf("rollbacks of rehearsals count: %+v", f)
	}
	if l := n.LeftOut; l.Drills != 2 || l.Reprovisions != 1 || l.Unclean != 2 {
		t.Errorf("left out are %+v", l)
	}
}

func TestAFailoverIsNoDeployment(t *testing.T) {
	w := promote(1, begin).until(stop{"prod/deploy", []promotion.State{promotion.StateFailed}}).end(promotion.Failed)
	before := succeed(9, begin).Release
	prod := &w.run.Columns[3]
	prod.Deployed = &promotion.Deployment{Release: before, Cause: "failed over"}
	n := Of([]promotion.Run{w.run}, options())
	if f := figure(t, n, "deployment_frequency"); f.N != 0 {
		t.Errorf("what the platform took back counts as a deployment: %+v", f)
	}
	if f := figure(t, n, "catch_rate.prod"); f.N != 1 {
		t.Errorf("prod's own health check stopped it: %+v", f)
	}
}

func TestACommitThatGoesLiveAgainHasNoLeadTime(t *testing.T) {
	runs := good(1, 5, begin)
	again := succeed(6, begin.Add(5*day))
	again.Release, again.Plan.Source = runs[0].Release, runs[0].Plan.Source
	wantValue(t, Of(append(runs, again), options()), "lead_time", 3600+9*20, 5)
}

func TestTheWindowChoosesByWhatHappenedInIt(t *testing.T) {
	runs := good(1, 5, begin.Add(-5*day))
	runs = append(runs, good(6, 6, begin.Add(day))...)
	wantValue(t, Of(runs, options()), "deployment_frequency", 0.6, 6)
}

func TestServicesAreToldApartAndTogether(t *testing.T) {
	runs := good(1, 5, begin)
	for i := range runs[:2] {
		runs[i].Plan.Service = "inventory"
	}
	n := Of(runs, options())
	if len(n.Services) != 2 || n.Services[0].Service != "inventory" || n.Services[0].Figures[0].N != 2 || n.Services[1].Figures[0].N != 3 || n.Overall.Figures[0].N != 5 {
		t.Errorf("the services are %+v", n.Services)
	}
}

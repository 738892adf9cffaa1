package aws

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// bakes is a service that runs both versions for ten minutes.
var bakes = awstest.Object{"bakeTimeInMinutes": 10}

// onGradual is a world in which waiting takes no time, with a service that deploys so and a stage that may take a day.
func onGradual(t *testing.T, strategy string, settings awstest.Object) *world {
	w := onInstant(t)
	w.account.Service("orders").DeployGradually(strategy, settings)
	day := 24 * time.Hour
	w.configured.Policies = map[promotion.Kind]config.Policy{promotion.KindDeploy: {Deadline: &day}}
	w.Environment = w.open(t)
	return w
}

// closely looks often enough to see every stage.
func (w *world) closely() { w.aws.Poll = 400 * time.Millisecond }

// watch deploys a release, and shows each line of the log as it is written.
func (w *world) watch(ctx context.Context, r promotion.Release, see func(line string)) (*engine.Live, error) {
	return w.Deploy(ctx, engine.Rollout{Slot: w.slot, Release: r, HealthTimeout: 2 * time.Minute}, writes(see))
}

// runs wants that release to be live and settled, and to answer.
func (w *world) runs(r promotion.Release) {
	w.t.Helper()
	live, err := w.Live(w.t.Context(), w.slot)
	if err != nil || live == nil || live.Image != r.Image || !live.Healthy || live.Unsettled {
		w.t.Errorf("live is %+v, %v, want %s", live, err, r.Version)
	}
	if got := w.account.Answers("orders"); got != r.Version {
		w.t.Errorf("%q answers, want %s", got, r.Version)
	}
}

// first deploys a release that becomes live.
func (w *world) first() promotion.Release {
	w.t.Helper()
	r := w.release("1.0.0", platformtest.Good)
	if _, log, err := w.deploy(r); err != nil {
		w.t.Fatalf("%v\n%s", err, log)
	}
	return r
}

// byHand starts what an engine has started that died over it.
func (w *world) byHand(r promotion.Release) {
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(r.Image))
}

func TestABlueGreenDeploymentIsGoodOnceECSHasDecided(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	w.first()
	w.closely()
	next, began := w.release("1.1.0", platformtest.Good), w.clock.Now()
	_, log, err := w.deploy(next)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	at := 0
	for _, stage := range []string{"started deployment of orders by BLUE_GREEN (bakes for 10m)", "it is deployment sd-", "PRE_SCALE_UP", " SCALE_UP", "POST_SCALE_UP", " TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", " PRODUCTION_TRAFFIC_SHIFT: 1 of 1 running, 0 pending, 100% of production traffic", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP", "SUCCESSFUL"} {
		i := strings.Index(log[at:], stage)
		if i < 0 {
			t.Fatalf("the log does not tell of %s at its place:\n%s", stage, log)
		}
		at += i
	}
	if took := w.clock.Now().Sub(began); took < 10*time.Minute || took > 12*time.Minute {
		t.Errorf("it took %s", took)
	}
	w.runs(next)
	if live, _, err := w.deploy(next); err != nil || live.Image != next.Image || w.account.Asked("ecs:UpdateService") != 2 {
		t.Errorf("what is live already is deployed again: %+v, %v", live, err)
	}
}

func TestLinearAndCanaryDeploymentsAreWaitedFor(t *testing.T) {
	for strategy, settings := range map[string]awstest.Object{
		"LINEAR": {"bakeTimeInMinutes": 5, "linearConfiguration": awstest.Object{"stepPercent": 40, "stepBakeTimeInMinutes": 30}},
		"CANARY": {"bakeTimeInMinutes": 5, "canaryConfiguration": awstest.Object{"canaryPercent": 10, "canaryBakeTimeInMinutes": 60}},
	} {
		w := onGradual(t, strategy, settings)
		w.first()
		next, began := w.release("1.1.0", platformtest.Good), w.clock.Now()
		if _, log, err := w.deploy(next); err != nil {
			t.Errorf("%s: %v\n%s", strategy, err, log)
		}
		if took := w.clock.Now().Sub(began); took < 65*time.Minute {
			t.Errorf("%s took %s", strategy, took)
		}
		w.runs(next)
	}
}

// While two versions run, live is the one that gets production traffic, and nothing is settled.
func TestWhileTrafficShiftsLiveIsWhoGetsIt(t *testing.T) {
	w := onGradual(t, "CANARY", awstest.Object{"bakeTimeInMinutes": 2, "canaryConfiguration": awstest.Object{"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}})
	old, next := w.first(), w.release("1.1.0", platformtest.Good)
	w.closely()
	seen := map[string]bool{}
	_, err := w.watch(t.Context(), next, func(line string) {
		want := old
		switch {
		case !strings.HasPrefix(line, "IN_PROGRESS"):
			return
		case strings.Contains(line, "100% of production traffic"):
			want = next
		}
		seen[line] = true
		live, err := w.Live(t.Context(), w.slot)
		if err != nil || live == nil || live.Image != want.Image || !live.Healthy || !live.Unsettled || !strings.Contains(live.Detail, "goes on: "+strings.TrimSpace(line)) {
			t.Errorf("at %s: live is %+v, %v, want %s", line, live, err, want.Version)
		}
		if got := w.account.Answers("orders"); got != want.Version {
			t.Errorf("at %s: %q answers, want %s", line, got, want.Version)
		}
	})
	if err != nil || len(seen) < 8 {
		t.Errorf("%v, looked at %v", err, seen)
	}
}

func TestWhatECSGoesBackFromIsAVerdictAndNotRaced(t *testing.T) {
	for script, why := range map[awstest.Script]string{
		awstest.HookFails: "lifecycle hook failure: hook smoke: FAILED", awstest.AlarmRings: "because of alarms: alarm orders-5xx",
	} {
		w := onGradual(t, "BLUE_GREEN", bakes)
		old, before := w.first(), w.definitionNow()
		next := w.release("1.1.0", platformtest.Good)
		w.account.Service("orders").FollowOnce(script)
		_, log, err := w.deploy(next)
		verdict, failed := errors.AsType[*engine.Verdict](err)
		if !failed || !verdict.FailedOver || !strings.Contains(verdict.Why, why) {
			t.Errorf("%s: got %v, want a failover because of %q\n%s", script, err, why, log)
		}
		if moved, stopped := w.account.Asked("ecs:UpdateService"), w.account.Asked("ecs:StopServiceDeployment"); moved != 2 || stopped != 0 || w.definitionNow() != before {
			t.Errorf("%s: it was moved %d times, stopped %d times, and is on %s", script, moved, stopped, w.definitionNow())
		}
		w.runs(old)
	}
}

func TestWhatECSDoesNotGoBackFromIsMovedBackByTheSameStrategy(t *testing.T) {
	for script, why := range map[awstest.Script]string{
		awstest.AlarmStops: "alarm orders-5xx", awstest.RollbackFails: "hook failure", awstest.OtherDigest: "no healthy task runs",
	} {
		w := onGradual(t, "BLUE_GREEN", bakes)
		old, before := w.first(), w.definitionNow()
		next := w.release("1.1.0", platformtest.Good)
		w.account.Service("orders").FollowOnce(script)
		_, log, err := w.deploy(next)
		verdict, failed := errors.AsType[*engine.Verdict](err)
		if !failed || !verdict.FailedOver || !strings.Contains(verdict.Why, why) || !strings.Contains(log, "moved back to "+short(before)) {
			t.Errorf("%s: got %v, want a failover because of %q\n%s", script, err, why, log)
		}
		if status, _ := w.account.Service("orders").Status(); status != "SUCCESSFUL" || w.definitionNow() != before {
			t.Errorf("%s: the way back is %s, on %s", script, status, w.definitionNow())
		}
		w.runs(old)
	}
}

// A version that does not become healthy is not borne with for as long as one that does would bake.
func TestABlueGreenDeploymentThatDoesNotBecomeHealthyIsStopped(t *testing.T) {
	for how, c := range map[string]struct {
		behaviour platformtest.Behaviour
		script    awstest.Script
		why, log  string
	}{
		"never healthy":       {platformtest.NeverHealthy, "", "its health check fails", "stopped deployment sd-"},
		"crashing":            {platformtest.Crashing, "", platformtest.LastWords, "stopped deployment sd-"},
		"never starts":        {platformtest.Good, awstest.NeverStarts, "CannotPullContainerError", "stopped deployment sd-"},
		"ECS does not obey":   {platformtest.NeverHealthy, awstest.Stubborn, "its health check fails", "moved back to orders:"},
		"ECS may not be told": {platformtest.NeverHealthy, "", "its health check fails", "moved back to orders:"},
	} {
		w := onGradual(t, "BLUE_GREEN", awstest.Object{"bakeTimeInMinutes": 60})
		if how == "ECS may not be told" {
			w.account.Deny("ecs:StopServiceDeployment")
		}
		old := w.first()
		next, began := w.release("1.1.0", c.behaviour), w.clock.Now()
		var decided time.Time
		w.account.Service("orders").FollowOnce(c.script)
		var log strings.Builder
		_, err := w.watch(t.Context(), next, func(line string) {
			if log.WriteString(line); strings.Contains(line, "it did not become healthy") {
				decided = w.clock.Now()
			}
		})
		verdict, failed := errors.AsType[*engine.Verdict](err)
		if !failed || !verdict.FailedOver || !strings.Contains(verdict.Why, "it did not become healthy within 2m (SCALE_UP): "+c.why) && !strings.Contains(verdict.Why, c.why) || !strings.Contains(log.String(), c.log) {
			t.Errorf("%s: got %v\n%s", how, err, log.String())
		}
		if took := decided.Sub(began); took < 2*time.Minute || took > 3*time.Minute {
			t.Errorf("%s: it was decided after %s", how, took)
		}
		w.runs(old)
	}
}

func TestABlueGreenDeploymentThatNobodyFinishesIsNoVerdict(t *testing.T) {
	for script, says := range map[awstest.Script]string{awstest.Superseded: "superseded by somebody else's, which goes to orders:", awstest.Scaled: "scaled orders to zero"} {
		w := onGradual(t, "BLUE_GREEN", bakes)
		w.first()
		next := w.release("1.1.0", platformtest.Good)
		w.account.Service("orders").FollowOnce(script)
		_, log, err := w.deploy(next)
		if _, failed := errors.AsType[*engine.Verdict](err); failed || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v\n%s", script, err, log)
		}
		if stopped := w.account.Asked("ecs:StopServiceDeployment"); stopped != 0 {
			t.Errorf("%s: somebody else's was stopped", script)
		}
	}
}

func TestADeploymentThatECSNeverBeginsIsNoVerdict(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	old := w.first()
	w.account.Service("orders").Follow(awstest.Ignored)
	_, log, err := w.deploy(w.release("1.1.0", platformtest.Good))
	if _, failed := errors.AsType[*engine.Verdict](err); failed || err == nil || !strings.Contains(err.Error(), "lists no deployment to orders:3 after 2m") {
		t.Errorf("got %v\n%s", err, log)
	}
	w.runs(old)
}

func TestSomebodyWhoMovesTheServiceBackIsAVerdict(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	old, before := w.first(), w.definitionNow()
	_, err := w.watch(t.Context(), w.release("1.1.0", platformtest.Good), func(line string) {
		if strings.Contains(line, "BAKE_TIME") {
			w.account.Service("orders").MoveByHand(before)
		}
	})
	verdict, failed := errors.AsType[*engine.Verdict](err)
	if !failed || !verdict.FailedOver || !strings.Contains(verdict.Why, "somebody has moved the service back to "+short(before)) {
		t.Errorf("got %v", err)
	}
	w.runs(old)
}

func TestADeploymentThatWaitsForAPersonIsNotOverdue(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", awstest.Object{"bakeTimeInMinutes": 1, "lifecycleHooks": []any{awstest.Object{
		"targetType": "PAUSE", "lifecycleStages": []any{"POST_SCALE_UP"}, "timeoutConfiguration": awstest.Object{"timeoutInMinutes": 120},
	}}})
	w.first()
	next := w.release("1.1.0", platformtest.Good)
	w.account.Service("orders").FollowOnce(awstest.Paused)
	_, log, err := w.deploy(next)
	if err != nil || !strings.Contains(log, "hook ecs-pause-1 waits until somebody continues it or rolls back") {
		t.Errorf("%v\n%s", err, log)
	}
	w.runs(next)
}

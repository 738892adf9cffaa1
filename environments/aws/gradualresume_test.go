package aws

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// until lets time pass until the last deployment is in a stage.
func (w *world) until(stage string) {
	w.t.Helper()
	for range 1000 {
		if status, at := w.account.Service("orders").Status(); at == stage || status == stage {
			return
		}
		_ = w.clock.Wait(w.t.Context(), time.Second)
	}
	w.t.Fatalf("the deployment is never in %s", stage)
}

func TestADeploymentThatAnEngineDiedOverIsFollowedAndNotBegunAnew(t *testing.T) {
	for _, stage := range []string{"PENDING", "SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"} {
		w := onGradual(t, "BLUE_GREEN", bakes)
		w.first()
		next := w.release("1.1.0", platformtest.Good)
		w.byHand(next)
		w.until(stage)
		before := w.account.Asked("ecs:UpdateService")
		_, log, err := w.deploy(next)
		if err != nil || w.account.Asked("ecs:UpdateService") != before || !strings.Contains(log, "is under way already: it is followed") {
			t.Errorf("in %s: %v\n%s", stage, err, log)
		}
		w.runs(next)
	}
}

func TestADeploymentThatAnEngineDiedOverFailsAsAnyOther(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	old, bad := w.first(), w.release("1.1.0", platformtest.NeverHealthy)
	w.byHand(bad)
	w.until("SCALE_UP")
	_, log, err := w.deploy(bad)
	if verdict, failed := errors.AsType[*engine.Verdict](err); !failed || !verdict.FailedOver || !strings.Contains(log, "it is followed") {
		t.Errorf("got %v\n%s", err, log)
	}
	w.runs(old)
}

func TestAnotherReleaseThatAnEngineDiedOverIsReplacedAndNeverGoneBackTo(t *testing.T) {
	for how, abandoned := range map[platformtest.Behaviour]string{platformtest.NeverHealthy: "SCALE_UP", platformtest.Good: "BAKE_TIME"} {
		w := onGradual(t, "BLUE_GREEN", bakes)
		old := w.first()
		w.byHand(w.release("1.1.0", how))
		w.until(abandoned)
		w.byHand(w.release("1.1.1", platformtest.NeverHealthy)) // which would go back to the one before it, that never was good either
		w.until("SCALE_UP")
		_, log, err := w.deploy(w.release("1.2.0", platformtest.Crashing))
		if verdict, failed := errors.AsType[*engine.Verdict](err); !failed || !verdict.FailedOver {
			t.Errorf("%s: got %v\n%s", how, err, log)
		}
		w.runs(old)
	}
}

func TestADeployWaitsForECSToHaveGoneBack(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	w.first()
	w.account.Service("orders").FollowOnce(awstest.HookFails)
	w.byHand(w.release("1.1.0", platformtest.Good))
	w.until("ROLLBACK_IN_PROGRESS")
	next := w.release("1.2.0", platformtest.Good)
	_, log, err := w.deploy(next)
	if err != nil || !strings.Contains(log, "waiting for ECS, which goes back from deployment sd-") {
		t.Errorf("%v\n%s", err, log)
	}
	w.runs(next)
}

func TestAFirstDeploymentThatNobodyCouldFollowLeavesNothingWhenItIsBad(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	bad := w.release("1.0.0", platformtest.NeverHealthy)
	_, err := w.watch(t.Context(), bad, func(line string) {
		if strings.Contains(line, " SCALE_UP") {
			w.account.Break()
		}
	})
	if _, failed := errors.AsType[*engine.Verdict](err); failed || err == nil || !strings.Contains(err.Error(), "is not known; ECS goes on with it") {
		t.Errorf("got %v", err)
	}
	w.account.Mend()
	_, log, err := w.deploy(bad)
	if verdict, failed := errors.AsType[*engine.Verdict](err); !failed || verdict.FailedOver || !strings.Contains(log, "it is followed") {
		t.Errorf("got %v\n%s", err, log)
	}
	if live, err := w.Live(t.Context(), w.slot); err != nil || live != nil || len(w.account.Running()) != 0 {
		t.Errorf("live is %+v, %v, and there run %v", live, err, w.account.Running())
	}
}

func TestCredentialsThatExpireInTheBakeTimeLeaveTheRestToECS(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	w.first()
	next := w.release("1.1.0", platformtest.Good)
	_, err := w.watch(t.Context(), next, func(line string) {
		if strings.Contains(line, "BAKE_TIME") {
			w.account.Expire()
		}
	})
	if _, failed := errors.AsType[*engine.Verdict](err); failed || !errors.Is(err, ErrExpired) || !strings.Contains(err.Error(), "ECS goes on with it") {
		t.Errorf("got %v", err)
	}
	w.account.Renew()
	if live, err := w.Live(t.Context(), w.slot); err != nil || live.Image != next.Image || !live.Unsettled {
		t.Errorf("in the bake time live is %+v, %v", live, err)
	}
	w.until("SUCCESSFUL")
	before := w.account.Asked("ecs:UpdateService")
	if _, log, err := w.deploy(next); err != nil || w.account.Asked("ecs:UpdateService") != before {
		t.Errorf("%v\n%s", err, log)
	}
	w.runs(next)
}

func TestADeployThatIsGivenUpInTheBakeTimeIsTakenBack(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	old := w.first()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := w.watch(ctx, w.release("1.1.0", platformtest.Good), func(line string) {
		if strings.Contains(line, "BAKE_TIME") {
			cancel()
		}
	})
	if _, failed := errors.AsType[*engine.Verdict](err); failed || err == nil || !strings.Contains(err.Error(), "was given up: context canceled") {
		t.Errorf("got %v", err)
	}
	w.until("ROLLBACK_SUCCESSFUL")
	w.runs(old)
}

func TestAServiceIsStoppedInTheMiddleOfABlueGreenDeployment(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	w.first()
	w.byHand(w.release("1.1.0", platformtest.Good))
	w.until("BAKE_TIME")
	if err := w.Stop(t.Context(), w.slot, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	if live, err := w.Live(t.Context(), w.slot); err != nil || live != nil || len(w.account.Running()) != 0 {
		t.Errorf("live is %+v, %v, and there run %v", live, err, w.account.Running())
	}
	next := w.release("1.2.0", platformtest.Good)
	if _, log, err := w.deploy(next); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
	w.runs(next)
}

func TestARollbackByBlueGreenRunsTheRecordedTaskDefinition(t *testing.T) {
	w := onGradual(t, "BLUE_GREEN", bakes)
	good := w.first()
	recorded := w.definitionNow()
	_, _, _ = w.deploy(w.release("1.1.0", platformtest.Crashing)) // a revision between them that never was good
	w.good("1.2.0")
	if live, log, err := w.deploy(good); err != nil || live.Image != good.Image || w.definitionNow() != recorded {
		t.Errorf("%+v, %v, on %s, want %s\n%s", live, err, w.definitionNow(), recorded, log)
	}
	w.runs(good)
}

package stages

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var older, newer = promotion.Digest("sha256:" + strings.Repeat("1", 64)), promotion.Digest("sha256:" + strings.Repeat("2", 64))

// deploying is about to deploy 1.1.0 over 1.0.0 in dev.
func deploying(t *testing.T) (*world, *place) {
	t.Helper()
	w := newWorld(t)
	w.run.Release.Image = newer
	dev := w.places["dev"]
	dev.live = &engine.Live{Image: older, Version: "1.0.0", Healthy: true}
	return w, dev
}

func TestADeployIsRecordedWhenWhatWasAskedForIsLive(t *testing.T) {
	w, _ := deploying(t)
	result, err := w.execute("dev/deploy")
	if err != nil || result.Deployment == nil || result.Deployment.Release.Image != newer || result.Deployment.Run != 1 {
		t.Errorf("got %+v, %v", result.Deployment, err)
	}
}

// The deploy ends well and the platform is stable and healthy: on the version before.
func TestScenarioThePlatformRevertedByItselfAndIsStable(t *testing.T) {
	for situation, says := range map[string]func(p *place, r engine.Rollout) *engine.Live{
		"and says so": func(p *place, _ engine.Rollout) *engine.Live { return p.live },
		"and says that it is deployed": func(_ *place, r engine.Rollout) *engine.Live {
			return &engine.Live{Image: r.Release.Image, Healthy: true}
		},
	} {
		t.Run(situation, func(t *testing.T) {
			w, dev := deploying(t)
			dev.deploy = func(r engine.Rollout) (*engine.Live, error) { return says(dev, r), nil }
			result, err := w.execute("dev/deploy")
			wantVerdict(t, err, "what is live is not 2222222", "1.0.0")
			if result.Deployment != nil {
				t.Errorf("recorded %+v", result.Deployment)
			}
			w.run.Plan.Revert = &promotion.Revert{Target: &promotion.Deployment{Release: w.run.Release}}
			if result, err = w.execute("dev/rollback"); result.Deployment != nil {
				t.Errorf("a rollback recorded %+v", result.Deployment)
			}
			wantVerdict(t, err, "what is live is not 2222222")
		})
	}
}

func TestAPlatformThatMovesOnAtOnceIsNoVerdictOnTheRelease(t *testing.T) {
	w, dev := deploying(t)
	dev.deploy = func(r engine.Rollout) (*engine.Live, error) {
		dev.live = &engine.Live{Image: r.Release.Image, Healthy: true, Unsettled: true}
		return &engine.Live{Image: r.Release.Image, Healthy: true}, nil
	}
	result, err := w.execute("dev/deploy")
	if _, failed := errors.AsType[*engine.Verdict](err); failed || err == nil || !strings.Contains(err.Error(), "the platform moves on already") || result.Deployment == nil {
		t.Errorf("got %+v, %v", result.Deployment, err)
	}
}

func TestAFailoverChangesNothing(t *testing.T) {
	w, dev := deploying(t)
	dev.deploy = func(engine.Rollout) (*engine.Live, error) {
		return nil, &engine.Verdict{Why: "1.1.0 ended (exit status 3)", FailedOver: true}
	}
	result, err := w.execute("dev/deploy")
	wantVerdict(t, err, "exit status 3")
	if !result.FailedOver || result.Deployment != nil {
		t.Errorf("the result is %+v", result)
	}
}

func TestAConnectionLostInADeployHidesNotThatTheNewVersionIsLive(t *testing.T) {
	w, dev := deploying(t)
	dev.deploy = func(r engine.Rollout) (*engine.Live, error) {
		dev.live = &engine.Live{Image: r.Release.Image}
		return nil, errors.New("the connection was lost")
	}
	result, err := w.execute("dev/deploy")
	wantError(t, err, "connection was lost")
	if result.Deployment == nil || result.Deployment.Release.Image != newer {
		t.Errorf("recorded %+v", result.Deployment)
	}
}

func TestADeployThatACrashCutOffIsNotRepeatedWhenItIsLive(t *testing.T) {
	w, dev := deploying(t)
	w.must("dev/deploy")
	result, err := Execute(t.Context(), w.job("dev/deploy", 2))
	if err != nil || result.Deployment == nil {
		t.Fatalf("got %+v, %v", result, err)
	}
	if !slices.Equal(dev.deployed, []promotion.Digest{newer}) {
		t.Errorf("deployed %v", dev.deployed)
	}
	dev.live.Healthy = false
	if _, err := Execute(t.Context(), w.job("dev/deploy", 3)); err != nil || len(dev.deployed) != 2 {
		t.Errorf("an unhealthy one was left as it is: %v, %v", dev.deployed, err)
	}
	dev.live.Unsettled = true
	if _, err := Execute(t.Context(), w.job("dev/deploy", 4)); err != nil || len(dev.deployed) != 3 {
		t.Errorf("one that the platform may yet go back from was taken for deployed: %v, %v", dev.deployed, err)
	}
}

func TestAMigrationTellsItsVerdictAndItsOutput(t *testing.T) {
	w, dev := deploying(t)
	dev.migrate = func(log io.Writer) error {
		fmt.Fprint(log, "applying 00002_more.sql\nno line break at its end")
		return &engine.Verdict{Why: `migration failed (exit status 1): "syntax error at TABEL"`}
	}
	result, err := w.execute("dev/migrate")
	wantVerdict(t, err, "TABEL")
	wantWords(t, result.Cause, "TABEL")
	wantWords(t, w.text(), "applying 00002_more.sql\n", "no line break at its end\n")
}

func TestARollbackHasSucceededWhenTheTargetIsLive(t *testing.T) {
	w, dev := deploying(t)
	back := promotion.Release{Service: "items", Version: "1.0.0", Image: older}
	w.run.Plan.Revert = &promotion.Revert{From: newer, Target: &promotion.Deployment{Release: back}}
	result, err := w.execute("dev/rollback")
	if err != nil || result.Deployment == nil || result.Deployment.Release.Image != older {
		t.Errorf("got %+v, %v", result.Deployment, err)
	}
	dev.deploy = func(engine.Rollout) (*engine.Live, error) {
		return &engine.Live{Image: older, Detail: "still starting"}, nil
	}
	_, err = w.execute("dev/rollback")
	wantVerdict(t, err, "still starting")
}

func TestARollbackToNothingEmptiesTheEnvironment(t *testing.T) {
	w, dev := deploying(t)
	w.run.Plan.Revert = &promotion.Revert{From: older}
	result, err := w.execute("dev/rollback")
	if err != nil || !result.Emptied || dev.live != nil {
		t.Errorf("got %+v, %v; live is %+v", result, err, dev.live)
	}
}

func TestEvidenceThatCannotBeHadIsAWarning(t *testing.T) {
	w, _ := deploying(t)
	result, err := w.execute("dev/evidence")
	if err != nil || len(result.Warnings) != 1 {
		t.Errorf("got %+v, %v", result, err)
	}
}

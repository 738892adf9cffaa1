package stages

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// reprovisioning is a run that puts 1.1.0 aside in dev.
func reprovisioning(t *testing.T) (*world, *place) {
	t.Helper()
	w, dev := deploying(t)
	release := w.run.Release
	w.run = promotion.Apply(promotion.Run{}, promotion.Event{Type: promotion.RunStarted, Run: 7, Plan: &promotion.Plan{
		Kind: promotion.Reprovision, Service: "orders", Team: "checkout", Release: &release,
		Columns: []promotion.Column{{Name: "dev", Isolated: true}},
	}})
	return w, dev
}

func TestAReleaseIsPutIntoASlotOfItsOwnAndTakenAwayAgain(t *testing.T) {
	w, dev := reprovisioning(t)
	aside := promotion.Slot{Environment: "dev", Service: "orders", Team: "checkout", Aside: 7}
	dev.deploy = func(r engine.Rollout) (*engine.Live, error) {
		if r.Slot != aside {
			t.Errorf("deployed into %s", r.Slot)
		}
		for _, needed := range r.Needs {
			if needed.Environment != "dev" || needed.Aside != 0 {
				t.Errorf("it needs %s", needed)
			}
		}
		dev.live = &engine.Live{Image: r.Release.Image, Healthy: true}
		return dev.live, nil
	}
	result, err := w.execute("dev/deploy")
	if err != nil || result.Deployment == nil || result.Deployment.Cause != "put aside" || result.Deployment.Run != 7 {
		t.Errorf("got %+v, %v", result.Deployment, err)
	}
	if result, err = w.execute("dev/remove"); err != nil || !result.Emptied || len(dev.removed) != 1 || dev.removed[0] != aside {
		t.Errorf("removed %v: %+v, %v", dev.removed, result, err)
	}
}

func TestWhatCountsIsNeverRemoved(t *testing.T) {
	w, dev := deploying(t)
	if _, err := w.execute("dev/remove"); err == nil || !strings.Contains(err.Error(), "no slot that something was put aside in") || len(dev.removed) > 0 {
		t.Errorf("removed %v: %v", dev.removed, err)
	}
}

package aws

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func TestAmazonDoesWhatEveryPlatformDoes(t *testing.T) {
	onEveryPlatform(t, func(*world) {})
}

// A service that deploys gradually does all of it, too: what is different is how, and how long it takes.
func TestAmazonDoesWhatEveryPlatformDoesByBlueGreen(t *testing.T) {
	onEveryPlatform(t, func(w *world) {
		for _, name := range services {
			w.account.Service(name).DeployGradually("BLUE_GREEN", awstest.Object{"bakeTimeInMinutes": 0})
		}
		w.configured.AWS.Poll = time.Second
	})
}

func onEveryPlatform(t *testing.T, furnish func(*world)) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := newWorld(t, paced{from: time.Now(), pace: 25})
		furnish(w)
		return platformtest.World{
			Slot: w.slot, Open: func(t *testing.T) engine.Environment { return w.open(t) }, Publish: w.publish, Answers: w.answers,
			Break: func(*testing.T) { w.account.Break() }, Mend: func(*testing.T) { w.account.Mend() },
			Expire: func(*testing.T) { w.account.Expire() }, Renew: func(*testing.T) { w.account.Renew() },
			Drift: w.drift, Running: w.running, Snapshot: w.snapshot,
			Migrations: func(*testing.T, engine.Environment) int { return w.account.Migrations() },
			Started:    "started deployment", Short: 20 * time.Second,
			NotApplicable: map[string]string{
				"Kill": "no process of Gantry's works for it: ECS goes on by itself",
				"what was put aside is removed, once and again": "each slot is an ECS service that was made outside of Gantry, so nothing can be put aside",
			},
		}
	})
}

// answers is the version that the load balancer of a slot answers with.
func (w *world) answers(_ *testing.T, e engine.Environment, slot promotion.Slot) string {
	return w.account.Answers(e.(*Environment).of(slot).Service)
}

// drift deploys something by hand.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(digest))
	return digest
}

func (w *world) running(*testing.T) []string { return w.account.Running() }

func (w *world) snapshot(t *testing.T) string { return w.account.Snapshot(t) }

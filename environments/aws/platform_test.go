package aws

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func TestAmazonDoesWhatEveryPlatformDoes(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w := newWorld(t, paced{from: time.Now(), pace: 25})
		return platformtest.World{
			Slot: w.slot, Open: func(t *testing.T) engine.Environment { return w.open(t) }, Publish: w.publish, Answers: w.answers,
			Break: func(*testing.T) { w.set(func(c *cloud) { c.broken = true }) }, Mend: func(*testing.T) { w.set(func(c *cloud) { c.broken = false }) },
			Expire: func(*testing.T) { w.set(func(c *cloud) { c.expired = true }) }, Renew: func(*testing.T) { w.set(func(c *cloud) { c.expired = false }) },
			Drift: w.drift, Running: w.running, Snapshot: w.snapshot,
			Migrations: func(*testing.T, engine.Environment) (n int) { w.set(func(c *cloud) { n = c.migrations }); return n },
			Started:    "started deployment", Short: 20 * time.Second,
			NotApplicable: map[string]string{
				"Kill": "no process of Gantry's works for it: ECS goes on by itself",
				"what was put aside is removed, once and again": "each slot is an ECS service that was made outside of Gantry, so nothing can be put aside",
			},
		}
	})
}

func (w *world) set(change func(*cloud)) {
	w.cloud.mu.Lock()
	defer w.cloud.mu.Unlock()
	change(w.cloud)
}

// answers is the version that the load balancer of a slot answers with: that of the healthy tasks.
func (w *world) answers(_ *testing.T, e engine.Environment, slot promotion.Slot) (version string) {
	called := e.(*Environment).of(slot).Service
	w.set(func(c *cloud) {
		c.tick()
		for _, t := range c.tasks {
			if t.service == called && t.status == "RUNNING" && t.health == "HEALTHY" {
				version = c.images[t.digest].version
			}
		}
	})
	return version
}

// drift deploys something by hand.
func (w *world) drift(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.set(func(c *cloud) {
		s := c.services["orders"]
		d := c.definitions[c.copyOf(s.deployments[0].definition)]
		container := object{}
		for key, value := range d["containerDefinitions"].([]any)[0].(object) {
			container[key] = value
		}
		container["image"] = c.registry.host + "/dev/orders@" + string(digest)
		d["containerDefinitions"] = []any{container}
		c.roll(s, d["taskDefinitionArn"].(string))
	})
	return digest
}

func (w *world) running(*testing.T) (all []string) {
	w.set(func(c *cloud) {
		for _, t := range c.tasks {
			if t.status == "RUNNING" {
				all = append(all, t.service+" "+c.images[t.digest].version)
			}
		}
	})
	return all
}

// snapshot is what there is in the account; what was asked is not in it.
func (w *world) snapshot(t *testing.T) string {
	var text strings.Builder
	w.set(func(c *cloud) {
		c.tick()
		all := object{"repositories": c.repos, "definitions": c.definitions}
		for name, s := range c.services {
			all[name] = c.described(s)
		}
		if err := json.NewEncoder(&text).Encode(all); err != nil {
			t.Error(err)
		}
	})
	return text.String()
}

package aws

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// What the account is scripted to do in other tests happens here for real: tasks are processes, behind an address that
// switches with the rollout.
func TestAmazonDoesWhatEveryPlatformDoesWithProcesses(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.World {
		w, at := withProcesses(t)
		return platformtest.World{
			Slot: w.slot, Open: func(t *testing.T) engine.Environment { return w.open(t) }, Publish: w.program,
			Answers: func(t *testing.T, e engine.Environment, slot promotion.Slot) string {
				return version(t, at[e.(*Environment).of(slot).Service])
			},
			Break: func(*testing.T) { w.account.Break() }, Mend: func(*testing.T) { w.account.Mend() },
			Expire: func(*testing.T) { w.account.Expire() }, Renew: func(*testing.T) { w.account.Renew() },
			Drift: w.driftProgram, Running: w.running, Snapshot: w.snapshot,
			Migrations: func(*testing.T, engine.Environment) int { return w.account.Migrations() },
			Started:    "started deployment", Short: 10 * time.Second,
			NotApplicable: map[string]string{
				"Kill": "no process of Gantry's works for it: ECS goes on by itself",
				"what was put aside is removed, once and again": "each slot is an ECS service that was made outside of Gantry, so nothing can be put aside",
			},
		}
	})
}

// withProcesses is a world that runs what it is given, with the addresses of its services.
func withProcesses(t *testing.T) (*world, map[string]string) {
	t.Helper()
	w := newWorld(t, wall{})
	w.account.Run(t)
	at := map[string]string{}
	for _, name := range []string{"orders", "orders-checkout", "orders-billing"} {
		at[name] = w.account.Service(name).Balance(t)
	}
	w.clock = paced{from: time.Now(), pace: 5} // what Gantry bears with is over sooner
	w.configured.AWS.Poll = 100 * time.Millisecond
	w.Environment = w.open(t)
	return w, at
}

// version is what the service at an address says that it is; "" where nothing answers.
func version(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url + "/version")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

// program publishes an image whose program is this test's, in another role.
func (w *world) program(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	role := "service"
	if image.What == "migration" {
		role = image.What
	}
	return push(t, e, slot, image, fmt.Sprintf("#!/bin/sh\nTEST_ROLE=%s TEST_VERSION=%s TEST_HOW='%s' exec %s\n", role, image.Version, image.Behaviour, self))
}

// driftProgram deploys something by hand.
func (w *world) driftProgram(t *testing.T, e engine.Environment) promotion.Digest {
	digest := w.program(t, e, w.slot, platformtest.Image{Version: "6.6.6", Behaviour: platformtest.Good})
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(digest))
	return digest
}

// An engine has asked for a deployment and died. The next one asks for the same release, which takes the place of what was
// begun.
func TestADeployThatWasLeftBehindIsTakenUp(t *testing.T) {
	w, at := withProcesses(t)
	release := func(version string) promotion.Release {
		return promotion.Release{Service: "orders", Version: version, Image: w.program(t, w.Environment, w.slot, platformtest.Image{Version: version, Behaviour: platformtest.Good})}
	}
	if _, log, err := w.deploy(release("1.0.0")); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	next := release("1.1.0")
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(next.Image))
	live, log, err := w.deploy(next)
	if err != nil || live.Image != next.Image || version(t, at["orders"]) != "1.1.0" {
		t.Errorf("live is %+v, %v, and %s answers\n%s", live, err, version(t, at["orders"]), log)
	}
}

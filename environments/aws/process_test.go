package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
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
	got, err := versionAt(url)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func versionAt(url string) (string, error) {
	response, err := http.Get(url + "/version")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return "", nil
	}
	return string(text), nil
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
	// Under the race detector a process would wait for a second before it ends.
	return push(t, e, slot, image, fmt.Sprintf("#!/bin/sh\nGORACE=atexit_sleep_ms=0 TEST_ROLE=%s TEST_VERSION=%s TEST_HOW='%s' exec %s\n", role, image.Version, image.Behaviour, self))
}

// releaseProgram publishes a program that is good, and is the release that carries it.
func (w *world) releaseProgram(version string) promotion.Release {
	image := platformtest.Image{Version: version, Behaviour: platformtest.Good}
	return promotion.Release{Service: "orders", Version: version, Image: w.program(w.t, w.Environment, w.slot, image)}
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
	if _, log, err := w.deploy(w.releaseProgram("1.0.0")); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	next := w.releaseProgram("1.1.0")
	w.account.Service("orders").DeployByHand(w.account.Host() + "/dev/orders@" + string(next.Image))
	live, log, err := w.deploy(next)
	if err != nil || live.Image != next.Image || version(t, at["orders"]) != "1.1.0" {
		t.Errorf("live is %+v, %v, and %s answers\n%s", live, err, version(t, at["orders"]), log)
	}
}

// Two versions run as processes side by side, and the address that people know moves from one to the other without a request
// that is not answered. A version that does not come up is never asked anything.
func TestABlueGreenDeploymentMovesRequestsAndLosesNone(t *testing.T) {
	clock := paced{from: time.Now(), pace: 5}
	w := newWorld(t, clock)
	w.account.Run(t)
	orders := w.account.Service("orders")
	orders.DeployGradually("BLUE_GREEN", awstest.Object{"bakeTimeInMinutes": 0})
	at := orders.Balance(t)
	w.configured.AWS.Poll = time.Second
	w.Environment = w.open(t)
	release := func(version string, how platformtest.Behaviour) promotion.Release {
		return promotion.Release{Service: "orders", Version: version, Image: w.program(t, w.Environment, w.slot, platformtest.Image{Version: version, Behaviour: how})}
	}
	first, next, bad := release("1.0.0", platformtest.Good), release("1.1.0", platformtest.Good), release("1.2.0", platformtest.Crashing)
	deploy := func(r promotion.Release, within time.Duration) error {
		_, err := w.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: r, HealthTimeout: within}, io.Discard)
		return err
	}
	if err := deploy(first, time.Minute); err != nil {
		t.Fatal(err)
	}
	asking := ask(t, at)
	if err := deploy(next, time.Minute); err != nil {
		t.Fatal(err)
	}
	err := deploy(bad, 20*time.Second)
	if verdict, failed := errors.AsType[*engine.Verdict](err); !failed || !verdict.FailedOver || !strings.Contains(verdict.Why, platformtest.LastWords) {
		t.Errorf("got %v", err)
	}
	if answers := asking(); !slices.Equal(answers, []string{"1.0.0", "1.1.0"}) {
		t.Errorf("there answered one after the other %q", answers)
	}
}

// ask asks an address for its version again and again, until the function that it returns is called, which is what was
// answered, whenever it was something else.
func ask(t *testing.T, url string) (stop func() []string) {
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan []string, 1)
	go func() {
		var all []string
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			got, err := versionAt(url)
			if err != nil {
				got = err.Error()
			}
			if len(all) == 0 || all[len(all)-1] != got {
				all = append(all, got)
			}
			<-tick.C
		}
		answers <- all
	}()
	return func() []string { cancel(); return <-answers }
}

// Of a task that runs and is not healthy ECS may say nothing at all.
func TestWhatIsNeverHealthyIsToldByItsLastWords(t *testing.T) {
	w, _ := withProcesses(t)
	image := platformtest.Image{Version: "1.0.0", Behaviour: platformtest.NeverHealthy}
	next := promotion.Release{Service: "orders", Version: image.Version, Image: w.program(t, w.Environment, w.slot, image)}
	_, err := w.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: next, HealthTimeout: 5 * time.Second}, t.Output())
	if verdict, is := errors.AsType[*engine.Verdict](err); !is || verdict.Why != "orders: it did not become healthy within 5s: its last words: starting 1.0.0" {
		t.Errorf("got %v", err)
	}
}

// A task that is being stopped answers what it was asked, and is not counted as running meanwhile.
func TestWhatIsStoppedIsWaitedForUntilItHasAnswered(t *testing.T) {
	w, at := withProcesses(t)
	if _, log, err := w.deploy(w.releaseProgram("1.0.0")); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	held, err := http.Get(at["orders"] + "/held")
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- w.Stop(t.Context(), w.slot, t.Output()) }()
	for before := w.account.Asked("ecs:ListTasks"); w.account.Asked("ecs:ListTasks") < before+3; {
		select {
		case err := <-stopped:
			t.Fatalf("it is said to be stopped (%v), and %v run", err, w.account.Running())
		default:
		}
		if err := (wall{}).Wait(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	_ = held.Body.Close()
	if err := <-stopped; err != nil || len(w.account.Running()) != 0 {
		t.Errorf("stopped: %v, and %v run", err, w.account.Running())
	}
}

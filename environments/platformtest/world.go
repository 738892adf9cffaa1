// Package platformtest is what every platform must do: one suite of situations, which a platform's tests run on an
// environment of theirs. The suite knows a platform only as an engine.Environment and as a World, the few things that a
// test can do to it and no port offers: break it, change something by hand, count what is left.
package platformtest

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Behaviour is how an image behaves once it is started.
type Behaviour string

// The behaviours that a platform's tests must be able to make images of.
const (
	// Good is a service that becomes healthy at once, or a migration that succeeds and may be repeated.
	Good Behaviour = "good"
	// NeverHealthy is a service that runs, and says at each question for its health that it is not well.
	NeverHealthy Behaviour = "never healthy"
	// Crashing is a service or a migration that writes LastWords and ends with a status that is not 0.
	Crashing Behaviour = "crashing"
)

// LastWords is the line that everything Crashing writes before it ends. A verdict and its evidence must show it.
const LastWords = "panic: no such table: orders"

// Image is an image to be made for a test.
type Image struct {
	// What names the artifact, as in engine.Environment.Repository: "" or "migration".
	What      string
	Version   string
	Behaviour Behaviour
}

// World is one fresh environment of a platform with what a test may do to it. Each situation gets a World of its own,
// which cleans up after itself with t.Cleanup.
//
// A hook that a platform cannot offer is nil, and NotApplicable says under the hook's name why: the situation that needs
// it is then listed as skipped with that reason. A hook that is nil without a reason fails the suite.
type World struct {
	// Slot is the slot that the situations are about.
	Slot promotion.Slot
	// Open opens the environment as a Gantry that has just been started does. Required.
	Open func(t *testing.T) engine.Environment
	// Publish makes an image and puts it into the environment's repository of the slot. Required.
	Publish func(t *testing.T, e engine.Environment, slot promotion.Slot, image Image) promotion.Digest

	// Answers is the version that the slot's stable address answers with; "" while nothing does. Nil means that the
	// services answer GET /version at their endpoint.
	Answers func(t *testing.T, e engine.Environment, slot promotion.Slot) string
	// Wait waits until the condition holds, and fails the test where it never does. Nil means to ask again and again for
	// 30 seconds; a platform on a fake clock moves it here.
	Wait func(t *testing.T, what string, holds func() bool)

	// Break makes the platform unreachable (a daemon that is gone, an API that answers nothing); Mend brings it back.
	// What ran before need not run at once after Mend, but must again without being deployed anew.
	Break, Mend func(t *testing.T)
	// Expire makes the credentials that the platform needs for a deploy worthless; Renew makes them good again.
	Expire, Renew func(t *testing.T)
	// Kill ends, without warning, every process that belongs to Gantry and that works for the environment. What is live
	// goes on. Nil with a reason where a platform has no such process.
	Kill func(t *testing.T)
	// Drift changes by hand, past Gantry, what runs in the slot, and says which digest must be found live there
	// afterwards; "" for none.
	Drift func(t *testing.T, e engine.Environment) promotion.Digest
	// Running lists what runs on the platform for the environment, migrations and what was left half done included. What
	// belongs to the environment as such, a network or a registry, is not in it.
	Running func(t *testing.T) []string
	// Snapshot is all that an onlooker could have changed: two are equal exactly when nothing was.
	Snapshot func(t *testing.T) string
	// Migrations is how often a migration has succeeded in the slot, by what it left in the database.
	Migrations func(t *testing.T, e engine.Environment) int

	// Started is what a deploy's log shows once the new version has been started and is waited for.
	Started string
	// Short is a health timeout that a good image surely keeps; 0 means 2 seconds.
	Short time.Duration
	// NotApplicable says by the name of a hook, or of a situation, why the platform has no such thing.
	NotApplicable map[string]string
}

const (
	// patience bounds every wait for something that must happen.
	patience = 30 * time.Second
	// glance is how often it is looked whether it has.
	glance = 10 * time.Millisecond
)

// answers is the version that answers at the slot's address.
func (b *bench) answers(slot promotion.Slot) string {
	b.t.Helper()
	if b.world.Answers != nil {
		return b.world.Answers(b.t, b.env, slot)
	}
	at, err := b.env.Endpoint(b.t.Context(), slot)
	if err != nil {
		b.t.Fatalf("where is %s: %v", slot, err)
	}
	response, err := http.Get(at + "/version")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// wait waits for a condition.
func (b *bench) wait(what string, holds func() bool) {
	b.t.Helper()
	if b.world.Wait != nil {
		b.world.Wait(b.t, what, holds)
		return
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			b.t.Fatalf("%s: not within %s", what, patience)
		case <-tick.C:
		}
	}
}

// has tells whether the platform offers a hook by its name.
func (w World) has(hook string) bool {
	switch hook {
	case "Break":
		return w.Break != nil && w.Mend != nil
	case "Expire":
		return w.Expire != nil && w.Renew != nil
	case "Kill":
		return w.Kill != nil
	case "Drift":
		return w.Drift != nil
	case "Running":
		return w.Running != nil
	case "Snapshot":
		return w.Snapshot != nil
	case "Migrations":
		return w.Migrations != nil
	case "Started":
		return w.Started != ""
	}
	panic(fmt.Sprintf("there is no hook %q", hook))
}

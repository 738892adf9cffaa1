package platformtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// situation is one thing that every platform must get right.
type situation struct {
	name  string
	needs []string // hooks
	play  func(*bench)
}

// situations are all of them.
var situations = []situation{
	{"a first deploy makes the release live", nil, firstDeploy},
	{"the endpoint is the same over a deploy", nil, stableEndpoint},
	{"a rollback makes an older digest live again", nil, rollback},
	{"the same digest may be deployed again", nil, again},
	{"a bad first release leaves the slot empty", nil, badFirst},
	{"never healthy: the version before stays live", nil, neverHealthy},
	{"crash loop: the version before stays live", nil, crashLoop},
	{"a digest that nobody pushed is no verdict", nil, wrongDigest},
	{"a deploy superseded by a newer one ends with the newer live", []string{"Started"}, superseded},
	{"a deploy that is given up leaves the version before", []string{"Started"}, givenUp},
	{"gone before a deploy: no verdict", []string{"Break"}, goneBefore},
	{"gone in the middle of a deploy: no verdict", []string{"Break", "Started"}, goneWithin},
	{"gone in the middle of the first deploy: no verdict", []string{"Break", "Started"}, goneWithinFirst},
	{"expired credentials are no verdict", []string{"Expire"}, expired},
	{"a restart finds what runs", nil, restart},
	{"a restart in the middle of a deploy leaves nothing half done", []string{"Kill", "Started", "Running"}, restartWithin},
	{"drift is seen, and a deploy ends it", []string{"Drift"}, drift},
	{"evidence shows what ran, what happened and the last words", nil, evidence},
	{"a migration succeeds, and again", []string{"Migrations"}, migrates},
	{"a failing migration is a verdict with its reason", nil, migrationFails},
	{"what is stopped leaves nothing running", []string{"Running"}, stops},
	{"what was put aside is removed, once and again", []string{"Running"}, removes},
	{"teams do not touch each other", nil, teams},
	{"who only looks changes nothing", []string{"Snapshot"}, looks},
	{"an environment answers for itself alone", nil, stranger},
	{"no secret shows in a log or in evidence", nil, secrets},
}

// Run plays every situation in a fresh world each.
func Run(t *testing.T, fresh func(t *testing.T) World) {
	for _, s := range situations {
		t.Run(strings.NewReplacer(" ", "_", ":", "", ",", "").Replace(s.name), func(t *testing.T) {
			w := fresh(t)
			for _, hook := range append(s.needs, s.name) {
				why := w.NotApplicable[hook]
				switch {
				case why != "":
					t.Skipf("%s does not apply: %s", hook, why)
				case hook != s.name && !w.has(hook):
					t.Fatalf("the platform's test has no hook %s and does not say why: set it, or give the reason in NotApplicable", hook)
				}
			}
			s.play(newBench(t, w))
		})
	}
}

// bench is a situation under way.
type bench struct {
	t     *testing.T
	world World
	env   engine.Environment
	slot  promotion.Slot
}

func newBench(t *testing.T, w World) *bench {
	if w.Short == 0 {
		w.Short = 2 * time.Second
	}
	return &bench{t: t, world: w, env: w.Open(t), slot: w.Slot}
}

// release publishes an image and is the release that carries it.
func (b *bench) release(version string, how Behaviour) promotion.Release {
	b.t.Helper()
	return b.releaseIn(b.slot, version, how)
}

func (b *bench) releaseIn(slot promotion.Slot, version string, how Behaviour) promotion.Release {
	b.t.Helper()
	digest := b.world.Publish(b.t, b.env, slot, Image{Version: version, Behaviour: how})
	return promotion.Release{Service: slot.Service, Version: version, Image: digest}
}

// deploy must succeed.
func (b *bench) deploy(r promotion.Release) *engine.Live {
	b.t.Helper()
	return b.deployIn(b.slot, r)
}

func (b *bench) deployIn(slot promotion.Slot, r promotion.Release) *engine.Live {
	b.t.Helper()
	var log output
	live, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: slot, Release: r, HealthTimeout: patience}, &log)
	if err != nil {
		b.t.Fatalf("deploy %s: %v\n%s", r.Version, err, log.String())
	}
	if live == nil || live.Image != r.Image {
		b.t.Fatalf("deploy of %s says that %+v is live", r.Image, live)
	}
	return live
}

// fails deploys what is not good and returns the verdict.
func (b *bench) fails(r promotion.Release, within time.Duration) *engine.Verdict {
	b.t.Helper()
	var log output
	_, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: r, HealthTimeout: within}, &log)
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) {
		b.t.Fatalf("deploy of what is not good: got %v, want a verdict\n%s", err, log.String())
	}
	if verdict.Why == "" || strings.Contains(verdict.Why, "\n") {
		b.t.Errorf("a verdict says in one line why: %q", verdict.Why)
	}
	return verdict
}

// live is what runs in the slot, which must be known.
func (b *bench) live() *engine.Live {
	b.t.Helper()
	live, err := b.env.Live(b.t.Context(), b.slot)
	if err != nil {
		b.t.Fatalf("what is live in %s: %v", b.slot, err)
	}
	return live
}

// isLive wants the release to run, to be healthy, and to answer.
func (b *bench) isLive(r promotion.Release) {
	b.t.Helper()
	if live := b.live(); live == nil || live.Image != r.Image || !live.Healthy {
		b.t.Fatalf("live is %+v, want %s (%s), healthy", live, r.Version, r.Image)
	}
	if got := b.answers(b.slot); got != r.Version {
		b.t.Errorf("version %q answers, want %s", got, r.Version)
	}
}

// becomesLive waits until the release runs and is healthy.
func (b *bench) becomesLive(r promotion.Release) {
	b.t.Helper()
	b.wait(r.Version+" is live again", func() bool {
		live, err := b.env.Live(b.t.Context(), b.slot)
		return err == nil && live != nil && live.Image == r.Image && live.Healthy
	})
	b.isLive(r)
}

// isEmpty wants nothing to run in the slot.
func (b *bench) isEmpty() {
	b.t.Helper()
	if live := b.live(); live != nil {
		b.t.Errorf("live is %+v, want nothing", live)
	}
	if got := b.answers(b.slot); got != "" {
		b.t.Errorf("an empty slot answers %q", got)
	}
}

// noVerdict wants an error that says nothing about the release.
func (b *bench) noVerdict(err error, when string) {
	b.t.Helper()
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) {
		b.t.Errorf("%s: got %v, want an error that is no verdict", when, err)
	}
}

// underWay starts a deploy and returns once the new version was started. The channel tells how the deploy ended.
func (b *bench) underWay(ctx context.Context, e engine.Environment, r promotion.Release) <-chan error {
	b.t.Helper()
	log := &output{word: b.world.Started, seen: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		_, err := e.Deploy(ctx, engine.Rollout{Slot: b.slot, Release: r, HealthTimeout: patience}, log)
		ended <- err
	}()
	b.wait("the deploy of "+r.Version+" has started something", func() bool {
		select {
		case <-log.seen:
			return true
		case err := <-ended:
			b.t.Fatalf("the deploy ended before: %v\n%s", err, log.String())
		default:
		}
		return false
	})
	return ended
}

// ends waits for the end of a deploy.
func (b *bench) ends(ended <-chan error) (err error) {
	b.t.Helper()
	b.wait("the deploy ends", func() bool {
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	return err
}

// output is a log that tells when a word shows in it.
type output struct {
	word string
	seen chan struct{}
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if o.word != "" && strings.Contains(o.text.String(), o.word) {
		o.word = ""
		close(o.seen)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

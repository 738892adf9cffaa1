package platformtest

import (
	"context"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func firstDeploy(b *bench) {
	b.isEmpty()
	r := b.release("1.0.0", Good)
	live := b.deploy(r)
	if !live.Healthy || live.Since.IsZero() {
		b.t.Errorf("after the deploy live is %+v", live)
	}
	b.isLive(r)
}

func stableEndpoint(b *bench) {
	before := b.endpoint()
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		r := b.release(version, Good)
		b.deploy(r)
		b.isLive(r)
		if after := b.endpoint(); after != before {
			b.t.Errorf("the endpoint was %s and is %s", before, after)
		}
	}
}

func (b *bench) endpoint() string {
	b.t.Helper()
	at, err := b.env.Endpoint(b.t.Context(), b.slot)
	if err != nil {
		b.t.Fatalf("where is %s: %v", b.slot, err)
	}
	return at
}

func rollback(b *bench) {
	first, second := b.release("1.0.0", Good), b.release("1.1.0", Good)
	b.deploy(first)
	b.deploy(second)
	b.isLive(second)
	b.deploy(first)
	b.isLive(first)
}

func again(b *bench) {
	r := b.release("1.0.0", Good)
	b.deploy(r)
	b.deploy(r)
	b.isLive(r)
}

func badFirst(b *bench) {
	for how, r := range map[Behaviour]promotion.Release{Crashing: b.release("1.0.0", Crashing), NeverHealthy: b.release("1.0.1", NeverHealthy)} {
		if v := b.fails(r, b.world.Short); v.FailedOver {
			b.t.Errorf("%s: nothing was live before, and the verdict says that it is again: %s", how, v.Why)
		}
		b.isEmpty()
	}
}

func neverHealthy(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	v := b.fails(b.release("1.1.0", NeverHealthy), b.world.Short)
	if !v.FailedOver || !strings.Contains(v.Why, "health") {
		b.t.Errorf("the verdict is %+v, want a failover for what is not healthy", v)
	}
	b.isLive(good)
}

func crashLoop(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	v := b.fails(b.release("1.1.0", Crashing), patience)
	if !v.FailedOver || !strings.Contains(v.Why, LastWords) {
		b.t.Errorf("the verdict is %+v, want a failover that quotes %q", v, LastWords)
	}
	b.isLive(good)
}

func wrongDigest(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	unknown := promotion.Release{Service: b.slot.Service, Version: "1.1.0", Image: promotion.Digest("sha256:" + strings.Repeat("0123456789abcdef", 4))}
	_, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: unknown, HealthTimeout: b.world.Short}, &output{})
	b.noVerdict(err, "a digest that nobody pushed")
	b.isLive(good)
}

func superseded(b *bench) {
	good, next := b.release("1.0.0", Good), b.release("1.2.0", Good)
	b.deploy(good)
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	older := b.underWay(ctx, b.env, b.release("1.1.0", NeverHealthy))
	newer := make(chan error, 1)
	other := b.world.Open(b.t) // another console's
	go func() {
		_, err := other.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: next, HealthTimeout: 2 * patience}, &output{})
		newer <- err
	}()
	cancel() // as a driver does that lost its lock
	b.noVerdict(b.ends(older), "a deploy that a newer one has superseded")
	if err := b.ends(newer); err != nil {
		b.t.Fatalf("the newer deploy: %v", err)
	}
	b.isLive(next)
}

func givenUp(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := b.underWay(ctx, b.env, b.release("1.1.0", NeverHealthy))
	cancel()
	b.noVerdict(b.ends(ended), "a deploy that was given up")
	b.becomesLive(good)
	next := b.release("1.2.0", Good)
	b.deploy(next)
	b.isLive(next)
}

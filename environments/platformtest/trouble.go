package platformtest

import (
	"context"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func goneBefore(b *bench) {
	good, next := b.release("1.0.0", Good), b.release("1.1.0", Good)
	b.deploy(good)
	b.world.Break(b.t)
	_, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: next, HealthTimeout: b.world.Short}, &output{})
	b.noVerdict(err, "a deploy on a platform that is gone")
	if live, err := b.env.Live(b.t.Context(), b.slot); err == nil && (live == nil || live.Healthy) {
		b.t.Errorf("a platform that is gone says that %+v is live", live)
	}
	b.world.Mend(b.t)
	b.becomesLive(good)
	b.deploy(next)
	b.isLive(next)
}

func goneWithin(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	ended := b.underWay(b.t.Context(), b.env, b.release("1.1.0", NeverHealthy))
	b.world.Break(b.t)
	b.noVerdict(b.ends(ended), "a deploy on a platform that went away")
	b.world.Mend(b.t)
	b.becomesLive(good)
	next := b.release("1.2.0", Good)
	b.deploy(next)
	b.isLive(next)
}

func goneWithinFirst(b *bench) {
	ended := b.underWay(b.t.Context(), b.env, b.release("1.0.0", NeverHealthy))
	b.world.Break(b.t)
	b.noVerdict(b.ends(ended), "a first deploy on a platform that went away")
	b.world.Mend(b.t)
	b.wait("the slot is empty", func() bool {
		live, err := b.env.Live(b.t.Context(), b.slot)
		return err == nil && live == nil
	})
	next := b.release("1.1.0", Good)
	b.deploy(next)
	b.isLive(next)
}

func expired(b *bench) {
	good, next := b.release("1.0.0", Good), b.release("1.1.0", Good)
	b.deploy(good)
	b.world.Expire(b.t)
	_, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: next, HealthTimeout: b.world.Short}, &output{})
	b.noVerdict(err, "a deploy with expired credentials")
	b.world.Renew(b.t)
	b.becomesLive(good)
	b.deploy(next)
	b.isLive(next)
}

func restart(b *bench) {
	good := b.release("1.0.0", Good)
	before := b.deploy(good)
	at := b.endpoint()
	b.env = b.world.Open(b.t)
	b.isLive(good)
	if live := b.live(); !live.Since.Equal(before.Since) {
		b.t.Errorf("after a restart %s is live since %s, before since %s", good.Version, live.Since, before.Since)
	}
	if now := b.endpoint(); now != at {
		b.t.Errorf("after a restart the endpoint is %s, before %s", now, at)
	}
	if b.world.Kill == nil {
		return
	}
	b.world.Kill(b.t)
	b.env = b.world.Open(b.t)
	b.becomesLive(good)
	if now := b.endpoint(); now != at {
		b.t.Errorf("after a crash the endpoint is %s, before %s", now, at)
	}
}

func restartWithin(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	before := b.world.Running(b.t)
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	ended := b.underWay(ctx, b.env, b.release("1.1.0", NeverHealthy))
	b.world.Kill(b.t)
	cancel() // who asked is dead, too
	b.noVerdict(b.ends(ended), "a deploy whose process was killed")
	b.env = b.world.Open(b.t)
	b.becomesLive(good)
	b.wait("only what ran before runs", func() bool { return len(b.world.Running(b.t)) == len(before) })
	next := b.release("1.2.0", Good)
	b.deploy(next)
	b.isLive(next)
	b.wait("only the new version runs", func() bool { return len(b.world.Running(b.t)) == len(before) })
}

func drift(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	want := b.world.Drift(b.t, b.env)
	b.wait("what runs now is seen", func() bool {
		live, err := b.env.Live(b.t.Context(), b.slot)
		if err != nil || live == nil {
			return err == nil && want == ""
		}
		return live.Image == want && (want != good.Image || live.Healthy)
	})
	b.deploy(good)
	b.isLive(good)
}

func migrates(b *bench) {
	image := b.world.Publish(b.t, b.env, b.slot, Image{What: "migration", Version: "1.0.0", Behaviour: Good})
	for times := 1; times <= 2; times++ {
		log := &output{}
		if err := b.migrate(image, log); err != nil {
			b.t.Fatalf("migrate: %v\n%s", err, log.String())
		}
		if got := b.world.Migrations(b.t, b.env); got != times {
			b.t.Errorf("%d migrations have succeeded, want %d\n%s", got, times, log.String())
		}
	}
}

func (b *bench) migrate(image promotion.Digest, log *output) error {
	return b.env.Migrate(b.t.Context(), engine.Migration{Slot: b.slot, Image: image, Attempt: "1/" + b.slot.Environment + "/migrate/1"}, log)
}

func stops(b *bench) {
	idle := b.world.Running(b.t)
	for _, version := range []string{"1.0.0", "1.1.0"} {
		b.deploy(b.release(version, Good))
	}
	_ = b.fails(b.release("1.2.0", Crashing), patience)
	for range 2 {
		if err := b.env.Stop(b.t.Context(), b.slot, &output{}); err != nil {
			b.t.Fatalf("stop: %v", err)
		}
		b.isEmpty()
	}
	if left := b.world.Running(b.t); !slices.Equal(left, idle) {
		b.t.Errorf("what is stopped has left %q, before the first deploy there was %q", left, idle)
	}
	good := b.release("1.3.0", Good)
	b.deploy(good)
	b.isLive(good)
}

func removes(b *bench) {
	good := b.release("1.0.0", Good)
	b.deploy(good)
	before := b.world.Running(b.t)
	aside := b.slot
	aside.Aside = 7
	r := b.releaseIn(aside, "1.1.0", Good)
	b.deployIn(aside, r)
	if got := b.answers(aside); got != "1.1.0" {
		b.t.Errorf("what was put aside answers %q", got)
	}
	b.isLive(good)
	for range 2 {
		if err := b.env.Remove(b.t.Context(), aside, &output{}); err != nil {
			b.t.Fatalf("remove: %v", err)
		}
	}
	if left := b.world.Running(b.t); !slices.Equal(left, before) {
		b.t.Errorf("what was put aside has left %q, before there was %q", left, before)
	}
	if live, err := b.env.Live(b.t.Context(), aside); err != nil || live != nil {
		b.t.Errorf("where what was put aside is removed, live is %+v, %v", live, err)
	}
	if err := b.env.Remove(b.t.Context(), b.slot, &output{}); err == nil {
		b.t.Error("a slot that nothing was put aside in is removed")
	}
	b.isLive(good)
}

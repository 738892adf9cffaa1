package platformtest

import (
	"errors"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func evidence(b *bench) {
	began := time.Now()
	good := b.release("1.0.0", Good)
	b.deploy(good)
	_ = b.fails(b.release("1.1.0", Crashing), patience)
	found, err := b.env.Evidence(b.t.Context(), b.slot, began)
	if err != nil {
		b.t.Fatalf("evidence: %v", err)
	}
	if found.Taken.Before(began) || !strings.Contains(found.Live, "1.0.0") && !strings.Contains(found.Live, good.Image.Short()) {
		b.t.Errorf("evidence of what ran: %q at %s, want 1.0.0", found.Live, found.Taken)
	}
	if len(found.Events) == 0 {
		b.t.Error("evidence has no event")
	}
	if !strings.Contains(textOf(found), LastWords) {
		b.t.Errorf("what the release wrote before it ended is not in the evidence: %+v", found)
	}
	b.isLive(good)
}

// textOf is all of the evidence.
func textOf(e engine.Evidence) string {
	var all strings.Builder
	all.WriteString(e.Live + "\n" + strings.Join(e.Events, "\n"))
	for _, l := range e.Logs {
		all.WriteString("\n" + l.Name + "\n" + l.Text)
	}
	return all.String()
}

func migrationFails(b *bench) {
	image := b.world.Publish(b.t, b.env, b.slot, Image{What: "migration", Version: "1.0.0", Behaviour: Crashing})
	log := &output{}
	err := b.migrate(image, log)
	var verdict *engine.Verdict
	if !errors.As(err, &verdict) || verdict.FailedOver || !strings.Contains(verdict.Why, LastWords) {
		b.t.Fatalf("got %v, want a verdict that quotes %q\n%s", err, LastWords, log.String())
	}
	if !strings.Contains(log.String(), LastWords) {
		b.t.Errorf("the log says nothing of it: %s", log.String())
	}
	b.noVerdict(b.migrate(promotion.Digest("sha256:"+strings.Repeat("0123456789abcdef", 4)), &output{}), "a migration image that nobody pushed")
}

func teams(b *bench) {
	one, other := b.slot, b.slot
	one.Team, other.Team = "checkout", "billing"
	first, second := b.releaseIn(one, "1.0.0", Good), b.releaseIn(other, "2.0.0", Good)
	b.deployIn(one, first)
	b.deployIn(other, second)
	if got := b.answers(one); got != "1.0.0" {
		b.t.Errorf("the one team's slot answers %q", got)
	}
	if err := b.env.Stop(b.t.Context(), one, &output{}); err != nil {
		b.t.Fatal(err)
	}
	if got := b.answers(other); got != "2.0.0" {
		b.t.Errorf("the other team's slot answers %q once the one is stopped", got)
	}
}

func looks(b *bench) {
	look := func(when string) {
		b.t.Helper()
		before := b.world.Snapshot(b.t)
		b.look(b.world.Open(b.t))
		if after := b.world.Snapshot(b.t); after != before {
			b.t.Errorf("%s, looking has changed something:\n%s\nand before:\n%s", when, after, before)
		}
	}
	look("before the first deploy")
	b.deploy(b.release("1.0.0", Good))
	look("while something is live")
	if err := b.env.Stop(b.t.Context(), b.slot, &output{}); err != nil {
		b.t.Fatal(err)
	}
	look("once it is stopped")
}

// look asks all that one asks who only looks.
func (b *bench) look(e engine.Environment) {
	b.t.Helper()
	var view engine.View
	if v, viewable := e.(engine.Viewable); viewable {
		view = v.View()
	}
	live, repository := e.Live, e.Repository
	if view != nil {
		live, repository = view.Live, view.Repository
		for _, c := range view.Check(b.t.Context(), b.slot, true) {
			if c.State == engine.CheckWrong {
				b.t.Errorf("the check of the %s is wrong: %s", c.What, c.Detail)
			}
		}
	}
	if _, err := live(b.t.Context(), b.slot); err != nil {
		b.t.Errorf("what is live: %v", err)
	}
	if _, err := repository(b.t.Context(), b.slot, ""); err != nil && !errors.Is(err, engine.ErrNotYet) {
		b.t.Errorf("where are the images: %v", err)
	}
}

func stranger(b *bench) {
	slot := b.slot
	slot.Environment = "another"
	_, err := b.env.Live(b.t.Context(), slot)
	b.noVerdict(err, "what is live elsewhere")
	_, err = b.env.Repository(b.t.Context(), slot, "")
	b.noVerdict(err, "a repository of elsewhere")
	_, err = b.env.Deploy(b.t.Context(), engine.Rollout{Slot: slot, Release: promotion.Release{Service: slot.Service, Version: "1.0.0"}}, &output{})
	b.noVerdict(err, "a deploy elsewhere")
	if b.env.Name() != b.slot.Environment {
		b.t.Errorf("the environment of %s calls itself %q", b.slot, b.env.Name())
	}
}

func secrets(b *bench) {
	log := &output{}
	r := b.release("1.0.0", Good)
	if _, err := b.env.Deploy(b.t.Context(), engine.Rollout{Slot: b.slot, Release: r, HealthTimeout: patience}, log); err != nil {
		b.t.Fatalf("deploy: %v\n%s", err, log.String())
	}
	_ = b.fails(b.release("1.1.0", Crashing), patience)
	found, err := b.env.Evidence(b.t.Context(), b.slot, time.Time{})
	if err != nil {
		b.t.Fatal(err)
	}
	shown := log.String() + textOf(found)
	for _, secret := range b.env.Secrets() {
		if secret != "" && strings.Contains(shown, secret) {
			b.t.Error("a secret shows in the log or in the evidence")
		}
	}
}

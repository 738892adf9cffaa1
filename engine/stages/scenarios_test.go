package stages

import (
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// dev stands for where stubs are published, qa for prod: there a channel only moves to the stub that came along.
func TestScenarioProdFailsAfterTheStubWasPublished(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.pipeline.Environments[0].StubChannel, w.pipeline.Environments[1].StubChannel = "qa", "prod"
	w.must("dev/stub", "dev/publish", "qa/publish")
	good := w.run.Release
	w.wantChannels(good.Stub, good.Stub)

	w.run.Release = promotion.Release{Service: "items", Version: "1.2.0", Image: newer, Verification: good.Verification}
	w.must("dev/stub", "dev/publish")
	published := w.run.Release.Stub
	if published == good.Stub {
		t.Fatal("both releases have the same stub")
	}
	w.wantChannels(published, good.Stub) // and here the end-to-end tests of prod fail

	w.run.Plan.Revert = &promotion.Revert{From: newer, Target: &promotion.Deployment{Release: good}}
	w.must("qa/rollback")
	w.wantChannels(published, good.Stub)
	if live := w.places["qa"].live; live == nil || live.Image != good.Image {
		t.Errorf("live is %+v", live)
	}
}

// What the last good release published is in another store, or was cleaned up: a rollback must not fail of that, and nobody
// may test against what was rolled back.
func TestARollbackWhoseStubIsGoneEmptiesTheChannel(t *testing.T) {
	w := serving(t, calling(t, "BASE_URL", "/items"))
	w.pipeline.Environments[0].StubChannel, w.pipeline.Environments[1].StubChannel = "qa", "prod"
	w.must("dev/stub", "dev/publish", "qa/publish")
	w.wantChannels(w.run.Release.Stub, w.run.Release.Stub)
	good := w.run.Release
	good.Stub = promotion.Digest("sha256:" + strings.Repeat("0", 64))
	w.run.Plan.Revert = &promotion.Revert{From: newer, Target: &promotion.Deployment{Release: good}}
	w.must("qa/rollback")
	if _, err := w.stubs.Resolve(t.Context(), "items", "prod"); !errors.Is(err, stubs.ErrNone) {
		t.Errorf("prod is not empty: %v", err)
	}
	if live := w.places["qa"].live; live == nil || live.Image != good.Image {
		t.Errorf("live is %+v", live)
	}
}

func (w *world) wantChannels(qa, prod promotion.Digest) {
	w.t.Helper()
	for channel, want := range map[string]promotion.Digest{"qa": qa, "prod": prod} {
		if got, err := w.stubs.Resolve(w.t.Context(), "items", channel); err != nil || got != want {
			w.t.Errorf("channel %s points at %s (%v), want %s", channel, got.Short(), err, want.Short())
		}
	}
}

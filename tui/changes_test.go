package tui

import (
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/keys"
)

// otherThanLastGood is what the failing release of the stories would differ in.
func otherThanLastGood(now time.Time) engine.Changes {
	return engine.Changes{
		Environment: "qa", Since: &promotion.Deployment{Run: 41, Release: promotion.Release{Service: "orders", Version: "1.7.4", Commit: "d7fb9410000"}},
		Commits: []engine.Commit{
			{Hash: "f60728e000", Subject: "Bulk discount", Author: "Grace Hopper <grace@example.org>", At: now.Add(-40 * time.Minute)},
			{Hash: "91ab4c1000", Subject: "Discounts have a test of their own, which nobody had asked for and everybody wanted", Author: "Ada <ada@example.org>", At: now.Add(-3 * time.Hour)},
		},
		Files:        []string{"services/orders/discount.go", "services/orders/discount_test.go", "services/orders/go.mod"},
		Layers:       &engine.LayerChange{Kept: 3, Added: 1, Removed: 1, AddedBytes: 4_100_000},
		Settings:     []engine.SettingChange{{Key: "environment.qa.stage.e2e.retries", From: "1", To: "0"}},
		Dependencies: []engine.VersionChange{{Name: "github.com/shopspring/decimal", From: "v1.3.1", To: "v1.4.0"}, {Name: "stub inventory@qa", From: "93ab112", To: "0f22aa1"}},
	}
}

func TestTheInspectorShowsWhatSetsAFailedReleaseApart(t *testing.T) {
	c := open(t, situation.QAFailed(), 120, 60)
	c.engine.Differs(otherThanLastGood(c.now))
	c.press("enter")
	c.sees("Changed since", "1.7.4 d7fb941, last good in QA (run 41)", "f60728e Bulk discount", "Grace Hopper, 40m",
		"3 files: services/orders/discount.go", "1 of 4 layers new (4.1 MB)", "environment.qa.stage.e2e.retries: 1 → 0", "decimal v1.3.1 → v1.4.0", "stub inventory@qa 93ab112 → 0f22aa1")
	c.press("enter")
	if c.m.screen != keys.Log { // from the board to the cause: two keys
		t.Errorf("the second key leads to %v", c.m.screen)
	}
}

func TestTheInspectorSaysWhenThereIsNothingToCompareWith(t *testing.T) {
	c := open(t, situation.QAFailed(), 120, 60)
	c.engine.Differs(engine.Changes{First: "qa", Without: "no release of orders was ever good in qa, and none was live: there is nothing to compare this one with"})
	c.press("enter")
	c.sees("What has changed", "no release of orders was ever good in qa", "nothing to compare this one with")
	c.seesNot("Changed since")
}

func TestAConsoleThatOpensOnARunThatWaitsForAPersonShowsWhy(t *testing.T) {
	c := openAsItIs(t, situation.Stalled(), 120, 40)
	c.sees("dev/acceptance stalled", "keys work when you pause")
	c = openAsItIs(t, situation.OnHold(), 120, 40) // a countdown waits for a person, and not for long
	c.sees("prod/acceptance failed", "GET /orders/1 answered 502", "rolled back in 8m12s → 1.7.4 d7fb941")
	if c.m.screen != keys.Inspector {
		t.Errorf("what is rolled back when a countdown ends is opened on %v", c.m.screen)
	}
	c = openAsItIs(t, situation.QAFailed(), 120, 40)
	c.sees("Build", "QA", "Prod")
	if c.m.screen != keys.Board {
		t.Error("a run that needs nobody takes the board away")
	}
}

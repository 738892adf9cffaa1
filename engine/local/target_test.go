package local

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// passed is a slot where these versions passed one after the other, and the newest is live.
func passed(versions ...string) promotion.SlotState {
	s := promotion.SlotState{Slot: promotion.Slot{Environment: "prod", Service: "orders"}, Vetoed: map[promotion.Digest]promotion.Veto{}}
	for _, v := range versions {
		d := promotion.Deployment{Release: promotion.Release{Version: v, Image: promotion.Digest("sha256:" + v)}}
		s.History, s.Good = append(s.History, d), append(s.Good, d)
		s.Live, s.LastGood = &d, &d
	}
	return s
}

// rolledBack is the slot after a rollback to what target said.
func rolledBack(s promotion.SlotState, to *promotion.Deployment) promotion.SlotState {
	s.Vetoed[s.Live.Release.Image] = promotion.Veto{By: 9}
	s.Live, s.LastGood = to, to
	return s
}

func TestRollingBackAgainGoesFurtherBack(t *testing.T) {
	s := passed("1.0.0", "1.1.0", "1.2.0")
	for _, version := range []string{"1.1.0", "1.0.0"} {
		to, refused := target(s, "")
		if refused != "" || to == nil || to.Release.Version != version {
			t.Fatalf("from %s back to %+v (%s), want %s", s.Live.Release.Version, to, refused, version)
		}
		s = rolledBack(s, to)
	}
	// Both that are left were rolled back themselves: a person must name one to have it again.
	if to, refused := target(s, ""); to != nil || !strings.Contains(refused, "--to") {
		t.Errorf("from the first release back to %+v (%q)", to, refused)
	}
	if to, refused := target(s, "1.2.0"); refused != "" || to.Release.Version != "1.2.0" {
		t.Errorf("asked for 1.2.0: %+v (%q)", to, refused)
	}
}

func TestAReleaseThatNeverWasThereIsNoTarget(t *testing.T) {
	if to, refused := target(passed("1.0.0"), "9.9.9"); to != nil || !strings.Contains(refused, "9.9.9") {
		t.Errorf("got %+v (%q)", to, refused)
	}
}

func TestWhereNothingElseWasEverLiveNoOtherReleaseIsAskedFor(t *testing.T) {
	if to, refused := target(passed("1.0.0"), ""); to != nil || !strings.Contains(refused, "there is nothing to go back to: promote another one") || strings.Contains(refused, "--to") {
		t.Errorf("got %+v (%q)", to, refused)
	}
}

func TestATargetFromBeforeSomethingWasTakenAwayIsWarnedOf(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	release := func(version string, hour int, contracts ...string) promotion.Deployment {
		return promotion.Deployment{Since: noon.Add(time.Duration(hour) * time.Hour), Release: promotion.Release{Version: version, Contracts: contracts}}
	}
	old, contracting := release("1.0.0", 0), release("1.1.0", 2, "2.sql")
	s := promotion.SlotState{Contracts: []promotion.Contract{{Name: "1.sql", Release: "0.9.0", At: noon.Add(-time.Hour)}, {Name: "2.sql", Release: "1.1.0", At: noon.Add(time.Hour)}}}
	if said := warnings(s, old); len(said) != 1 || !strings.Contains(said[0], "1.1.0") || !strings.Contains(said[0], "2.sql") {
		t.Errorf("going back to 1.0.0 it says %q", said)
	}
	if said := warnings(s, contracting); len(said) > 0 {
		t.Errorf("going back to 1.1.0 it says %q", said)
	}
}

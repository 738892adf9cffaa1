package present_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

func ended(at time.Time, took time.Duration, outcome promotion.Outcome) promotion.Run {
	return promotion.Run{Plan: promotion.Plan{Kind: promotion.Promotion, Service: "orders"}, Started: at.Add(-took), Finished: at, Outcome: outcome}
}

func TestTheDaysAreCountedAsTheyWere(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	drill := ended(now, time.Minute, promotion.Succeeded)
	drill.Plan.Drill = &promotion.Drill{Stage: "qa/deploy", How: "fail"}
	unclean := ended(now, time.Minute, promotion.Succeeded)
	unclean.Release.Dirty = "abc"
	rollback := ended(now, time.Minute, promotion.RolledBack)
	rollback.Plan.Kind = promotion.Rollback
	runs := []promotion.Run{
		ended(now, 2*time.Minute, promotion.Succeeded), ended(now.Add(-time.Hour), 4*time.Minute, promotion.Succeeded), ended(now.Add(-2*time.Hour), 9*time.Minute, promotion.Succeeded),
		ended(now.AddDate(0, 0, -1), time.Minute, promotion.RolledBack), ended(now.AddDate(0, 0, -6), time.Minute, promotion.Failed),
		ended(now.AddDate(0, 0, -7), time.Minute, promotion.Failed), ended(now, time.Minute, promotion.Superseded), drill, unclean, rollback,
		{Plan: promotion.Plan{Kind: promotion.Promotion}, Started: now},
	}
	week := present.NewTrends(runs, now, 7, 60)
	if got := week.Trends[0].Values; !slices.Equal(got, []float64{0, 0, 0, 0, 0, 0, 3}) {
		t.Errorf("succeeded: %v", got)
	}
	if got := week.Trends[1].Values; !slices.Equal(got, []float64{1, 0, 0, 0, 0, 1, 0}) {
		t.Errorf("went wrong: %v", got)
	}
	if got := week.Trends[2]; got.Values[6] != 240 || got.Of != "median 4m00s, at most 9m00s" {
		t.Errorf("took: %+v", got)
	}
	if week.First() != "8 Mar" || week.Last() != "14 Mar" {
		t.Errorf("from %s to %s", week.First(), week.Last())
	}
	quarter := present.NewTrends(runs, now, 90, 40)
	if n := len(quarter.Trends[0].Values); n > 40 || n*quarter.Days < 90 || quarter.Trends[0].Values[n-1] != 3 {
		t.Errorf("%d buckets of %d days: %v", n, quarter.Days, quarter.Trends[0].Values)
	}
}

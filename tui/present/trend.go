package present

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Trend is how something went over time: a value for each of some days of equal length, the oldest first.
type Trend struct {
	Name       string
	Definition string
	Values     []float64
	Of         string // what it is made of, and its highest value: "12 in all, at most 4 a day"
	Role       theme.Role
}

// Trends are a window of time, cut into buckets of whole days.
type Trends struct {
	From   time.Time // the beginning of the first bucket, a midnight
	Days   int       // in a bucket
	Trends []Trend
}

// First and Last are the days that the trends begin and end with.
func (t Trends) First() string { return t.From.Format("2 Jan") }

// Last is the first day of the last bucket.
func (t Trends) Last() string {
	if len(t.Trends) == 0 {
		return ""
	}
	return t.From.AddDate(0, 0, t.Days*(len(t.Trends[0].Values)-1)).Format("2 Jan")
}

// NewTrends counts how the promotions that ended in a window of days went, in at most so many buckets. What numbers leave
// out is left out here: drills, and what was built from an unclean tree.
func NewTrends(runs []promotion.Run, now time.Time, days, most int) Trends {
	now = now.Local()
	each := max(1, (days+max(1, most)-1)/max(1, most))
	n := (days + each - 1) / each
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	t := Trends{From: midnight.AddDate(0, 0, 1-n*each), Days: each}
	good, bad, lasted := make([]float64, n), make([]float64, n), make([][]time.Duration, n)
	for _, run := range runs {
		if run.Plan.Kind != promotion.Promotion || !run.Done() || run.Plan.Rehearsal() || run.Release.Dirty != "" || run.Finished.Before(t.From) {
			continue
		}
		i := bucket(t.From, run.Finished.Local(), each)
		if i < 0 || i >= n {
			continue
		}
		switch run.Outcome {
		case promotion.Succeeded:
			good[i]++
			lasted[i] = append(lasted[i], run.Finished.Sub(run.Started))
		case promotion.Failed, promotion.RolledBack, promotion.RollbackFailed:
			bad[i]++
		}
	}
	took := make([]float64, n)
	var all []time.Duration
	for i, times := range lasted {
		if len(times) > 0 {
			took[i] = median(times).Seconds()
			all = append(all, times...)
		}
	}
	t.Trends = []Trend{
		howMany("succeeded", "promotions that passed all their environments", good, each, theme.Good),
		howMany("went wrong", "promotions that failed, or were rolled back as the policy says", bad, each, theme.Bad),
		{Name: "took", Definition: "from the start to the end of those that succeeded; the median", Values: took, Role: theme.Busy, Of: tookOf(all)},
	}
	return t
}

// bucket is the number of whole buckets of days between two local times, however long a day is.
func bucket(from, at time.Time, days int) int {
	a := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	b := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	if b.Before(a) {
		return -1
	}
	return int(b.Sub(a)/(24*time.Hour)) / days
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}

func howMany(name, definition string, values []float64, days int, role theme.Role) Trend {
	all, most := 0.0, 0.0
	for _, v := range values {
		all += v
		most = max(most, v)
	}
	t := Trend{Name: name, Definition: definition, Values: values, Role: role, Of: "none"}
	if all > 0 {
		per := "a day"
		if days > 1 {
			per = fmt.Sprintf("in %d days", days)
		}
		t.Of = fmt.Sprintf("%.0f in all, at most %.0f %s", all, most, per)
	}
	return t
}

func tookOf(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	return fmt.Sprintf("median %s, at most %s", Elapsed(median(all)), Elapsed(slices.Max(all)))
}

// Extents are the median and the 95th percentile of figures in seconds, 0 where there is none, and the longest of all.
func Extents(figures []engine.Figure) (medians, p95s []float64, longest float64) {
	for _, f := range figures {
		median, p95 := 0.0, 0.0
		if f.Value != nil {
			median = *f.Value
		}
		if f.P95 != nil {
			p95 = *f.P95
		}
		medians, p95s, longest = append(medians, median), append(p95s, p95), max(longest, median, p95)
	}
	return medians, p95s, longest
}

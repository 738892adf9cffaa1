package journal

import (
	"slices"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func BenchmarkAppend(b *testing.B) {
	j := open(b, b.TempDir())
	appendAll(b, j, start(1, "orders"))
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		appendAll(b, j, started(1, "build/build"))
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
}

// tenThousandRuns fills a journal with finished runs of 40 events each.
func tenThousandRuns(b *testing.B, dir string) {
	j, err := Open(dir, clock)
	if err != nil {
		b.Fatal(err)
	}
	var events []promotion.Event
	for run := promotion.RunID(1); run <= 10_000; run++ {
		events = append(events, start(run, "orders"))
		for range 38 {
			events = append(events, started(run, "build/build"))
		}
		events = append(events, finished(run, promotion.Succeeded))
		if run%100 == 0 {
			appendAll(b, j, events...)
			events = events[:0]
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkTenThousandRuns(b *testing.B) {
	dir := b.TempDir()
	tenThousandRuns(b, dir)
	b.Run("open and list the newest 60", func(b *testing.B) {
		for b.Loop() {
			r, err := OpenReader(dir)
			if err != nil {
				b.Fatal(err)
			}
			runs, err := r.Latest(b.Context(), "", 60)
			if err != nil || len(runs) != 60 {
				b.Fatal(len(runs), err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open and list all", func(b *testing.B) {
		for b.Loop() {
			r, err := OpenReader(dir)
			if err != nil {
				b.Fatal(err)
			}
			if runs, err := r.Runs(b.Context(), Filter{}); err != nil || len(runs) != 10_000 {
				b.Fatal(len(runs), err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream all events", func(b *testing.B) {
		r, err := OpenReader(dir)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		for b.Loop() {
			if err := r.All(b.Context(), func(promotion.Event) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

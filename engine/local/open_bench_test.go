package local

import (
	"runtime"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/journal/journaltest"
)

// BenchmarkOpen opens an engine on a journal of 10,000 promotions and shows what a console shows first.
func BenchmarkOpen(b *testing.B) {
	h := newHome(b)
	o := h.options()
	events := journaltest.Fill(b, o.State, o.Pipeline, 10_000, nil)
	began := time.Now()
	e, err := Open(b.Context(), o) // folds everything, and leaves a checkpoint
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events of %d runs; without a checkpoint it opens in %s", events, e.ledger.Newest(), time.Since(began))
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func() (*Engine, error){
		"to work": func() (*Engine, error) { return Open(b.Context(), o) },
		"to look": func() (*Engine, error) { return Read(b.Context(), o) },
	} {
		b.Run(name, func(b *testing.B) {
			var held uint64
			for b.Loop() {
				b.StopTimer()
				before := heap()
				b.StartTimer()
				e, err := open()
				if err != nil {
					b.Fatal(err)
				}
				if n := len(e.Snapshot().Runs); n != 60 {
					b.Fatalf("it shows %d runs", n)
				}
				b.StopTimer()
				held = heap() - before
				if err := e.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(held)/(1<<20), "MiB-held")
		})
	}
}

// heap is what is in use once all that is not is gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

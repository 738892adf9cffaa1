package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal/journaltest"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// What a company with many services sees: so many of them in one repository, and so many promotions behind them.
const (
	manyServices   = 200
	manyPromotions = 10_000
)

// newCompany is a house with many services and a long past. With GANTRY_COMPANY=DIR it is made there, and found there
// the next time: to make it takes a minute.
func newCompany(b *testing.B) *house {
	b.Helper()
	h := emptyHouse(b)
	if dir := os.Getenv("GANTRY_COMPANY"); dir != "" {
		h.dir = filepath.Join(dir, "checkout")
		if _, err := os.Stat(h.dir); err == nil {
			return h
		}
	}
	h.write("config.toml", journaltest.Config(manyServices))
	h.write(".gitignore", ".gantry\n")
	for i := range manyServices {
		for _, name := range []string{"openapi.yaml", "VERSION"} {
			h.write(fmt.Sprintf("services/service-%03d/%s", i, name), "1.0.0\n")
		}
	}
	h.git("init", "-q", "-b", "main")
	h.commit("Everything")
	pipeline, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		b.Fatal(err)
	}
	journaltest.Fill(b, filepath.Join(h.dir, ".gantry"), pipeline, manyPromotions, func(s config.Service) promotion.Source {
		head, err := source.Head(b.Context(), s.Path, pipeline.Branch)
		if err != nil {
			b.Fatal(err)
		}
		head.Version = "1.0.0"
		return head
	})
	h.mustRun(0, "runs", "service-000") // leaves a checkpoint
	return h
}

// quantile is what so many in a hundred took at most.
func quantile(took []time.Duration, in100 int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[max(0, (len(sorted)*in100+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkFirstFrame starts the console over a long past, in turn with the barest program of Bubble Tea.
func BenchmarkFirstFrame(b *testing.B) {
	h := newCompany(b)
	bare := filepath.Join(b.TempDir(), "bare")
	h.build(bare, "./tui/internal/bare")
	var ours, theirs []time.Duration
	start := func(program string, full func(string) bool) time.Duration {
		began := time.Now()
		c := onTerminal(b, h.dir, 160, 48, program)
		c.waitFor("first full frame", patience, full)
		took := time.Since(began)
		c.settle(time.Second)
		c.press("q")
		if code := c.exitCode(); code != 0 {
			b.Fatalf("%s ended with %d", program, code)
		}
		return took
	}
	start(h.gantry, fullFrame) // and whatever the first one starts for the others
	for b.Loop() {
		theirs = append(theirs, start(bare, func(screen string) bool { return strings.Contains(screen, "q quit") }))
		ours = append(ours, start(h.gantry, fullFrame))
	}
	b.ReportMetric(milliseconds(quantile(ours, 50)), "first-frame-ms")
	b.ReportMetric(milliseconds(quantile(theirs, 50)), "bare-ms")
	b.ReportMetric(float64(quantile(ours, 50))/float64(quantile(theirs, 50)), "ours/bare")
	b.ReportMetric(0, "ns/op")
}

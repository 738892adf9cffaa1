package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// BenchmarkPipeline promotes inventory to Prod with a warm build cache and prints how long the whole took against its own
// work, and what Gantry itself added per stage. A stage's own work is what lies between the start of its first step and
// the end of its last one (checkout, the commands, pack; fetch, the suite); of a stage without steps (push, migrate,
// deploy, copy…) it is the stage. The rest is Gantry's own: deciding, journalling, waiting for nothing.
func BenchmarkPipeline(b *testing.B) {
	h := newHouse(b)
	h.mustRun(commandline.Done, "run", "inventory")
	var whole, work time.Duration
	stages, n := 0, 0
	for b.Loop() {
		n++
		h.write("environments/sandbox/services/inventory/VERSION", fmt.Sprintf("1.0.%d\n", n))
		h.commit("once more")
		took, own, count := measure(b, h.mustRun(commandline.Done, "run", "inventory", "--output", "json"))
		whole, work, stages = whole+took, work+own, stages+count
	}
	b.ReportMetric(whole.Seconds()/work.Seconds(), "whole/work")
	b.ReportMetric(float64((whole-work).Milliseconds())/float64(stages), "own-ms/stage")
	b.ReportMetric(0, "ns/op")
}

// measure reads a run's events.
func measure(b *testing.B, lines string) (whole, work time.Duration, stages int) {
	b.Helper()
	var started, first, last, stage time.Time
	scanner := bufio.NewScanner(strings.NewReader(lines))
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e struct {
			At   time.Time
			Type promotion.EventType
		}
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			b.Fatalf("%v in %s", err, scanner.Text())
		}
		switch e.Type {
		case promotion.RunStarted:
			started = e.At
		case promotion.StageStarted:
			stage, first, last = e.At, time.Time{}, time.Time{}
		case promotion.StepStarted:
			if first.IsZero() {
				first = e.At
			}
		case promotion.StepFinished:
			last = e.At
		case promotion.StageSucceeded:
			if first.IsZero() {
				first, last = stage, e.At
			}
			work, stages, whole = work+last.Sub(first), stages+1, e.At.Sub(started)
		}
	}
	return whole, work, stages
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// BenchmarkPipeline promotes inventory to Prod with a warm build cache and prints where the time goes, by the journal's
// events. docs/performance.md says what each figure counts.
func BenchmarkPipeline(b *testing.B) {
	h := newHouse(b)
	h.mustRun(commandline.Done, "run", "inventory")
	pipeline, err := config.Load(filepath.Join(h.dir, "config.toml"))
	if err != nil {
		b.Fatal(err)
	}
	var sum spent
	runs := 0
	for b.Loop() {
		runs++
		h.write("environments/sandbox/services/inventory/VERSION", fmt.Sprintf("1.0.%d\n", runs))
		h.commit("once more")
		sum.add(b, pipeline.Service("inventory"), h.mustRun(commandline.Done, "run", "inventory", "--output", "json"))
	}
	own := sum.whole - sum.commands - sum.carrying - sum.platform
	b.ReportMetric(sum.whole.Seconds()/(sum.whole-own).Seconds(), "whole/work")
	b.ReportMetric(sum.whole.Seconds()/(sum.commands+sum.platform).Seconds(), "whole/commands+platform")
	b.ReportMetric(own.Seconds()*1000/float64(sum.stages), "own-ms/stage")
	b.ReportMetric(sum.carrying.Seconds()*1000/float64(sum.stages), "carrying-ms/stage")
	b.ReportMetric(sum.platform.Seconds()*1000/float64(runs), "platform-ms/run")
	b.ReportMetric(sum.commands.Seconds()/float64(runs), "commands-s/run")
	b.ReportMetric(sum.whole.Seconds()/float64(runs), "s/run")
	b.ReportMetric(0, "ns/op")
}

// spent is where the time of promotions went.
type spent struct {
	whole    time.Duration // from the run's start to its end
	commands time.Duration // the longest chain of the service's own commands, over what they need; summed over the stages
	carrying time.Duration // checkout, pack and fetch: what Gantry does to bring a release from here to there
	platform time.Duration // stages without steps: push, copy, migrate, deploy, stub, publish
	stages   int
}

// line is one event as gantry run prints it.
type line struct {
	At    time.Time
	Type  promotion.EventType
	Stage promotion.StageID
	Step  *promotion.Step
}

// add counts the events of one more run of a service.
func (s *spent) add(b *testing.B, service config.Service, events string) {
	b.Helper()
	needs := map[string][]string{}
	for _, step := range service.Build.Steps {
		needs[step.Name] = step.Needs
	}
	var began, started time.Time
	took := map[string]time.Duration{} // of the present stage, by step
	scanner := bufio.NewScanner(strings.NewReader(events))
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e line
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			b.Fatalf("%v in %s", err, scanner.Text())
		}
		switch e.Type {
		case promotion.RunStarted:
			began = e.At
		case promotion.StageStarted:
			started = e.At
			clear(took)
		case promotion.StepFinished:
			took[e.Step.Name] = time.Duration(e.Step.Elapsed)
		case promotion.StageSucceeded:
			s.stages++
			s.stage(took, needs, e.At.Sub(started))
		case promotion.RunFinished:
			s.whole += e.At.Sub(began)
		}
	}
}

// stage counts one stage, by how long its steps took and how long it took itself.
func (s *spent) stage(took map[string]time.Duration, needs map[string][]string, whole time.Duration) {
	if len(took) == 0 {
		s.platform += whole
		return
	}
	var longest time.Duration
	for name, elapsed := range took {
		if name == "checkout" || name == "pack" || name == "fetch" {
			s.carrying += elapsed
			continue
		}
		longest = max(longest, chain(name, took, needs))
	}
	s.commands += longest
}

// chain is how long a step and what it needs take one after the other.
func chain(name string, took map[string]time.Duration, needs map[string][]string) time.Duration {
	var before time.Duration
	for _, need := range needs[name] {
		before = max(before, chain(need, took, needs))
	}
	return before + took[name]
}

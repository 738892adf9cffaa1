package local

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// remembered is how many past durations of a stage its expectation is made of.
const remembered = 9

// durations are the newest successful durations of one stage, newest last.
type durations []time.Duration

// learn takes a success into account. Drills teach nothing.
func (e *Engine) learn(event promotion.Event) {
	run := e.ledger.Run(event.Run)
	stage, found := run.Stage(event.Stage)
	if !found || run.Plan.Drill != nil || run.Plan.Kind != promotion.Promotion {
		return
	}
	last := stage.Last()
	service := run.Plan.Service
	if e.past[service] == nil {
		e.past[service] = map[promotion.StageID]durations{}
	}
	past := e.past[service]
	past[event.Stage] = append(past[event.Stage], last.Ended.Sub(last.Started))
	past[event.Stage] = past[event.Stage][max(0, len(past[event.Stage])-remembered):]
	if e.expected[service] == nil {
		e.expected[service] = map[promotion.StageID]time.Duration{}
	}
	e.expected[service][event.Stage] = median(e.past[service][event.Stage])
}

// expectations is a copy of what is expected. The caller holds mu.
func (e *Engine) expectations() map[string]map[promotion.StageID]time.Duration {
	copied := make(map[string]map[promotion.StageID]time.Duration, len(e.expected))
	for service, stages := range e.expected {
		copied[service] = make(map[promotion.StageID]time.Duration, len(stages))
		for stage, d := range stages {
			copied[service][stage] = d
		}
	}
	return copied
}

func median(d durations) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

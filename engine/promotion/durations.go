package promotion

import (
	"slices"
	"time"
)

// paced is how many past durations of a stage its expectation is made of.
const paced = 9

// learn takes a stage's success into account. Rehearsals teach nothing.
func (l *Ledger) learn(run *Run, id StageID) {
	stage, found := run.Stage(id)
	if !found || run.Plan.Drill != nil || run.Plan.Kind != Promotion {
		return
	}
	stages := l.durations[run.Plan.Service]
	if stages == nil {
		stages = map[StageID][]Duration{}
		l.durations[run.Plan.Service] = stages
	}
	last := stage.Last()
	stages[id] = append(stages[id], Duration(last.Ended.Sub(last.Started)))
	stages[id] = stages[id][max(0, len(stages[id])-paced):]
}

// Expected is how long the stages of each service take: the median of their newest successes.
func (l *Ledger) Expected() map[string]map[StageID]time.Duration {
	expected := make(map[string]map[StageID]time.Duration, len(l.durations))
	for service, stages := range l.durations {
		expected[service] = make(map[StageID]time.Duration, len(stages))
		for id, past := range stages {
			expected[service][id] = median(past)
		}
	}
	return expected
}

func median(past []Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(past))
	return time.Duration(sorted[len(sorted)/2])
}

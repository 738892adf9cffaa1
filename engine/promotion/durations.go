package promotion

import (
	"slices"
	"time"
)

const (
	// paced is how many past durations of a stage its expectation is made of: the fewest of which a 95th percentile is not
	// simply the longest.
	paced = 20
	// enough is how many there must be before any duration is called unusual.
	enough = 5
)

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
	l.expected, l.usual = nil, nil
}

// Expected is how long the stages of each service take: the median of their newest successes. Nobody may change it.
func (l *Ledger) Expected() map[string]map[StageID]time.Duration {
	if l.expected == nil {
		l.expected = l.pace(1, func(sorted []Duration) Duration { return sorted[len(sorted)/2] })
	}
	return l.expected
}

// Usual is what 95 in 100 of the newest successes of each service's stages took at most: past that one is slow. A stage
// that has succeeded too rarely to say is not in it. Nobody may change it.
func (l *Ledger) Usual() map[string]map[StageID]time.Duration {
	if l.usual == nil {
		l.usual = l.pace(enough, func(sorted []Duration) Duration { return sorted[(len(sorted)*95+99)/100-1] })
	}
	return l.usual
}

// pace gives a figure of each stage that has succeeded often enough.
func (l *Ledger) pace(least int, figure func(sorted []Duration) Duration) map[string]map[StageID]time.Duration {
	all := make(map[string]map[StageID]time.Duration, len(l.durations))
	for service, stages := range l.durations {
		all[service] = make(map[StageID]time.Duration, len(stages))
		for id, past := range stages {
			if len(past) >= least {
				all[service][id] = time.Duration(figure(slices.Sorted(slices.Values(past))))
			}
		}
	}
	return all
}

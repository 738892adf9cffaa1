package promotion

import (
	"maps"
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
	last := stage.Last()
	l.took(run.Plan.Service, id, Duration(last.Ended.Sub(last.Started)))
}

// took takes one more duration of a service's stage into account.
func (l *Ledger) took(service string, id StageID, d Duration) {
	l.recall(service)
	stages := l.durations[service]
	if stages == nil {
		stages = map[StageID][]Duration{}
		l.durations[service] = stages
	}
	stages[id] = append(stages[id], d)
	stages[id] = stages[id][max(0, len(stages[id])-paced):]
	if l.lentPace {
		l.expected, l.usual = maps.Clone(l.expected), maps.Clone(l.usual)
		l.expected[service], l.usual[service] = maps.Clone(l.expected[service]), maps.Clone(l.usual[service])
	}
	if l.expected[service] == nil {
		l.expected[service], l.usual[service] = map[StageID]time.Duration{}, map[StageID]time.Duration{}
	}
	sorted := slices.Sorted(slices.Values(stages[id]))
	l.expected[service][id] = time.Duration(sorted[len(sorted)/2])
	if len(sorted) >= enough {
		l.usual[service][id] = time.Duration(sorted[(len(sorted)*95+99)/100-1])
	}
}

// Expected is how long the stages of each service take: the median of their newest successes. Nobody may change it.
func (l *Ledger) Expected() map[string]map[StageID]time.Duration {
	l.lentPace = true
	return l.expected
}

// Usual is what 95 in 100 of the newest successes of each service's stages took at most: past that one is slow. A stage
// that has succeeded too rarely to say is not in it. Nobody may change it.
func (l *Ledger) Usual() map[string]map[StageID]time.Duration {
	l.lentPace = true
	return l.usual
}

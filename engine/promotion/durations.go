package promotion

import (
	"fmt"
	"maps"
	"slices"
	"sync"
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
	if l.lentPaces {
		l.paces, l.lentPaces = maps.Clone(l.paces), false
	}
	sorted := slices.Sorted(slices.Values(stages[id]))
	pace := Pace{Expected: time.Duration(sorted[len(sorted)/2])}
	if len(sorted) >= enough {
		pace.Usual = time.Duration(sorted[(len(sorted)*95+99)/100-1])
	}
	l.paces[service] = l.paces[service].with(id, pace)
}

// Pace is how long a stage takes.
type Pace struct {
	Expected time.Duration `json:"expected"`        // the median of its newest successes; 0 when there is none
	Usual    time.Duration `json:"usual,omitempty"` // what 95 in 100 of them took at most; 0 when they are too few to say
}

// Paces are how long the stages of each service take. The zero Paces knows none. Nobody changes what it says.
type Paces struct{ services map[string]*servicePaces }

// NewPaces says what is given, by service.
func NewPaces(services map[string]map[StageID]Pace) Paces {
	p := Paces{services: map[string]*servicePaces{}}
	for service, stages := range services {
		p.services[service] = &servicePaces{stages: stages}
	}
	return p
}

// Of is how long a stage of a service takes; zero when nothing is known of it.
func (p Paces) Of(service string, stage StageID) Pace { return p.services[service].read()[stage] }

// servicePaces are a service's, as a checkpoint says them until somebody asks: of hundreds of services few are on a screen.
type servicePaces struct {
	packed []byte // nil once it is read, or where it was never packed
	once   sync.Once
	stages map[StageID]Pace
}

func (s *servicePaces) read() map[StageID]Pace {
	if s == nil {
		return nil
	}
	s.once.Do(func() {
		if s.packed == nil {
			return
		}
		if err := reads.Unmarshal(s.packed, &s.stages); err != nil { // it was sealed by this very program, as with recall
			panic(fmt.Sprintf("how long stages take cannot be read from a checkpoint: %v", err))
		}
	})
	return s.stages
}

// with is the same with another pace of one stage.
func (s *servicePaces) with(id StageID, pace Pace) *servicePaces {
	stages := maps.Clone(s.read())
	if stages == nil {
		stages = map[StageID]Pace{}
	}
	stages[id] = pace
	return &servicePaces{stages: stages}
}

// pack is what a checkpoint says. The same paces are always the same bytes.
func (s *servicePaces) pack() ([]byte, error) {
	if s.packed != nil {
		return s.packed, nil
	}
	return writes.Marshal(s.stages)
}

// Paces is how long the stages of each service take.
func (l *Ledger) Paces() Paces {
	l.lentPaces = true
	return Paces{l.paces}
}

package present

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// noticed is by how much a stage must be late before it is said: less is within a glance of the clock.
const noticed = time.Second

// expected is how long a stage takes; 0 when none of its kind has succeeded yet.
func (w *World) expected(run promotion.Run, stage promotion.StageID) time.Duration {
	return w.Snapshot.Paces.Of(run.Plan.Service, stage).Expected
}

// testsBefore is how many tests the stage ran in the newest run of the service in which it succeeded; 0 unknown.
func (w *World) testsBefore(run promotion.Run, stage promotion.StageID) int {
	for _, earlier := range w.Snapshot.Runs {
		if earlier.ID >= run.ID || earlier.Plan.Service != run.Plan.Service {
			continue
		}
		if s, found := earlier.Stage(stage); found && s.State == promotion.StateSucceeded {
			t := sofar(s.Last().Steps, nil)
			if result := s.Last().Result; result != nil && result.Tests != nil {
				t = *result.Tests
			}
			return t.Passed + t.Failed + t.Skipped
		}
	}
	return 0
}

// slow says that a running stage takes longer than it usually does; "" when it does not, or nobody can tell.
func (w *World) slow(run promotion.Run, s promotion.StageState, now time.Time) string {
	at, known := w.slowAt(run, s)
	if !known || now.Before(at) {
		return ""
	}
	return "slower than usual (p95 " + Elapsed(w.Snapshot.Paces.Of(run.Plan.Service, s.ID).Usual) + ")"
}

// slowAt is when a running stage has taken longer than it usually does.
func (w *World) slowAt(run promotion.Run, s promotion.StageState) (time.Time, bool) {
	usual := w.Snapshot.Paces.Of(run.Plan.Service, s.ID).Usual
	if usual <= 0 || s.State != promotion.StateRunning {
		return time.Time{}, false
	}
	return s.Last().Started.Add(usual + noticed), true
}

// Slow is a running stage that takes, or will take, longer than usual.
type Slow struct {
	Run     promotion.RunID
	Stage   promotion.StageID
	Attempt int
	At      time.Time // from then on
	Text    string    // a sentence
}

// Slows are the running stages of which it is known when they are slower than usual.
func (w *World) Slows() []Slow {
	var all []Slow
	for _, run := range w.Snapshot.Runs {
		if run.Done() {
			continue
		}
		_, stage, more := run.Current()
		if !more {
			continue
		}
		if at, known := w.slowAt(run, stage); known {
			all = append(all, Slow{Run: run.ID, Stage: stage.ID, Attempt: stage.Last().N, At: at,
				Text: string(stage.ID) + " is " + w.slow(run, stage, at)})
		}
	}
	return all
}

// Pace is how much of what is on the screen moves by itself.
type Pace int

// The paces.
const (
	Still   Pace = iota // only ages move
	Waiting             // clocks and countdowns
	Moving              // something runs
)

// Pace tells how soon the screen has to be looked at again.
func (w *World) Pace() Pace {
	pace := Still
	for _, run := range w.Snapshot.Runs {
		if run.Done() {
			continue
		}
		if _, stage, more := run.Current(); more && stage.State == promotion.StateRunning {
			return Moving
		}
		pace = Waiting
	}
	return pace
}

// NextAge is how long it takes until an age on the screen is another one: at most an hour.
func (w *World) NextAge(now time.Time) time.Duration {
	next := time.Hour
	look := func(then time.Time) {
		if then.IsZero() || then.After(now) {
			return
		}
		step := time.Minute
		if now.Sub(then) >= time.Hour {
			step = time.Hour
		}
		next = min(next, step-now.Sub(then)%step)
	}
	for _, slot := range w.Snapshot.Slots {
		if slot.Live != nil {
			look(slot.Live.Since)
		}
	}
	for _, run := range w.Snapshot.Runs {
		look(run.Finished)
	}
	for _, p := range w.Snapshot.Present {
		look(p.At)
	}
	return next
}

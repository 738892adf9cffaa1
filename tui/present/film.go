package present

import (
	"slices"
	"sort"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Film is a run as it went: its events, folded one after the other by the ledger that folds live ones. Its clock is that
// of the run, but for the time in which the run only waited: that is shortened, so that nobody watches a queue.
type Film struct {
	Run    promotion.RunID
	Scenes []Scene
	base   engine.Snapshot
	ledger *promotion.Ledger
	taken  int // events that are in the ledger
	seeds  map[promotion.Slot]seed
	moved  map[promotion.Slot]bool // slots that an event has changed
	world  *World                  // after the events taken; nil: to be made
}

// Scene is one event of a film.
type Scene struct {
	Event promotion.Event
	From  time.Duration // since the beginning of the film
	Text  string        // what it changed, in a sentence; "" for what only an engine cares about
	Role  theme.Role
}

// seed is what a slot held before the run came to it.
type seed struct{ live, lastGood *promotion.Deployment }

// longestWait is how much of a wait is shown: what comes beyond is left out.
const longestWait = 3 * time.Second

// NewFilm makes a film of a run's events and those of its rollbacks. base tells of everything that does not come from
// events: environments, services, and how long stages usually take.
func NewFilm(run promotion.RunID, events []promotion.Event, base engine.Snapshot) *Film {
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b promotion.Event) int { return int(a.Seq - b.Seq) })
	stood := base.Slots
	base.Runs, base.Slots, base.Progress, base.Notices, base.Halted = nil, nil, nil, nil, ""
	base.Services = slices.DeleteFunc(slices.Clone(base.Services), func(s engine.ServiceInfo) bool {
		return !slices.ContainsFunc(events, func(e promotion.Event) bool { return e.Plan != nil && e.Plan.Service == s.Name })
	})
	f := &Film{Run: run, base: base, seeds: map[promotion.Slot]seed{}}
	f.rewind()
	var clock time.Duration
	for i, e := range events {
		if i > 0 {
			gap := max(0, e.At.Sub(events[i-1].At))
			if !f.works() {
				gap = min(gap, longestWait)
			}
			clock += gap
		}
		f.take(e)
		f.Scenes = append(f.Scenes, f.scene(e, clock))
	}
	f.rewind()
	f.stood(stood)
	return f
}

// stood takes what is live now, and was so before the run began, for what stood in the slots that it never came to.
func (f *Film) stood(slots []engine.SlotInfo) {
	for _, slot := range slots {
		if _, known := f.seeds[slot.Slot]; !known && slot.Live != nil && len(f.Scenes) > 0 && slot.Live.Since.Before(f.Scenes[0].Event.At) {
			f.seeds[slot.Slot] = seed{slot.Live, slot.LastGood}
		}
	}
}

// works tells whether any stage runs after the events taken so far.
func (f *Film) works() bool {
	for _, run := range f.ledger.Unfinished() {
		if _, stage, more := run.Current(); more && stage.State == promotion.StateRunning {
			return true
		}
	}
	return false
}

func (f *Film) scene(e promotion.Event, from time.Duration) Scene {
	run := f.ledger.Run(e.Run)
	s := Scene{Event: e, From: from, Text: Sentence(run, e), Role: theme.Text}
	if e.Run != f.Run && s.Text != "" && e.Type != promotion.RunStarted && e.Type != promotion.RunFinished {
		s.Text = "rollback: " + s.Text
	}
	switch e.Type {
	case promotion.StageFailed, promotion.RunHeld:
		s.Role = theme.Bad
	case promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted:
		s.Role = theme.Unsure
	case promotion.RollbackDecided, promotion.RollbackStarted, promotion.RollbackEnded, promotion.GateShut, promotion.RunPaused, promotion.StageOverridden,
		promotion.GateOverridden:
		s.Role = theme.Wait
	case promotion.Deployed, promotion.EnvironmentPassed:
		s.Role = theme.Good
	case promotion.StepFinished, promotion.StepStarted:
		s.Role = theme.Muted
	case promotion.RunFinished:
		s.Role = OutcomeMark(e.Outcome).Role
	}
	// What an environment held when the run came is what it had held all the while, as far as these events tell.
	if e.Type == promotion.EnvironmentEntered {
		slot := run.Plan.Slot(e.Environment)
		if _, known := f.seeds[slot]; !known {
			f.seeds[slot] = seed{e.Live, e.Target}
		}
	}
	return s
}

// rewind goes back to before the first event.
func (f *Film) rewind() {
	f.ledger, f.taken, f.world, f.moved = promotion.NewLedger(), 0, nil, map[promotion.Slot]bool{}
}

func (f *Film) take(e promotion.Event) {
	f.ledger.Apply(e)
	f.taken++
	f.world = nil
	if e.Type == promotion.Deployed {
		f.moved[f.ledger.Run(e.Run).Plan.Slot(e.Environment)] = true
	}
}

// Length is how long the film takes at its own speed.
func (f *Film) Length() time.Duration {
	if len(f.Scenes) == 0 {
		return 0
	}
	return f.Scenes[len(f.Scenes)-1].From
}

// Taken is how many scenes have come to pass at a place in the film.
func (f *Film) Taken(at time.Duration) int {
	return sort.Search(len(f.Scenes), func(i int) bool { return f.Scenes[i].From > at })
}

// Time is what the clock said at a place in the film. In a wait that is shortened it runs faster.
func (f *Film) Time(at time.Duration) time.Time {
	n := f.Taken(at)
	switch {
	case len(f.Scenes) == 0:
		return time.Time{}
	case n == 0:
		return f.Scenes[0].Event.At
	case n == len(f.Scenes):
		return f.Scenes[n-1].Event.At
	}
	before, after := f.Scenes[n-1], f.Scenes[n]
	shown, real := after.From-before.From, after.Event.At.Sub(before.Event.At)
	if shown <= 0 {
		return before.Event.At
	}
	return before.Event.At.Add(time.Duration(float64(real) * float64(at-before.From) / float64(shown)))
}

// World is how things stood at a place in the film.
func (f *Film) World(at time.Duration) *World {
	n := f.Taken(at)
	if n < f.taken {
		f.rewind()
	}
	for _, s := range f.Scenes[f.taken:n] {
		f.take(s.Event)
	}
	if f.world == nil {
		f.world = NewWorld(f.snapshot())
	}
	return f.world
}

// snapshot is what an engine would have said after the events taken so far.
func (f *Film) snapshot() engine.Snapshot {
	s := f.base
	s.Seq, s.Runs = f.ledger.Seq(), f.ledger.Runs()
	told := map[promotion.Slot]bool{}
	for _, state := range f.ledger.Slots() {
		info := engine.SlotInfo{Slot: state.Slot, Live: state.Live, LastGood: state.LastGood, Holder: state.Holder}
		if before, known := f.seeds[state.Slot]; known && !f.moved[state.Slot] {
			info.Live, info.LastGood = before.live, before.lastGood
		}
		told[state.Slot] = true
		s.Slots = append(s.Slots, info)
	}
	for slot, before := range f.seeds {
		if !told[slot] {
			s.Slots = append(s.Slots, engine.SlotInfo{Slot: slot, Live: before.live, LastGood: before.lastGood})
		}
	}
	return s
}

// Board is the board at a place in the film. Nothing on it is going on now, and its columns look like it.
func (f *Film) Board(at time.Duration) Board {
	w := f.World(at)
	run, found := w.Run(f.Run)
	if !found {
		return Board{}
	}
	b := w.Board(Entry{Service: run.Plan.Service, Run: f.Run}, f.Time(at))
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Drill = true
		slot := run.Plan.Slot(c.Name)
		if _, known := f.seeds[slot]; c.Live.Shown && !known && !f.moved[slot] {
			c.Live.Name = "not known"
		}
	}
	return b
}

// At is the stage that the run stood at.
func (f *Film) At(at time.Duration) promotion.StageID { return f.World(at).At(f.Run) }

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// homes are the configurations of all simulations.
var homes = struct {
	mu        sync.Mutex
	dir       string
	pipelines map[string]config.Pipeline
}{pipelines: map[string]config.Pipeline{}}

func simulate(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", t.TempDir()) // no git: a simulated source is a directory, and to ask git about it takes longer than all the rest
	homes.dir, homes.pipelines = t.TempDir(), map[string]config.Pipeline{}
}

// long is how many promotions a simulation starts: mostly few, and in one of sixteen so many that its engines open the journal
// from checkpoints. On average it is perSimulation.
func long(seed uint64) int {
	if seed%16 == 5 {
		return 24
	}
	return 8
}

const perSimulation = 9

// notes keeps an event in the history.
func (s *simulation) notes(e promotion.Event) {
	plan := e.Plan
	if e.Plan != nil { // the configuration lies in another directory every time
		copied := *e.Plan
		copied.Config, copied.Source.Path, e.Plan = "", "", &copied
	}
	text, err := json.Marshal(e)
	if err != nil {
		s.witness.say("event %d is no JSON: %v", e.Seq, err)
	}
	e.Plan = plan
	s.history.Write(append(text, '\n'))
}

func (s *simulation) ended(run promotion.Run) {
	s.outcomes[run.Outcome]++
	for key, n := range s.world.executions(run.ID) {
		if n > 1 {
			s.witness.say("attempt %d of %s of run %d was executed %d times", key.Attempt, key.Stage, run.ID, n)
		}
	}
}

// nobodyIsForgotten holds every run that goes on against what is at work, now that all is still (invariant 7).
func (s *simulation) nobodyIsForgotten() {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	if s.e.broken != nil || s.e.mending {
		return
	}
	for _, run := range s.e.ledger.Unfinished() {
		_, stage, ok := run.Current()
		if ok && stage.State == promotion.StateRunning {
			if !s.e.working(run.ID) {
				s.witness.say("%s of run %d runs, and nobody executes it (invariant 7)", stage.ID, run.ID)
			}
			continue
		}
		waits := run.Waits()
		if waits == nil {
			s.witness.say("run %d neither runs nor says what it waits for (invariant 7)", run.ID)
			continue
		}
		if _, set := s.e.alarms[run.ID]; waits.Until != nil && !set {
			s.witness.say("run %d waits until a time that nobody watches (invariant 7): %+v", run.ID, waits)
		}
	}
}

// judge holds what is left against what should be.
func (s *simulation) judge() {
	v := s.witness
	for _, slot := range v.ledger.Slots() {
		recorded := promotion.Digest("")
		if slot.Live != nil {
			recorded = slot.Live.Release.Image
		}
		if live, sure := s.world.runs(slot.Slot); sure && live != recorded {
			v.say("%s: the journal says %q is live, the platform %q", slot.Slot, recorded.Short(), live.Short())
		}
		if slot.Holder != 0 {
			v.say("%s is still held by run %d", slot.Slot, slot.Holder)
		}
	}
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	var mine, its bytes.Buffer
	for _, l := range []struct {
		ledger *promotion.Ledger
		to     *bytes.Buffer
	}{{v.ledger, &mine}, {s.e.ledger, &its}} {
		for _, run := range l.ledger.Runs() {
			fmt.Fprintln(l.to, run.ID, run.Outcome, run.Seq)
		}
		for _, slot := range l.ledger.Slots() {
			text, _ := json.Marshal(l.ledger.Slot(slot.Slot)) // with what a checkpoint keeps packed
			l.to.Write(append(text, '\n'))
		}
	}
	if mine.String() != its.String() {
		v.say("what the engine knows is not what it journalled: %s", firstDifference(its.String(), mine.String()))
	}
}

func number(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: a number is needed", name, text)
	}
	return n
}

// Whole promotions through the engine's own driver, with faults of every kind at random. GANTRY_PROMOTIONS says how many;
// GANTRY_SEED plays one simulation again, and prints its history.
func TestSimulatedPromotionsKeepTheInvariants(t *testing.T) {
	simulate(t)
	if seed := number(t, "GANTRY_SEED", 0); seed != 0 {
		s := simulated(t, seed, onPaper)
		t.Logf("the history of seed %d:\n%s", seed, s.history.String())
		for _, wrong := range s.witness.wrong {
			t.Error(wrong)
		}
		return
	}
	promotions := number(t, "GANTRY_PROMOTIONS", 108)
	first := number(t, "GANTRY_SEEDS_FROM", 1)
	var seeds atomic.Uint64
	seeds.Store(first - 1)
	last := first + (promotions+perSimulation-1)/perSimulation
	var mu sync.Mutex
	started, events, violations, faults, outcomes := 0, 0, 0, map[string]int{}, map[promotion.Outcome]int{}
	t.Run("simulations", func(t *testing.T) {
		for i := range 2 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for seed := seeds.Add(1); seed < last; seed = seeds.Add(1) {
					s := simulated(t, seed, onPaper)
					mu.Lock()
					started, events = started+s.started, events+int(s.witness.ledger.Seq())
					for what, n := range s.faults {
						faults[what] += n
					}
					for outcome, n := range s.outcomes {
						outcomes[outcome] += n
					}
					if len(s.witness.wrong) > 0 {
						violations++
						t.Errorf("GANTRY_SEED=%d: %s", seed, strings.Join(s.witness.wrong[:min(3, len(s.witness.wrong))], "\n"))
					}
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("simulated promotions %d, violations %d; events %d, faults %d: %v; outcomes %v", started, violations, events, sum(faults), faults, outcomes)
}

func sum(of map[string]int) (n int) {
	for _, v := range slices.Collect(maps.Values(of)) {
		n += v
	}
	return n
}

// The same seed gives the same history, byte for byte, also where the journal is SQLite's and not the one in memory.
func TestASeedIsAHistory(t *testing.T) {
	simulate(t)
	for _, seed := range []uint64{number(t, "GANTRY_SEED", 1), 5} {
		one := simulated(t, seed, onPaper).history.String()
		for name, keep := range map[string]func(Options) book{"once more": onPaper, "on SQLite": onDisk} {
			if other := simulated(t, seed, keep).history.String(); one != other {
				t.Errorf("seed %d, %s: another history: %s", seed, name, firstDifference(one, other))
			}
		}
	}
}

func firstDifference(a, b string) string {
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(one), len(other)) {
		if one[i] != other[i] {
			return fmt.Sprintf("line %d of %d and %d:\n%s\n%s", i+1, len(one), len(other), one[i], other[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(one), len(other))
}

// What simulations have found, each by the seed that showed it. Another order of the simulation's draws makes other histories of
// them: the tests that are named hold the same by themselves.
func TestWhatSimulationsHaveFoundStaysMended(t *testing.T) {
	simulate(t)
	for name, seed := range map[string]uint64{
		"an attempt of a dead engine was executed once more":                       39,  // TestWhatADeadEngineExecuted…
		"a repetition that was due named a time that was past":                     124, // TestARepetitionThatIsDue…
		"what an aborted deploy had made live was forgotten when the disk refused": 1072,
		"a removal that was begun waited for a clock that was set back":            50562,      // TestARemovalThatWasBegun…
		"a removal that a person wanted waited for a clock that was set back":      2425008996, // TestARemovalThatAPersonWants…
		"a repetition that had been due waited once more for its time":             981191829,  // TestARepetitionThatIsDue…
		"what was due stayed undone where a refusal had been written meanwhile":    2425008635,
	} {
		if s := simulated(t, seed, onPaper); len(s.witness.wrong) > 0 {
			t.Errorf("%s, GANTRY_SEED=%d: %s", name, seed, strings.Join(s.witness.wrong, "\n"))
		}
	}
}

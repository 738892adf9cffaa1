package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// power is what an engine of the crash matrix runs on, until it fails: nothing that the engine does after that is ever done.
type power struct {
	writer
	mu     sync.Mutex
	writes int           // appends so far
	at     int           // it fails at this one; 0 never
	after  bool          // once that one is on the disk, and not before
	failed chan struct{} // closed when it fails
}

func (p *power) Append(ctx context.Context, events ...promotion.Event) ([]promotion.Event, error) {
	p.mu.Lock()
	p.writes++
	now := p.writes == p.at
	p.mu.Unlock()
	if now && !p.after {
		p.fail()
	}
	written, err := p.writer.Append(ctx, events...)
	if now {
		p.fail()
	}
	return written, err
}

// fail stops the engine where it is, with whatever it holds.
func (p *power) fail() {
	close(p.failed)
	select {}
}

// journey is a pipeline's way that the crash matrix breaks off everywhere.
type journey struct {
	name string
	// sets prepares a home, and gives the run that the crashes are for to whoever starts it.
	sets  func(h *home)
	fails promotion.StageID          // of the second run
	live  map[string]promotion.RunID // by environment, at the end; 0 is the run itself
	ends  promotion.Outcome
}

var journeys = []journey{
	{"to production", func(*home) {}, "", map[string]promotion.RunID{"dev": 0, "qa": 0, "prod": 0}, promotion.Succeeded},
	{"rolled back in QA and Dev", func(h *home) {
		e := h.outlived()
		h.end(e, h.start(e, engine.StartRequest{}))
		_ = e.Close()
	}, "qa/e2e", map[string]promotion.RunID{"dev": 1, "qa": 1, "prod": 1}, promotion.RolledBack},
	{"rolled back in Prod", func(h *home) {
		e := h.outlived()
		h.end(e, h.start(e, engine.StartRequest{}))
		_ = e.Close()
	}, "prod/acceptance", map[string]promotion.RunID{"dev": 0, "qa": 0, "prod": 1}, promotion.RolledBack},
}

// tally counts what came of the crashes of one kind.
type tally struct{ points, resumed, asked, wrong int }

// crashing is one home in which a journey is broken off once.
type crashing struct {
	*home
	journey journey
	again   map[string]int // by slot and image: how often the platform was asked to make live what was live
}

func newCrashing(t *testing.T, j journey) *crashing {
	c := &crashing{home: newHome(t), journey: j, again: map[string]int{}}
	c.world.rollsOut = func(r engine.Rollout) (*engine.Live, error) {
		c.world.mu.Lock()
		if now := c.world.live[r.Slot]; now != nil && now.Image == r.Release.Image {
			c.again[fmt.Sprintf("%s %s", r.Slot, r.Release.Image)]++
		}
		c.world.mu.Unlock()
		return c.world.makeLive(r), nil
	}
	for _, environment := range []string{"dev", "qa", "prod"} {
		c.world.when(promotion.StageID(environment+"/deploy"), stages.Execute) // which asks the platform first
	}
	j.sets(c.home)
	if j.fails != "" {
		c.world.when(j.fails, failing)
	}
	return c
}

// begins starts the run that is to be broken off, on an engine of its own.
func (c *crashing) begins(p *power) *Engine {
	c.t.Helper()
	e := c.outlived()
	e.mu.Lock()
	p.writer, p.failed = e.journal, make(chan struct{})
	e.journal = p
	e.mu.Unlock()
	go func() {
		_, _ = e.Start(context.Background(), engine.StartRequest{ID: "the-run", Service: "inventory", Actor: "ada", Trigger: "operator"})
	}()
	return e
}

// number is the run that is broken off. Where nothing of it was journalled, it gets another one the next time.
func (c *crashing) number() promotion.RunID {
	if c.journey.fails == "" {
		return 1
	}
	return 2
}

// goesOn opens the next engine, answers what it asks, and judges how it all ended. The command that started the run is sent
// again, as whoever sent it would do.
func (c *crashing) goesOn() (asked bool, err error) {
	e, err := Open(c.t.Context(), c.options())
	if err != nil {
		return false, err
	}
	defer e.Close()
	id, err := e.Start(c.t.Context(), engine.StartRequest{ID: "the-run", Service: "inventory", Actor: "ada", Trigger: "operator"})
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for range e.Watch(ctx) {
		run, err := e.Run(id)
		switch {
		case err != nil:
			return asked, err
		case run.Done():
			return asked, c.judge(e, run)
		case run.Waits().NeedsPerson():
			asked = true
			_, stage, _ := run.Current()
			_ = e.Command(ctx, promotion.Command{ID: fmt.Sprintf("retry-%s-%d", stage.ID, len(stage.Attempts)), Run: run.ID, Verb: promotion.VerbRetry, Actor: "ada"})
		}
	}
	run, _ := e.Run(id)
	return asked, fmt.Errorf("it never ended: %+v", run.Waits())
}

// judge tells what is not as it would be without a crash.
func (c *crashing) judge(e *Engine, run promotion.Run) error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if run.Outcome != c.journey.ends {
		say("it ended %s: %s", run.Outcome, run.Reason)
	}
	want := map[string]promotion.Digest{}
	for environment, of := range c.journey.live {
		if of == 0 {
			of = run.ID
		}
		want[environment] = image(of)
	}
	if got := c.world.images(); !maps.Equal(got, want) {
		say("live is %v", got)
	}
	runs, err := e.Runs("inventory")
	if err != nil {
		return err
	}
	executed := map[string]int{}
	for _, what := range c.world.history() {
		executed[what]++
	}
	for _, r := range runs {
		for _, column := range r.Columns {
			for _, s := range column.Stages {
				for i, a := range s.Attempts {
					if a.State == promotion.StateSucceeded && i < len(s.Attempts)-1 {
						say("run %d repeated %s, which had succeeded", r.ID, s.ID)
					}
					if n := executed[fmt.Sprintf("%d %s %d", r.ID, s.ID, a.N)]; n > 1 {
						say("run %d executed attempt %d of %s %d times", r.ID, a.N, s.ID, n)
					}
				}
			}
		}
	}
	for what, n := range c.again {
		say("%s was made live %d times though it was", what, n)
	}
	return errors.Join(wrong...)
}

// stride is every which point is tried: all of them with GANTRY_CRASHES=1.
func stride(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("GANTRY_CRASHES"))
	if err != nil || n < 1 {
		n = 30
	}
	if testing.Short() {
		n = max(n, 60)
	}
	t.Logf("every %d. point is tried; GANTRY_CRASHES=1 tries all", n)
	return n
}

// The engine dies at every write of its journal, before it and after it, and in the midst of every stage, before and after what
// the stage does to the world. The next engine must come to the same end.
func TestWhereverTheEngineDiesTheNextOneComesToTheSameEnd(t *testing.T) {
	n := stride(t)
	table := map[string]*tally{}
	try := func(j journey, kind, where string, crash func(c *crashing) (reached bool)) {
		name := fmt.Sprintf("%-26s %s", j.name, kind)
		row := table[name]
		if row == nil {
			row = &tally{}
			table[name] = row
		}
		c := newCrashing(t, j)
		if !crash(c) {
			return
		}
		row.points++
		asked, err := c.goesOn()
		switch {
		case err != nil:
			row.wrong++
			t.Errorf("%s, %s: %v", name, where, err)
		case asked:
			row.asked++
		default:
			row.resumed++
		}
	}
	for _, j := range journeys {
		writes, all := undisturbed(t, j)
		for at := 1; at <= writes; at += n {
			for kind, after := range map[string]bool{"before a write": false, "after a write": true} {
				try(j, kind, fmt.Sprintf("write %d", at), func(c *crashing) bool { return c.diesAtAWrite(at, after) })
			}
		}
		for i := 0; i < len(all); i += max(1, n/4) {
			for kind, done := range map[string]bool{"in a stage, before": false, "in a stage, after": true} {
				try(j, kind, all[i], func(c *crashing) bool { return c.diesInAStage(all[i], done) })
			}
		}
	}
	t.Logf("%-48s %7s %8s %6s %6s", "the engine dies", "points", "resumed", "asked", "wrong")
	var sum tally
	for _, name := range slices.Sorted(maps.Keys(table)) {
		r := table[name]
		t.Logf("%-48s %7d %8d %6d %6d", name, r.points, r.resumed, r.asked, r.wrong)
		sum = tally{sum.points + r.points, sum.resumed + r.resumed, sum.asked + r.asked, sum.wrong + r.wrong}
	}
	t.Logf("%-48s %7d %8d %6d %6d", "in all", sum.points, sum.resumed, sum.asked, sum.wrong)
}

// undisturbed is how often the journal is written on a journey without a crash, and which stages run: "2 qa/deploy".
func undisturbed(t *testing.T, j journey) (writes int, executed []string) {
	t.Helper()
	c, p := newCrashing(t, j), &power{}
	before := len(c.world.history())
	e := c.begins(p)
	c.end(e, c.number())
	if err := c.judge(e, c.end(e, c.number())); err != nil {
		t.Fatalf("%s, without a crash: %v", j.name, err)
	}
	_ = e.Close()
	for _, what := range c.world.history()[before:] {
		executed = append(executed, what[:strings.LastIndex(what, " ")])
	}
	return p.writes, executed
}

func (c *crashing) diesAtAWrite(at int, after bool) bool {
	p := &power{at: at, after: after}
	e := c.begins(p)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	go func() {
		defer close(ended)
		for range e.Watch(ctx) {
			if run, err := e.Run(c.number()); err == nil && run.Done() {
				return
			}
		}
	}()
	select {
	case <-p.failed:
		e.abandon()
		return true
	case <-ended: // this time fewer writes were needed
		_ = e.Close()
		return false
	}
}

// diesInAStage lets the engine die in the first attempt of a stage: before it has done anything, or when all is done and
// nobody has heard of it.
func (c *crashing) diesInAStage(which string, done bool) bool {
	_, id, _ := strings.Cut(which, " ")
	stage := promotion.StageID(id)
	c.world.mu.Lock()
	usual := c.world.verdicts[stage]
	c.world.mu.Unlock()
	reached := make(chan struct{})
	var once sync.Once
	c.world.when(stage, func(ctx context.Context, job *stages.Job) (promotion.Result, error) {
		first := false
		if fmt.Sprintf("%d %s", job.Run.ID, job.Stage.ID) == which {
			once.Do(func() { first = true })
		}
		work := func() (promotion.Result, error) {
			if usual != nil {
				return usual(ctx, job)
			}
			return c.world.succeed(job)
		}
		if !first {
			return work()
		}
		if done {
			_, _ = work()
		}
		close(reached)
		select {} // nothing comes back to an engine that is dead
	})
	e := c.begins(&power{})
	<-reached
	e.abandon()
	return true
}

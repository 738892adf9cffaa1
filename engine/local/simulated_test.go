package local

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// simulation is engines, one after another, on one journal and one platform. Time is synctest's; what happens is the
// seed's: one attempt goes on, or one person asks, or one thing breaks, and then all is still before the next.
type simulation struct {
	t       *testing.T
	r       *rand.Rand
	o       Options
	world   *platforms
	book    book
	witness *simWitness
	store   *store
	e       *Engine

	promotions int // to be started
	started    int
	asked      int // commands so far
	sent       []promotion.Command
	ahead      atomic.Int64 // of the engine's clock
	end        bool         // nothing breaks any more
	history    bytes.Buffer
	faults     map[string]int
	outcomes   map[promotion.Outcome]int
}

// simulated plays the simulation of a seed to its end and tells what was wrong.
func simulated(t *testing.T, seed uint64, keep func(o Options) book) *simulation {
	s := &simulation{t: t, r: rand.New(rand.NewPCG(seed, 0)), promotions: long(seed), faults: map[string]int{}, outcomes: map[promotion.Outcome]int{}}
	s.world = &platforms{live: map[promotion.Slot]*engine.Live{}, doubt: map[promotion.Slot]bool{}, executed: map[engine.AttemptKey]int{}}
	s.witness = newSimWitness(s)
	state, err := os.MkdirTemp("", "simulated")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(state)
	pipeline := s.pipeline(t)
	synctest.Test(t, func(t *testing.T) {
		s.t = t
		s.o = Options{
			Pipeline: pipeline, State: filepath.Join(state, ".gantry"), Program: "a simulation", Execute: s.world.execute,
			Environments: func(_ config.Pipeline, e config.Environment) (engine.Environment, error) {
				return simplace{place{e.Name, nil}, s.world}, nil
			},
			Look: 1000 * time.Hour, Mend: time.Second, Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
		}
		if s.book = keep(s.o); s.book == nil {
			t.Fatal("there is no journal")
		}
		s.opens()
		for steps := 0; s.started < s.promotions && steps < 200*s.promotions; steps++ {
			s.step()
		}
		s.settles()
		s.judge()
		s.dies()
		_ = s.book.Close()
	})
	return s
}

// onPaper journals in memory.
func onPaper(Options) book { return newPaper() }

// onDisk journals as an engine does.
func onDisk(o Options) book {
	j, err := journal.Open(o.State, o.Now)
	if err != nil {
		return nil
	}
	return j
}

// notes is a line of the history.
func (s *simulation) says(format string, args ...any) { fmt.Fprintf(&s.history, format+"\n", args...) }

func (s *simulation) pick(n int) int { return s.r.IntN(n) }

// still lets everything go on until nothing does any more by itself, and sees to the engine if it died meanwhile.
func (s *simulation) still() {
	synctest.Wait()
	for s.store.dead {
		s.dies()
		s.opens()
	}
	s.nobodyIsForgotten()
}

// passes lets time go by.
func (s *simulation) passes(d time.Duration) {
	s.e.mu.Lock() // whoever is woken by a timer comes after all that was looked at until now; the race detector wants to be told
	after := time.After(d)
	s.e.mu.Unlock()
	<-after
	s.still()
}

// opens is the next engine.
func (s *simulation) opens() {
	for {
		s.store = &store{book: s.book, s: s}
		if !s.end && s.pick(6) == 0 {
			s.breaks()
		}
		e := newEngine(context.Background(), s.o)
		lock, err := journal.Acquire(s.o.State, s.o.Program, s.o.Now())
		if err != nil {
			s.witness.say("the next engine cannot begin: %v", err)
			return
		}
		e.lock, e.records, e.journal, s.e = lock, s.store, s.store, e
		if err := e.begins(context.Background()); err != nil {
			s.witness.say("the next engine cannot begin: %v", err)
			return
		}
		synctest.Wait()
		if !s.store.dead {
			s.says("an engine begins")
			return
		}
		s.dies()
	}
}

// dies is the end of an engine, whatever it was about. Nothing that it does from now on is ever done: its writes are
// refused, and its attempts come to nothing.
func (s *simulation) dies() {
	s.store.dead = true
	s.e.cancel()
	for {
		synctest.Wait()
		workers := s.world.yard.standing()
		if len(workers) == 0 {
			break
		}
		for _, w := range workers {
			if w.kind == promotion.KindDeploy || w.kind == promotion.KindRollback || w.kind == promotion.KindRemove {
				s.world.mu.Lock()
				s.world.doubt[w.slot] = true
				s.world.mu.Unlock()
			}
			s.world.yard.goesOn(w, killed)
		}
	}
	if err := s.e.Close(); err != nil {
		s.witness.say("the engine does not end: %v", err)
	}
	if late := s.store.limbo; len(late) > 0 && s.pick(2) == 0 {
		s.says("what was refused is on the disk all the same")
		s.store.limbo = nil
		if written, err := s.book.Append(context.Background(), late...); err == nil {
			s.witness.batch(written)
		}
	}
	s.says("the engine is gone")
}

const simulatedPipeline = `
[pipeline]
mode = "%s"
%s
queue = "%s"
parallel = %d

[[environment]]
name = "dev"
platform = "sandbox"
health_timeout = "2s"
team_isolation = true
%s
[environment.stage.push]
deadline = "4s"
retries = 1
backoff = "2s"
[environment.stage.migrate]
deadline = "5s"
[environment.stage.deploy]
deadline = "6s"
%s

[[environment]]
name = "qa"
platform = "sandbox"
health_timeout = "2s"
rolls_back = ["qa", "dev"]
publish_stub = true
%s
[environment.stage.copy]
deadline = "4s"
[environment.stage.deploy]
deadline = "6s"
retries = 1

[[environment]]
name = "prod"
platform = "sandbox"
health_timeout = "2s"
stub_channel = "prod"
%s
[environment.stage.deploy]
deadline = "6s"
%s
`

const simulatedService = `
[[service]]
name = "%[1]s"
path = "%[1]s"
team = "%[2]s"
contract = "openapi.yaml"
%[3]s
  [service.build]
  deadline = "9s"
  %[4]s
  [[service.build.step]]
  name = "compile"
  run = "true"
  [service.image]
  files = { "/app" = "app" }
  entrypoint = ["/app"]
  [service.migrations]
  files = { "/migrate" = "migrate" }
  entrypoint = ["/migrate"]
  [service.acceptance]
  files = { "suite" = "suite" }
  run = "./suite"
  deadline = "7s"
  %[5]s
  [service.e2e]
  files = { "suite" = "suite" }
  run = "./suite"
  deadline = "8s"
`

// either is one of several texts.
func (s *simulation) either(texts ...string) string { return texts[s.pick(len(texts))] }

// pipeline is a random one for two services, one of which depends on the other.
func (s *simulation) pipeline(t *testing.T) config.Pipeline {
	t.Helper()
	mode, why, approval := "continuous-deployment", "", ""
	if s.pick(4) == 0 {
		mode, why, approval = "continuous-delivery", `justification = "the auditors ask for it"`, s.either("approval = true", `approval = { expires = "20s" }`)
	}
	text := fmt.Sprintf(simulatedPipeline, mode, why, s.either("latest", "fifo"), 2+s.pick(3),
		s.either("", "", "on_failure = \"hold\"", "on_failure = \"hold\"\nhold_for = \"8s\""), s.either("retries = 2", "retries = 1\nbackoff = \"3s\"", ""),
		s.either("", `soak = "6s"`, `dependencies = "live"`), approval, s.either("", "on_failure = \"hold\"\nhold_for = \"6s\""))
	text += fmt.Sprintf(simulatedService, "inventory", "warehouse", "", s.either("", "once = true"), "")
	text += fmt.Sprintf(simulatedService, "orders", "checkout", `depends_on = ["inventory"]`, "", s.either("", "retries = 1\n  retry_failed = true"))
	return simulatedHome(t, text)
}

// simulatedHome is a configuration that simulations share; none of them changes it.
func simulatedHome(t *testing.T, text string) config.Pipeline {
	t.Helper()
	homes.mu.Lock()
	defer homes.mu.Unlock()
	if p, found := homes.pipelines[text]; found {
		return p
	}
	dir := filepath.Join(homes.dir, fmt.Sprint(len(homes.pipelines)))
	for name, text := range map[string]string{
		"config.toml": text, "inventory/openapi.yaml": "openapi: 3.0.0\n", "inventory/VERSION": "1.0.0\n",
		"orders/openapi.yaml": "openapi: 3.0.0\n", "orders/VERSION": "1.0.0\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := config.Load(filepath.Join(dir, "config.toml"))
	if err != nil {
		t.Fatal(strings.TrimSpace(err.Error()))
	}
	homes.pipelines[text] = p
	return p
}

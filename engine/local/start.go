package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Start begins a promotion with the configuration as it stands in its file now; the run keeps its own copy.
func (e *Engine) Start(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
	asked := promotion.Command{ID: r.ID, Verb: promotion.VerbStart, Slot: &promotion.Slot{Service: r.Service, Team: r.Team}, Actor: r.Actor}
	return e.once(ctx, asked, func() (promotion.RunID, error) {
		return e.start(ctx, r)
	})
}

// once starts a run unless a request with the same id has started one before: then it is that one.
func (e *Engine) once(ctx context.Context, asked promotion.Command, start func() (promotion.RunID, error)) (promotion.RunID, error) {
	id := asked.ID
	if id != "" {
		if run, started, err := e.records.Commanded(ctx, id); started || err != nil {
			return run, err
		}
	}
	run, err := start()
	if applied := (*journal.Applied)(nil); errors.As(err, &applied) { // the same request came twice at the same moment
		run, _, err = e.records.Commanded(ctx, id)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return run, e.remember(asked, err)
}

func (e *Engine) start(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
	pipeline, err := e.reload()
	if err != nil {
		return 0, err
	}
	plan, err := planned(ctx, pipeline, r)
	if err != nil {
		return 0, err
	}
	world, err := e.reviewed(ctx, pipeline, plan, r)
	if err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	if err := e.stands(world); err != nil {
		return 0, err
	}
	plan.Source = plan.Source.Named(listed)
	return e.startRun(plan, promotion.Command{ID: r.ID, Actor: r.Actor})
}

// mayEnter refuses a release from an unclean tree where it would reach a protected environment; on the sandbox
// everything is a rehearsal on one machine.
func mayEnter(pipeline config.Pipeline, plan promotion.Plan) error {
	if plan.Source.Dirty == "" || plan.Source.Commit == "" {
		return nil
	}
	for _, column := range plan.Columns {
		if environment := pipeline.Environment(column.Name); environment.Protected && environment.Platform != "sandbox" {
			return fmt.Errorf("the working tree of %s has changes that are not committed, and %s is protected: commit them, or stop before it with --until", plan.Service, column.Name)
		}
	}
	return nil
}

// startRun journals a new run: the command says who asked for it and why. The caller holds mu.
func (e *Engine) startRun(plan promotion.Plan, c promotion.Command) (promotion.RunID, error) {
	if e.journal == nil {
		return 0, errReading
	}
	if err := e.mayStart(plan, c); err != nil {
		return 0, err // before a number of its own is used up
	}
	id, err := e.journal.NextRun(e.ctx)
	if err != nil {
		return 0, fmt.Errorf("number the run: %w", err)
	}
	c.Verb, c.Plan, c.Run = promotion.VerbStart, &plan, id
	if err := e.apply(c); err != nil {
		return 0, err
	}
	e.asleep = false
	if e.ledger.Run(id).ID == 0 {
		return 0, &journal.Applied{Command: c.ID}
	}
	return id, nil
}

// mayStart says why the core would not let a run of the plan begin; nil when it would. The caller holds mu.
func (e *Engine) mayStart(plan promotion.Plan, c promotion.Command) error {
	c.Verb, c.Plan, c.Run = promotion.VerbStart, &plan, math.MaxInt64
	_, err := e.ledger.Decide(c, e.options.Now())
	return err
}

// rollbackPlan is the plan of a rollback run: evidence first, then the revert.
func (e *Engine) rollbackPlan(service, team, environment string, revert *promotion.Revert) promotion.Plan {
	configured := e.pipeline.Environment(environment)
	id := func(name string) promotion.StageID { return promotion.StageID(environment + "/" + name) }
	return promotion.Plan{
		Kind: promotion.Rollback, Service: service, Team: team, Mode: e.pipeline.Mode, Revert: revert, Config: e.pipeline.Source,
		Columns: []promotion.Column{{
			Name: environment, Protected: configured.Protected, Isolated: configured.TeamIsolation,
			Stages: []promotion.Stage{
				{ID: id("evidence"), Kind: promotion.KindEvidence, Deadline: promotion.Duration(time.Minute), Retries: 1},
				{ID: id("rollback"), Kind: promotion.KindRollback, Deadline: promotion.Duration(configured.RollbackDeadline()), Retries: 2, Backoff: promotion.Duration(2 * time.Second)},
			},
		}},
	}
}

// reload reads the configuration again, so that a console left open for a day starts runs as it says today. To check that
// of hundreds of services takes a while: it is done when the text has changed.
func (e *Engine) reload() (config.Pipeline, error) {
	e.mu.Lock()
	known := e.pipeline
	e.mu.Unlock()
	if text, err := os.ReadFile(e.options.Pipeline.File); err == nil && string(text) == known.Source {
		return known, nil
	}
	pipeline, err := config.Load(e.options.Pipeline.File)
	if err != nil {
		return config.Pipeline{}, err
	}
	e.mu.Lock()
	e.pipeline = pipeline
	e.mu.Unlock()
	e.snapshots.changed()
	return pipeline, nil
}

// copyOf is the run's own copy of the configuration. The caller holds mu.
func (e *Engine) copyOf(run promotion.Run) config.Pipeline {
	if p, found := e.copies[run.ID]; found {
		return p
	}
	p, err := config.FromPlan(run.Plan, e.options.Pipeline.File)
	if err != nil {
		e.complain("run %d: its own copy of the configuration cannot be read, today's is used: %v", run.ID, err)
		p = e.pipeline
	}
	e.copies[run.ID] = p
	return p
}

// environment is an environment as a configuration describes it; the same description is the same environment.
func (e *Engine) environment(pipeline config.Pipeline, name string) (engine.Environment, error) {
	configured := pipeline.Environment(name)
	if configured.Name == "" {
		return nil, fmt.Errorf("there is no environment %q in the configuration", name)
	}
	configured.Line = 0
	key := fmt.Sprintf("%+v", configured)
	e.mu.Lock()
	defer e.mu.Unlock()
	if environment, found := e.ports[key]; found {
		return environment, nil
	}
	environment, err := e.options.Environments(pipeline, configured)
	if err != nil {
		return nil, fmt.Errorf("environment %s: %w", name, err)
	}
	e.ports[key] = environment
	return environment, nil
}

// storeOf is where the stubs of a pipeline are published to; nil where nothing is.
func (e *Engine) storeOf(pipeline config.Pipeline) stubs.Store {
	if e.options.Stubs == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, found := e.stores[pipeline.Artifacts]; !found {
		e.stores[pipeline.Artifacts] = e.options.Stubs(pipeline)
	}
	return e.stores[pipeline.Artifacts]
}

func unknownService(pipeline config.Pipeline, name string) error {
	var list []string
	for _, s := range pipeline.Services {
		list = append(list, s.Name)
	}
	slices.Sort(list)
	return fmt.Errorf("there is no service %q in %s: it has %s", name, pipeline.File, strings.Join(list, ", "))
}

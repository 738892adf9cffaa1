package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/rehearse"
)

// Rerun starts a new run of the release of an earlier one: from Build, which builds its commit again, or from an
// environment, with the very images that passed those before it. The earlier run stays as it is.
func (e *Engine) Rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	asked := promotion.Command{ID: r.ID, Run: r.Run, Verb: audit.Rerun, Environment: r.From, Actor: r.Actor, Reason: r.Reason}
	return e.once(ctx, asked, func() (promotion.RunID, error) { return e.rerun(ctx, r) })
}

// DryRerun says what Rerun would do, and changes nothing.
func (e *Engine) DryRerun(ctx context.Context, r engine.RerunRequest) (engine.DryRun, error) {
	a, err := e.again(ctx, r)
	if err != nil {
		return engine.DryRun{}, err
	}
	e.mu.Lock()
	err = e.mayStart(a.plan, promotion.Command{Actor: r.Actor})
	e.mu.Unlock()
	if err != nil {
		return engine.DryRun{}, err
	}
	facts, err := e.survey(ctx, a.pipeline, a.plan, a.asked)
	if err != nil {
		return engine.DryRun{}, err
	}
	return rehearse.DryRun(*facts)
}

func (e *Engine) rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	a, err := e.again(ctx, r)
	if err != nil {
		return 0, err
	}
	world, err := e.reviewed(ctx, a.pipeline, a.plan, a.asked)
	if err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	if err := e.stands(world); err != nil {
		return 0, err
	}
	return e.startRun(a.plan, promotion.Command{ID: r.ID, Actor: r.Actor, Reason: r.Reason})
}

// again is a rerun as it is laid out: Rerun starts it, and DryRerun shows it.
type again struct {
	pipeline config.Pipeline
	plan     promotion.Plan
	asked    engine.StartRequest // the same as the start of a run
}

func (e *Engine) again(ctx context.Context, r engine.RerunRequest) (again, error) {
	earlier, err := e.Run(r.Run)
	if err != nil {
		return again{}, err
	}
	fromBuild := r.From == "" || r.From == promotion.BuildColumn
	if refusal := mayRerun(earlier, r.From, fromBuild); refusal != nil {
		return again{}, refusal
	}
	a := again{asked: engine.StartRequest{Service: earlier.Plan.Service, Team: earlier.Plan.Team, Until: cmp.Or(r.Until, e.reached(earlier, r.From)),
		Drill: earlier.Plan.Drill, Actor: r.Actor, Trigger: "operator", Plan: r.Plan}}
	if a.pipeline, err = e.reload(); err != nil {
		return again{}, err
	}
	if fromBuild {
		a.asked.Commit = earlier.Release.Commit
		a.plan, err = planned(ctx, a.pipeline, a.asked)
		a.plan.Rerun = earlier.ID
		return a, err
	}
	release := earlier.Release
	a.plan, err = config.Plan(a.pipeline, a.asked.Service, config.PlanOptions{
		Team: a.asked.Team, From: r.From, Until: a.asked.Until, Drill: a.asked.Drill, Rerun: earlier.ID, Release: &release, Trigger: a.asked.Trigger,
		Source: earlier.Plan.Source,
	})
	if err != nil {
		return again{}, err
	}
	if makesStub(a.plan) { // it is recorded anew
		release.Stub = ""
	}
	a.plan.Hash = r.Plan
	return a, mayEnter(a.pipeline, a.plan)
}

// reached is the last environment that the earlier run was to enter, or the one that the rerun begins in where that is
// further on; "" is all the way.
func (e *Engine) reached(earlier promotion.Run, from string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := make([]string, len(e.pipeline.Environments))
	for i, environment := range e.pipeline.Environments {
		names[i] = environment.Name
	}
	last := slices.Index(names, earlier.Columns[len(earlier.Columns)-1].Name)
	if last = max(last, slices.Index(names, from)); last < 0 || last == len(names)-1 {
		return ""
	}
	return names[last]
}

// mayRerun says why a run's release cannot go once more; nil when it can.
func mayRerun(earlier promotion.Run, from string, fromBuild bool) error {
	refuse := func(instead, why string, args ...any) error {
		return &promotion.Refusal{Verb: audit.Rerun, Why: fmt.Sprintf(why, args...), Instead: instead}
	}
	switch {
	case earlier.Plan.Kind == promotion.Reprovision:
		return refuse(fmt.Sprintf("rerun the promotion that it was taken from, which `gantry show %d` names", earlier.ID), "run %d put a release aside", earlier.ID)
	case earlier.Plan.Kind != promotion.Promotion:
		return refuse("rerun the promotion that it reverted", "run %d is a %s", earlier.ID, earlier.Plan.Kind)
	case earlier.Plan.Drill != nil && !fromBuild && earlier.Plan.Drill.Stage.Column() != from && hasPassed(earlier, earlier.Plan.Drill.Stage.Column()):
		return refuse("start a new run", "run %d was a drill of %s, and no real run begins with what it left", earlier.ID, earlier.Plan.Drill.Stage)
	case !earlier.Done():
		return refuse("retry it, or abort it first", "run %d has not ended", earlier.ID)
	case fromBuild && earlier.Release.Dirty != "":
		return refuse("start a new run of the working tree", "run %d was built from files that are no commit, and they are not kept", earlier.ID)
	}
	return nil
}

func hasPassed(run promotion.Run, column string) bool {
	c, _ := run.Column(column)
	return c.Passed
}

func makesStub(plan promotion.Plan) bool {
	for _, column := range plan.Columns {
		for _, stage := range column.Stages {
			if stage.Kind == promotion.KindStub {
				return true
			}
		}
	}
	return false
}

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/audit"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Rerun starts a new run of the release of an earlier one: from Build, which builds its commit again, or from an
// environment, with the very images that passed those before it. The earlier run stays as it is.
func (e *Engine) Rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	asked := promotion.Command{ID: r.ID, Run: r.Run, Verb: audit.Rerun, Environment: r.From, Actor: r.Actor, Reason: r.Reason}
	return e.once(ctx, asked, func() (promotion.RunID, error) { return e.rerun(ctx, r) })
}

func (e *Engine) rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	earlier, err := e.Run(r.Run)
	if err != nil {
		return 0, err
	}
	fromBuild := r.From == "" || r.From == promotion.BuildColumn
	if refusal := mayRerun(earlier, r.From, fromBuild); refusal != nil {
		return 0, refusal
	}
	if r.Until == "" {
		r.Until = e.reached(earlier, r.From)
	}
	if fromBuild {
		return e.start(ctx, engine.StartRequest{ID: r.ID, Service: earlier.Plan.Service, Team: earlier.Plan.Team, Commit: earlier.Release.Commit, Until: r.Until,
			Drill: earlier.Plan.Drill, Actor: r.Actor, Trigger: "operator"}, func(plan *promotion.Plan) { plan.Rerun = earlier.ID }, r.Reason)
	}
	pipeline, err := e.reload()
	if err != nil {
		return 0, err
	}
	release := earlier.Release
	plan, err := config.Plan(pipeline, earlier.Plan.Service, config.PlanOptions{
		Team: earlier.Plan.Team, From: r.From, Until: r.Until, Drill: earlier.Plan.Drill, Rerun: earlier.ID, Release: &release, Trigger: "operator",
		Source: earlier.Plan.Source,
	})
	if err != nil {
		return 0, err
	}
	if err := mayEnter(pipeline, plan); err != nil {
		return 0, err
	}
	if makesStub(plan) { // it is recorded anew
		release.Stub = ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	return e.startRun(plan, promotion.Command{ID: r.ID, Actor: r.Actor, Reason: r.Reason})
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

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// repositories are where an environment keeps what a release consists of.
func repositories(ctx context.Context, view engine.View, slot promotion.Slot, name string) map[string]string {
	all := map[string]string{}
	for _, what := range []string{"", "migration", "verification"} {
		repository, err := view.Repository(ctx, slot, what)
		if all[what] = repository.Name.String(); err != nil {
			all[what] = fmt.Sprintf("%s's own registry", name)
		}
	}
	return all
}

// stillThere looks for the images of earlier releases that a run may need: the one that a rollback goes back to, and the
// suites with which compat lets the live version speak.
func stillThere(ctx context.Context, view engine.View, slot promotion.Slot, state promotion.SlotState, compat bool) []engine.Check {
	var checks []engine.Check
	if good := state.LastGood; good != nil {
		checks = append(checks, isThere(ctx, view, slot, "rollback target", "", "the image", good.Release.Image, good.Release))
	}
	if live := state.Live; compat && live != nil && live.Release.Verification != "" {
		checks = append(checks, isThere(ctx, view, slot, "compat", "verification", "the suite", live.Release.Verification, live.Release))
	}
	return checks
}

// isThere looks for one part of a release in the repository of a slot.
func isThere(ctx context.Context, view engine.View, slot promotion.Slot, what, artifact, of string, digest promotion.Digest, r promotion.Release) engine.Check {
	c := engine.Check{What: what, State: engine.CheckOK, Detail: fmt.Sprintf("%s of %s (%s) is in %s", of, r.Name(), digest.Short(), slot.Environment)}
	repository, err := view.Repository(ctx, slot, artifact)
	there := false
	if err == nil {
		there, err = images.Exists(ctx, repository, digest, images.WithTries(1))
	}
	switch {
	case err != nil:
		c.State, c.Detail, c.Next = engine.CheckWrong, err.Error(), "see the registry's own check"
	case !there:
		c.State, c.Detail = engine.CheckWrong, fmt.Sprintf("%s of %s (%s) is not in %s any more", of, r.Name(), digest.Short(), repository.Name)
		c.Next = "promote that release again"
		if r.Commit != "" {
			c.Next += fmt.Sprintf(": gantry run %s --commit %s", r.Service, r.ShortCommit())
		}
	}
	return c
}

func compatIn(plan promotion.Plan, environment string) bool {
	for _, column := range plan.Columns {
		if column.Name == environment {
			return slices.ContainsFunc(column.Stages, func(s promotion.Stage) bool { return s.Kind == promotion.KindCompat })
		}
	}
	return false
}

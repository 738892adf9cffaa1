package local

import (
	"context"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/dockerfile"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// builderChecks say which builder a service's Dockerfiles would be built by, or that none works here. To ask a builder
// whether it works changes nothing.
func builderChecks(ctx context.Context, s config.Service, plan promotion.Plan) []engine.Check {
	if len(plan.Columns) == 0 || plan.Columns[0].Name != promotion.BuildColumn {
		return nil
	}
	specs := []config.Image{s.Image}
	if s.Migrations != nil {
		specs = append(specs, *s.Migrations)
	}
	var checks []engine.Check
	for _, spec := range specs {
		d := spec.Dockerfile
		if d == nil {
			continue
		}
		c := engine.Check{What: "builder", State: engine.CheckOK}
		if b, err := dockerfile.Find(ctx, d.Builder, len(d.Platforms), stages.Surroundings(s)); err != nil {
			c.State, c.Detail, c.Next = engine.CheckWrong, err.Error(), "install or start one, or name another as builder"
		} else {
			c.Detail = b.Name() + " builds " + d.File
			if d.Target != "" {
				c.Detail += ", the stage " + d.Target
			}
		}
		checks = append(checks, c)
	}
	return checks
}

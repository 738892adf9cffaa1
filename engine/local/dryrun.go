package local

import (
	"context"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/rehearse"
	"github.com/gantry-cd/gantry/engine/source"
)

// DryRun says what Start would do, and changes nothing.
func (e *Engine) DryRun(ctx context.Context, r engine.StartRequest) (engine.DryRun, error) {
	pipeline, err := e.reload()
	if err != nil {
		return engine.DryRun{}, err
	}
	plan, err := planned(ctx, pipeline, r)
	if err != nil {
		return engine.DryRun{}, err
	}
	facts, err := e.survey(ctx, pipeline, plan, r)
	if err != nil {
		return engine.DryRun{}, err
	}
	return rehearse.DryRun(*facts)
}

// planned lays out the promotion that is asked for: Start does this, and DryRun shows it.
func planned(ctx context.Context, pipeline config.Pipeline, r engine.StartRequest) (promotion.Plan, error) {
	service := pipeline.Service(r.Service)
	if service.Name == "" {
		return promotion.Plan{}, unknownService(pipeline, r.Service)
	}
	from, err := source.Inspect(ctx, service.Path, r.Commit, source.VersionFile(service.Version))
	if err != nil {
		return promotion.Plan{}, fmt.Errorf("what is there to build of %s: %w", service.Name, err)
	}
	plan, err := config.Plan(pipeline, service.Name, config.PlanOptions{
		Team: r.Team, Until: r.Until, Step: r.Step, Drill: r.Drill, Trigger: r.Trigger, Source: from,
	})
	if err != nil {
		return promotion.Plan{}, err
	}
	plan.Hash = r.Plan
	return plan, mayEnter(pipeline, plan)
}

// reviewed looks at the world for a start that names a plan; nil where it names none.
func (e *Engine) reviewed(ctx context.Context, pipeline config.Pipeline, plan promotion.Plan, r engine.StartRequest) (*rehearse.Facts, error) {
	if r.Plan == "" {
		return nil, nil
	}
	return e.survey(ctx, pipeline, plan, r)
}

// stands refuses a plan that does not rest any more on what it rested on when it was reviewed. The caller holds mu, and
// goes on holding it until the run has started.
func (e *Engine) stands(f *rehearse.Facts) error {
	if f == nil {
		return nil
	}
	e.recall(f)
	parts, err := rehearse.Parts(*f)
	if err != nil {
		return err
	}
	changed, err := rehearse.Changed(f.Request.Plan, parts)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		return &promotion.Refusal{Verb: promotion.VerbStart, Why: "it is not any more as it was reviewed: " + strings.Join(changed, "; "),
			Instead: "review it again: " + reviewing(*f)}
	}
	return nil
}

// reviewing is the command that shows a plan anew.
func reviewing(f rehearse.Facts) string {
	switch from := f.From(); {
	case f.Plan.Rerun == 0:
		return fmt.Sprintf("gantry run %s --dry-run", f.Plan.Service)
	case from != "":
		return fmt.Sprintf("gantry rerun %d --from %s --dry-run", f.Plan.Rerun, from)
	}
	return fmt.Sprintf("gantry rerun %d --dry-run", f.Plan.Rerun)
}

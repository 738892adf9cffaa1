package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// PreviewRollback says what a rollback as asked for would do, and changes nothing.
func (e *Engine) PreviewRollback(ctx context.Context, r engine.RollbackRequest) (engine.RollbackPreview, error) {
	e.mu.Lock()
	pipeline := e.pipeline
	service, configured := pipeline.Service(r.Service), pipeline.Environment(r.Environment)
	if service.Name == "" {
		e.mu.Unlock()
		return engine.RollbackPreview{}, unknownService(pipeline, r.Service)
	}
	if configured.Name == "" {
		e.mu.Unlock()
		return engine.RollbackPreview{}, unknownEnvironment(pipeline, r.Environment)
	}
	slot, err := pipeline.TeamSlot(configured, service, r.Team)
	state := e.ledger.Slot(slot)
	e.mu.Unlock()
	if err != nil {
		return engine.RollbackPreview{}, err
	}
	p := engine.RollbackPreview{Slot: slot, Protected: configured.Protected, From: state.Live}
	p.FromBy = e.deployedBy(p.From)
	if p.From == nil {
		p.Refused = fmt.Sprintf("nothing is live in %s", p.Slot)
		return p, nil
	}
	if p.To, p.Refused = target(state, r.To); r.Run != 0 {
		p.To, p.Refused = e.byPolicy(r.Run, p)
	}
	if p.Others = others(state, p.To); p.Refused != "" {
		return p, nil
	}
	if r.Run == 0 {
		p.Ends = e.endsOf(p)
	}
	p.Notes = append(p.Notes, "the database stays as it is: no migration is undone")
	if p.To == nil {
		p.Notes = append(p.Notes, "no release ever passed here: what is live is stopped, and the environment is empty")
		return p, nil
	}
	p.ToBy = e.deployedBy(p.To)
	p.Warnings = append(doubts(state, *p.To), warnings(state, *p.To)...)
	err = e.available(ctx, pipeline, &p)
	for _, other := range configured.RollsBack {
		if other != r.Environment && r.Run == 0 {
			p.Notes = append(p.Notes, other+" stays as it is: a rollback by hand reverts one environment")
		}
	}
	return p, err
}

// byPolicy is what the rollback of a run that failed now would go back to, or why it would leave the environment alone.
func (e *Engine) byPolicy(id promotion.RunID, p engine.RollbackPreview) (*promotion.Deployment, string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	revert := e.ledger.Revert(id, p.Slot.Environment)
	if !revert.Unproven && p.Seen().From != revert.From {
		return nil, fmt.Sprintf("%s has moved on and is left alone: %s is live there now", p.Slot.Environment, called(p.From))
	}
	return revert.Target, ""
}

// endsOf says what becomes of the promotions that brought what is live to where it is.
func (e *Engine) endsOf(p engine.RollbackPreview) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var said []string
	for _, id := range e.ledger.Reverts(p.Slot, p.From.Release.Image) {
		run := e.ledger.Run(id)
		if where := run.FinishesIn(p.Slot.Environment); where != "" {
			said = append(said, fmt.Sprintf("run %d after %s, where the release is already: `gantry abort %d --rollback` takes it out there", id, where, id))
			continue
		}
		_, stage, _ := run.Current()
		said = append(said, fmt.Sprintf("run %d, which stands at %s", id, stage.ID))
	}
	return said
}

// target is the release to go back to: the newest good one that is not what is live and was not rolled back itself, or
// the one asked for.
func target(s promotion.SlotState, wanted string) (*promotion.Deployment, string) {
	if wanted != "" {
		for _, d := range slices.Backward(s.History) {
			if calledSo(d.Release, wanted) {
				return &d, ""
			}
		}
		return nil, fmt.Sprintf("%q is none of the last releases that were live in %s: see `gantry status` and `gantry runs`", wanted, s.Slot)
	}
	if s.LastGood != nil && s.LastGood.Release.Image != s.Live.Release.Image {
		return s.LastGood, ""
	}
	for _, d := range slices.Backward(s.Good) {
		if _, vetoed := s.Vetoed[d.Release.Image]; !vetoed && d.Release.Image != s.Live.Release.Image {
			return &d, ""
		}
	}
	if s.LastGood != nil {
		next := "promote another one, or keep others out with `gantry hold`"
		if slices.ContainsFunc(s.History, func(d promotion.Deployment) bool { return d.Release.Image != s.Live.Release.Image }) {
			next = "name another one that was live with `gantry rollback --to`, or promote another one"
		}
		return nil, fmt.Sprintf("%s is the only release in %s that passed and was not rolled back, so there is nothing to go back to: %s", s.LastGood.Release.Name(), s.Slot, next)
	}
	return nil, ""
}

// others are the good releases that could be chosen instead of the target. One that failed or was rolled back is none.
func others(s promotion.SlotState, target *promotion.Deployment) []promotion.Deployment {
	known := map[promotion.Digest]bool{s.Live.Release.Image: true}
	if target != nil {
		known[target.Release.Image] = true
	}
	var list []promotion.Deployment
	for _, d := range slices.Backward(s.Good) {
		if _, vetoed := s.Vetoed[d.Release.Image]; !vetoed && !known[d.Release.Image] {
			known[d.Release.Image] = true
			list = append(list, d)
		}
	}
	return list
}

func (e *Engine) available(ctx context.Context, pipeline config.Pipeline, p *engine.RollbackPreview) error {
	environment, err := e.environment(pipeline, p.Slot.Environment)
	if err != nil {
		return err
	}
	repository, err := environment.Repository(ctx, p.Slot, "")
	if err != nil {
		return err
	}
	if p.Available, err = images.Whole(ctx, repository, p.To.Release.Image); err != nil {
		return fmt.Errorf("is %s still in %s: %w", p.To.Release.Image.Short(), repository.Name, err)
	}
	if !p.Available {
		p.Refused = fmt.Sprintf("the image %s is not in %s any more, or not whole: %s", p.To.Release.Image.Short(), repository.Name, e.restore(pipeline, *p))
	}
	return nil
}

// RollBack starts a rollback run of one environment.
func (e *Engine) RollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	slot := promotion.Slot{Environment: r.Environment, Service: r.Service, Team: r.Team}
	asked := promotion.Command{ID: r.ID, Verb: promotion.VerbRollBack, Slot: &slot, Actor: r.Actor, Reason: r.Reason}
	return e.once(ctx, asked, func() (promotion.RunID, error) { return e.rollBack(ctx, r) })
}

func (e *Engine) rollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	r.Run = 0 // a person's, whatever the policy would do
	p, err := e.PreviewRollback(ctx, r)
	if err != nil {
		return 0, err
	}
	if r.Seen != nil && *r.Seen != *p.Seen() {
		return 0, movedOn(p)
	}
	if p.Refused != "" {
		return 0, &promotion.Refusal{Verb: promotion.VerbRollBack, Why: p.Refused}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.reconcile()
	agreed := *p.Seen()
	if p.From = e.ledger.Standing(p.Slot).Live; *p.Seen() != agreed {
		return 0, movedOn(p)
	}
	plan := e.rollbackPlan(r.Service, cmp.Or(r.Team, e.pipeline.Service(r.Service).Team), r.Environment, &promotion.Revert{From: p.From.Release.Image, Target: p.To, Reverts: p.From.Run})
	plan.Trigger = "operator"
	return e.startRun(plan, promotion.Command{ID: r.ID, Actor: r.Actor, Reason: r.Reason})
}

// movedOn refuses a rollback that would not do any more what was agreed to.
func movedOn(p engine.RollbackPreview) error {
	return &promotion.Refusal{Verb: promotion.VerbRollBack, Instead: "look at the preview again",
		Why: fmt.Sprintf("%s is not as the preview has shown it: it would go from %s to %s now", p.Slot, called(p.From), called(p.To))}
}

// called is what people call what is deployed.
func called(d *promotion.Deployment) string {
	if d == nil {
		return "nothing"
	}
	return d.Release.Name()
}

// deployedBy is who made a deployment, and how.
func (e *Engine) deployedBy(d *promotion.Deployment) string {
	if d == nil {
		return ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	run := e.ledger.Run(d.Run)
	if run.ID == 0 {
		return ""
	}
	if run.Actor == run.Plan.Trigger || run.Plan.Trigger == "operator" {
		return fmt.Sprintf("%s, run %d", run.Actor, run.ID)
	}
	return fmt.Sprintf("%s (%s), run %d", run.Actor, run.Plan.Trigger, run.ID)
}

// restore is how a release whose image is gone gets back into the environment.
func (e *Engine) restore(pipeline config.Pipeline, p engine.RollbackPreview) string {
	at := slices.IndexFunc(pipeline.Environments, func(c config.Environment) bool { return c.Name == p.Slot.Environment })
	if at > 0 {
		return fmt.Sprintf("`gantry rerun %d --from %s` brings it there again from %s: copied, migrated, deployed and verified", p.To.Run, p.Slot.Environment, pipeline.Environments[at-1].Name)
	}
	return fmt.Sprintf("build it again with `gantry rerun %d`", p.To.Run)
}

// warnings are what may be wrong with a target that was good once: what migrations have taken away from the schema since.
func warnings(s promotion.SlotState, target promotion.Deployment) []string {
	var said []string
	for _, c := range s.Contracts {
		if c.At.After(target.Since) && !slices.Contains(target.Release.Contracts, c.Name) {
			said = append(said, fmt.Sprintf("%s has taken something away with its migration %s that %s may still need", c.Release, c.Name, target.Release.Name()))
		}
	}
	return said
}

package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// PlanOptions is what an operator, or a merge, asks of one promotion.
type PlanOptions struct {
	Until   string // the last environment to enter; "" goes all the way
	Step    bool
	Drill   *promotion.Drill
	Trigger string
	Source  promotion.Source
}

// Plan lays out a promotion of a service: its columns and their stages. The plan takes a copy of the configuration
// along, which FromPlan reads.
func Plan(p Pipeline, service string, o PlanOptions) (promotion.Plan, error) {
	s := p.Service(service)
	if s.Name == "" {
		return promotion.Plan{}, fmt.Errorf("there is no service %q in %s: it has %s", service, p.File, listed(serviceNames(p)))
	}
	environments, err := p.until(o.Until)
	if err != nil {
		return promotion.Plan{}, err
	}
	plan := promotion.Plan{
		Kind: promotion.Promotion, Service: s.Name, Team: s.Team, Trigger: o.Trigger, Source: o.Source, Step: o.Step,
		Queue: p.Queue, Mode: p.Mode, Config: p.Source, Warning: p.leftOut(s, environments),
		Columns: []promotion.Column{{Name: promotion.BuildColumn, Stages: buildStages(s)}},
	}
	for i, e := range environments {
		plan.Columns = append(plan.Columns, promotion.Column{
			Name: e.Name, Protected: e.Protected, Isolated: e.TeamIsolation, RollsBack: slices.Clone(e.RollsBack),
			OnFailure: e.OnFailure, HoldFor: promotion.Duration(e.HoldFor), Stages: environmentStages(s, e, i == 0),
		})
	}
	if o.Drill == nil {
		return plan, nil
	}
	plan.Drill, err = p.drill(plan, *o.Drill)
	return plan, err
}

// until are the environments up to and with the named one.
func (p Pipeline) until(name string) ([]Environment, error) {
	if name == "" {
		return p.Environments, nil
	}
	var names []string
	for i, e := range p.Environments {
		if e.Name == name {
			return p.Environments[:i+1], nil
		}
		names = append(names, e.Name)
	}
	return nil, fmt.Errorf("there is no environment %q in %s: it has %s%s", name, p.File, listed(names), didYouMean(name, names))
}

// leftOut is every check that this promotion goes without, on purpose or not.
func (p Pipeline) leftOut(s Service, environments []Environment) []string {
	p.Environments = environments
	var texts []string
	for _, o := range p.omissions(s) {
		texts = append(texts, o.text)
	}
	for _, e := range environments {
		if !e.Compat && s.Migrations != nil && !slices.Contains(s.Drop, promotion.KindCompat) {
			texts = append(texts, fmt.Sprintf("no compat in %s: nothing proves there that a migration is backward compatible", e.Name))
		}
	}
	return texts
}

// rehearsals are the ways in which a drill lets a stage go wrong.
var rehearsals = []string{"fail", "error", "hang", "crash"}

// drill checks a rehearsed failure against the plan. It is refused where a failure would hurt somebody.
func (p Pipeline) drill(plan promotion.Plan, d promotion.Drill) (*promotion.Drill, error) {
	if d.How == "" {
		d.How = rehearsals[0]
	}
	if !slices.Contains(rehearsals, d.How) {
		return nil, fmt.Errorf("a drill cannot %q: use %s", d.How, oneOf(rehearsals))
	}
	var stages []string
	for _, c := range plan.Columns {
		for _, s := range c.Stages {
			stages = append(stages, string(s.ID))
		}
	}
	if !slices.Contains(stages, string(d.Stage)) {
		return nil, fmt.Errorf("there is no stage %q to rehearse a failure of%s: this promotion has %s", d.Stage, didYouMean(string(d.Stage), stages), listed(stages))
	}
	if e := p.Environment(d.Stage.Column()); e.Protected && e.Platform != "sandbox" {
		return nil, fmt.Errorf("%s is protected: rehearse the failure in an environment before it", e.Name)
	}
	return &d, nil
}

func serviceNames(p Pipeline) []string {
	var names []string
	for _, s := range p.Services {
		names = append(names, s.Name)
	}
	return names
}

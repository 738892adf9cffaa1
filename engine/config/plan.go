package config

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// PlanOptions is what an operator, or a merge, asks of one promotion.
type PlanOptions struct {
	Team    string // whose slot it takes where teams are isolated; "" is the service's own
	Until   string // the last environment to enter; "" goes all the way
	From    string // of a rerun: the environment that it begins in; "" begins with the build
	Rerun   promotion.RunID
	Release *promotion.Release // what a rerun that begins in an environment carries
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
	team, err := p.team(s, o.Team)
	if err != nil {
		return promotion.Plan{}, err
	}
	environments, err := p.until(o.Until)
	if err != nil {
		return promotion.Plan{}, err
	}
	before, err := p.before(environments, o.From)
	if err != nil {
		return promotion.Plan{}, err
	}
	plan := promotion.Plan{
		Kind: promotion.Promotion, Service: s.Name, Team: team, Trigger: o.Trigger, Source: o.Source, Step: o.Step,
		Queue: p.Queue, Mode: p.Mode, Config: p.Source, Warning: p.leftOut(s, environments[before:]),
		Rerun: o.Rerun, Release: o.Release,
	}
	if o.From == "" {
		plan.Columns = []promotion.Column{{Name: promotion.BuildColumn, Stages: buildStages(s)}}
	} else {
		plan.Passed = []promotion.Slot{{Environment: promotion.BuildColumn, Service: s.Name}}
	}
	for i, e := range environments {
		if i < before {
			passed := promotion.Slot{Environment: e.Name, Service: s.Name}
			if e.TeamIsolation {
				passed.Team = team
			}
			plan.Passed = append(plan.Passed, passed)
			continue
		}
		plan.Columns = append(plan.Columns, p.column(s, e, i == 0))
	}
	if o.Drill == nil {
		return plan, nil
	}
	plan.Drill, err = p.drill(plan, *o.Drill)
	return plan, err
}

// column is what an environment is to a promotion of the service.
func (p Pipeline) column(s Service, e Environment, first bool) promotion.Column {
	return promotion.Column{
		Name: e.Name, Protected: e.Protected, Isolated: e.TeamIsolation, RollsBack: slices.Clone(e.RollsBack),
		OnFailure: e.OnFailure, HoldFor: promotion.Duration(e.HoldFor), Stages: environmentStages(s, e, first),
		Approval: e.Approval, Soak: promotion.Duration(e.Soak), ExclusiveE2E: e.ExclusiveE2E,
		Dependencies: e.Dependencies, DependsOn: p.dependenciesIn(e, s),
	}
}

// until are the environments up to and with the named one.
func (p Pipeline) until(name string) ([]Environment, error) {
	if name == "" {
		return p.Environments, nil
	}
	last, err := p.position(name)
	if err != nil {
		return nil, err
	}
	return p.Environments[:last+1], nil
}

// before is how many of the environments stand before the one to begin with.
func (p Pipeline) before(environments []Environment, from string) (int, error) {
	if from == "" {
		return 0, nil
	}
	first, err := p.position(from)
	if err == nil && first >= len(environments) {
		err = fmt.Errorf("a promotion cannot go from %s until %s: %s comes first", from, environments[len(environments)-1].Name, environments[len(environments)-1].Name)
	}
	return first, err
}

// position is where the named environment stands in promotion order.
func (p Pipeline) position(name string) (int, error) {
	var names []string
	for i, e := range p.Environments {
		if e.Name == name {
			return i, nil
		}
		names = append(names, e.Name)
	}
	return 0, fmt.Errorf("there is no environment %q in %s: it has %s%s", name, p.File, listed(names), DidYouMean(name, names))
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

func serviceNames(p Pipeline) []string {
	var names []string
	for _, s := range p.Services {
		names = append(names, s.Name)
	}
	return names
}

package config

import (
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// removeDeadline is how long taking away what was put aside may take.
const removeDeadline = 5 * time.Minute

// Reprovision lays out how the release of an earlier run is put aside: in the first environment that isolates teams, or
// else in the first one, for so long; 0 is what the configuration says.
func Reprovision(p Pipeline, earlier promotion.Run, expires time.Duration) (promotion.Plan, error) {
	s := p.Service(earlier.Plan.Service)
	if s.Name == "" {
		return promotion.Plan{}, fmt.Errorf("there is no service %q in %s any more: it has %s", earlier.Plan.Service, p.File, listed(serviceNames(p)))
	}
	if expires <= 0 {
		expires = p.Expires
	}
	at := p.workshop()
	e, release := p.Environments[at], earlier.Release
	column := promotion.Column{
		Name: e.Name, Protected: e.Protected, Isolated: earlier.Plan.Slot(e.Name).Team != "",
		Stages: asideStages(e, release),
	}
	return promotion.Plan{
		Kind: promotion.Reprovision, Service: s.Name, Team: earlier.Plan.Team, Trigger: "operator", Source: earlier.Plan.Source,
		Mode: p.Mode, Config: p.Source, Rerun: earlier.ID, Release: &release, Expires: promotion.Duration(expires),
		Columns: []promotion.Column{column},
	}, nil
}

// workshop is where a developer investigates.
func (p Pipeline) workshop() int {
	for i, e := range p.Environments {
		if e.TeamIsolation {
			return i
		}
	}
	return 0
}

// asideStages puts a release aside and takes it away again. Nothing is verified: it is known to be bad.
func asideStages(e Environment, release promotion.Release) []promotion.Stage {
	l := layout{column: e.Name}
	if release.Migration != "" {
		l.add(promotion.KindMigrate, e.Policies[promotion.KindMigrate], migrateDeadline)
	}
	l.add(promotion.KindDeploy, e.Policies[promotion.KindDeploy], e.DeployDeadline())
	l.add(promotion.KindRemove, Policy{}, removeDeadline).Retries = 2
	return l.stages
}

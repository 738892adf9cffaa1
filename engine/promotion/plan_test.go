package promotion

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// noon is when every test begins.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func digest(name string) Digest { return Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name)))) }

// policies is the default rollback policy, as a test of the core must know it by itself.
var policies = map[string][]string{"build": nil, "dev": {"dev"}, "qa": {"qa", "dev"}, "prod": {"prod"}}

func column(name string, kinds string) Column {
	c := Column{Name: name, Isolated: name == "dev", Protected: name == "prod", RollsBack: policies[name], OnFailure: "rollback"}
	for kind := range strings.FieldsSeq(kinds) {
		c.Stages = append(c.Stages, Stage{ID: StageID(name + "/" + kind), Kind: Kind(kind), Retries: 1})
	}
	return c
}

// planOf is the default pipeline for a service of the team "checkout".
func planOf(service, version string) Plan {
	return Plan{
		Kind: Promotion, Service: service, Team: "checkout", Trigger: "merge", Queue: "latest",
		Source: Source{Path: service, Version: version, Commit: fmt.Sprintf("%x", sha256.Sum256([]byte(version)))[:40]},
		Columns: []Column{
			column("build", "build contract"),
			column("dev", "push migrate compat deploy acceptance"),
			column("qa", "copy migrate compat deploy acceptance e2e stub publish"),
			column("prod", "copy migrate compat deploy acceptance e2e publish"),
		},
	}
}

// rollbackOf is the plan that reverts one environment of another plan.
func rollbackOf(p Plan, environment string, revert Revert) Plan {
	c := Column{Name: environment}
	for _, original := range p.Columns {
		if original.Name == environment {
			c.Isolated = original.Isolated
		}
	}
	for _, kind := range []Kind{KindEvidence, KindRollback} {
		c.Stages = append(c.Stages, Stage{ID: StageID(environment + "/" + string(kind)), Kind: kind, Retries: 1})
	}
	return Plan{Kind: Rollback, Service: p.Service, Team: p.Team, Trigger: "policy", Revert: &revert, Columns: []Column{c}}
}

// stage is the plan's own copy of a stage, for a test to change.
func (p *Plan) stage(id StageID) *Stage {
	for i := range p.Columns {
		for j := range p.Columns[i].Stages {
			if s := &p.Columns[i].Stages[j]; s.ID == id {
				return s
			}
		}
	}
	panic("no stage " + id)
}

// column is the plan's own copy of a column, for a test to change.
func (p *Plan) column(name string) *Column {
	for i := range p.Columns {
		if p.Columns[i].Name == name {
			return &p.Columns[i]
		}
	}
	panic("no column " + name)
}

package situation

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Hash is a digest made from a name.
func Hash(name string) promotion.Digest {
	return promotion.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name))))
}

// Plan is the default pipeline for a service.
func (s *Story) Plan(service, version, subject string) promotion.Plan {
	team := ""
	for _, info := range s.Base.Services {
		if info.Name == service {
			team = info.Team
		}
	}
	commit := fmt.Sprintf("%x", sha256.Sum256([]byte(service+version)))[:40]
	return promotion.Plan{
		Kind: promotion.Promotion, Service: service, Team: team, Trigger: "operator", Mode: "continuous-deployment",
		Source: promotion.Source{Path: "services/" + service, Commit: commit, Subject: subject, Author: "Ada", Version: version},
		Columns: []promotion.Column{
			column("build", false, nil, "build", "contract"),
			column("dev", false, []string{"dev"}, "push", "migrate", "compat", "deploy", "acceptance"),
			column("qa", false, []string{"qa", "dev"}, "copy", "migrate", "compat", "deploy", "acceptance", "e2e", "stub", "publish"),
			column("prod", true, []string{"prod"}, "copy", "migrate", "compat", "deploy", "acceptance", "e2e"),
		},
	}
}

func column(name string, protected bool, rollsBack []string, kinds ...promotion.Kind) promotion.Column {
	c := promotion.Column{Name: name, Protected: protected, RollsBack: rollsBack, OnFailure: "rollback"}
	for _, kind := range kinds {
		c.Stages = append(c.Stages, promotion.Stage{ID: promotion.StageID(name + "/" + string(kind)), Kind: kind})
	}
	return c
}

// RollbackPlan reverts one environment of a run.
func (s *Story) RollbackPlan(cause promotion.RunID, environment string) promotion.Plan {
	run := s.Run(cause)
	c, _ := run.Column(environment)
	return promotion.Plan{
		Kind: promotion.Rollback, Service: run.Plan.Service, Team: run.Plan.Team, Trigger: "policy",
		Source: promotion.Source{Version: run.Release.Version, Commit: run.Release.Commit},
		Columns: []promotion.Column{{Name: environment, Protected: c.Column.Protected, Stages: []promotion.Stage{
			{ID: promotion.StageID(environment + "/evidence"), Kind: promotion.KindEvidence},
			{ID: promotion.StageID(environment + "/rollback"), Kind: promotion.KindRollback},
		}}},
		Revert: &promotion.Revert{Cause: cause, From: run.Release.Image, Target: c.LastGood},
	}
}

// usual is how long stages take in the stories.
var usual = map[promotion.Kind]time.Duration{
	promotion.KindBuild: 41 * time.Second, promotion.KindContract: 7 * time.Second, promotion.KindPush: 2 * time.Second,
	promotion.KindCopy: time.Second, promotion.KindMigrate: time.Second, promotion.KindCompat: 5 * time.Second,
	promotion.KindDeploy: 7 * time.Second, promotion.KindAcceptance: 8 * time.Second, promotion.KindE2E: 50 * time.Second,
	promotion.KindStub: 3 * time.Second, promotion.KindPublish: time.Second,
	promotion.KindEvidence: time.Second, promotion.KindRollback: 6 * time.Second,
}

// Timed tells the pipeline how long the stages of a service usually take, and of no other one.
func (s *Story) Timed(service string) *Story {
	paces := map[promotion.StageID]promotion.Pace{}
	for _, c := range s.Plan(service, "", "").Columns {
		for _, stage := range c.Stages {
			paces[stage.ID] = promotion.Pace{Expected: usual[stage.Kind], Usual: usual[stage.Kind] * 6 / 5}
		}
	}
	s.Base.Paces = promotion.NewPaces(map[string]map[promotion.StageID]promotion.Pace{service: paces})
	return s
}

package config

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// How long stages may take where the configuration does not say.
const (
	buildDeadline      = 15 * time.Minute
	contractDeadline   = 10 * time.Minute
	transferDeadline   = 5 * time.Minute
	migrateDeadline    = 5 * time.Minute
	deployDeadline     = 150 * time.Second // besides the time to become healthy
	acceptanceDeadline = 5 * time.Minute
	stubDeadline       = 5 * time.Minute
	publishDeadline    = 2 * time.Minute
	rollbackDeadline   = 5 * time.Minute // at least
)

var suiteDeadlines = map[promotion.Kind]time.Duration{
	promotion.KindAcceptance: acceptanceDeadline,
	promotion.KindE2E:        15 * time.Minute,
}

// DeployDeadline is how long an attempt to deploy may take; 0 for as long as it likes.
func (e Environment) DeployDeadline() time.Duration {
	return or(e.Policies[promotion.KindDeploy].Deadline, deployDeadline+e.HealthTimeout)
}

// RollbackDeadline is how long an attempt to roll back may take: it deploys, too, so never less than a deploy.
func (e Environment) RollbackDeadline() time.Duration {
	return max(rollbackDeadline, e.DeployDeadline())
}

// layout collects a column's stages.
type layout struct {
	column string
	stages []promotion.Stage
}

// add adds a stage that is safe to repeat, with the deadline that it has where its policy says none.
func (l *layout) add(kind promotion.Kind, p Policy, deadline time.Duration) *promotion.Stage {
	stage := p.stage(deadline)
	stage.ID, stage.Kind = promotion.StageID(l.column+"/"+string(kind)), kind
	l.stages = append(l.stages, stage)
	return &l.stages[len(l.stages)-1]
}

// commands adds a stage that is made of the service's own commands.
func (l *layout) commands(kind promotion.Kind, s Stage, deadline time.Duration) {
	stage := l.add(kind, s.Policy, deadline)
	stage.Once = s.Once
	for _, step := range s.Steps {
		stage.Steps = append(stage.Steps, step.Name)
	}
}

func buildStages(s Service) []promotion.Stage {
	l := layout{column: promotion.BuildColumn}
	l.commands(promotion.KindBuild, s.Build, buildDeadline)
	if s.testsContracts() {
		l.commands(promotion.KindContract, *s.ContractTests, contractDeadline)
	}
	return l.stages
}

// environmentStages is what happens to the service in one environment. Only the first environment gets the images from
// the build; every later one copies what the one before has proven.
func environmentStages(s Service, e Environment, first bool) []promotion.Stage {
	l := layout{column: e.Name}
	add := func(kind promotion.Kind, deadline time.Duration) { l.add(kind, e.Policies[kind], deadline) }
	if first {
		add(promotion.KindPush, transferDeadline)
	} else {
		add(promotion.KindCopy, transferDeadline)
	}
	acceptance := s.suite(promotion.KindAcceptance)
	if s.Migrations != nil {
		add(promotion.KindMigrate, migrateDeadline)
		if e.Compat && acceptance != nil && !slices.Contains(s.Drop, promotion.KindCompat) {
			// What the service says of its acceptance tests holds for this run of them too, unless compat is spoken of itself.
			l.add(promotion.KindCompat, e.Policies[promotion.KindCompat].over(acceptance.Policy), acceptanceDeadline)
		}
	}
	add(promotion.KindDeploy, e.DeployDeadline())
	for _, kind := range []promotion.Kind{promotion.KindAcceptance, promotion.KindE2E} {
		if suite := s.suite(kind); suite != nil && slices.Contains(e.Verify, kind) {
			l.add(kind, suite.Policy.over(e.Policies[kind]), suiteDeadlines[kind])
		}
	}
	if !s.makesStubs() {
		return l.stages
	}
	if e.PublishStub {
		add(promotion.KindStub, stubDeadline)
	}
	if e.StubChannel != "" {
		add(promotion.KindPublish, publishDeadline)
	}
	return l.stages
}

// dependenciesIn are the slots of the services that must be live where the environment asks for them.
func (p Pipeline) dependenciesIn(e Environment, s Service) []promotion.Slot {
	if e.Dependencies == "any" {
		return nil
	}
	var slots []promotion.Slot
	for _, name := range s.DependsOn {
		slot := promotion.Slot{Environment: e.Name, Service: name}
		if e.TeamIsolation {
			slot.Team = p.Service(name).Team
		}
		slots = append(slots, slot)
	}
	return slots
}

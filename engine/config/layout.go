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
	e2eDeadline        = 15 * time.Minute
	stubDeadline       = 5 * time.Minute
	publishDeadline    = 2 * time.Minute
)

// layout collects a column's stages.
type layout struct {
	column string
	stages []promotion.Stage
}

// add adds a stage that is safe to repeat; retries is how often when there was no verdict.
func (l *layout) add(kind promotion.Kind, deadline time.Duration, retries int) *promotion.Stage {
	l.stages = append(l.stages, promotion.Stage{
		ID: promotion.StageID(l.column + "/" + string(kind)), Kind: kind, Deadline: promotion.Duration(deadline), Retries: retries,
	})
	return &l.stages[len(l.stages)-1]
}

// commands adds a stage that is made of the service's own commands.
func (l *layout) commands(kind promotion.Kind, s Stage) {
	stage := l.add(kind, s.Deadline, s.Retries)
	stage.Once = s.Once
	for _, step := range s.Steps {
		stage.Steps = append(stage.Steps, step.Name)
	}
}

func buildStages(s Service) []promotion.Stage {
	l := layout{column: promotion.BuildColumn}
	l.commands(promotion.KindBuild, s.Build)
	if s.testsContracts() {
		l.commands(promotion.KindContract, *s.ContractTests)
	}
	return l.stages
}

// environmentStages is what happens to the service in one environment. Only the first environment gets the images from
// the build; every later one copies what the one before has proven.
func environmentStages(s Service, e Environment, first bool) []promotion.Stage {
	l := layout{column: e.Name}
	if first {
		l.add(promotion.KindPush, transferDeadline, 1)
	} else {
		l.add(promotion.KindCopy, transferDeadline, 1)
	}
	acceptance := s.suite(promotion.KindAcceptance)
	if s.Migrations != nil {
		l.add(promotion.KindMigrate, migrateDeadline, 1)
		if e.Compat && acceptance != nil && !slices.Contains(s.Drop, promotion.KindCompat) {
			l.add(promotion.KindCompat, acceptance.Deadline, acceptance.Retries)
		}
	}
	l.add(promotion.KindDeploy, deployDeadline+e.HealthTimeout, 1)
	for _, kind := range []promotion.Kind{promotion.KindAcceptance, promotion.KindE2E} {
		if suite := s.suite(kind); suite != nil && slices.Contains(e.Verify, kind) {
			l.add(kind, suite.Deadline, suite.Retries)
		}
	}
	if !s.makesStubs() {
		return l.stages
	}
	if e.PublishStub {
		l.add(promotion.KindStub, stubDeadline, 1)
	}
	if e.StubChannel != "" {
		l.add(promotion.KindPublish, publishDeadline, 1)
	}
	return l.stages
}

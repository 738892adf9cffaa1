package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// view is the environment for those who only look: no repository is made for an answer.
type view struct{ environment *Environment }

// View is the environment for those who only look.
func (e *Environment) View() engine.View { return view{e} }

func (v view) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	return v.environment.Live(ctx, slot)
}

func (v view) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	return v.environment.lookUp(ctx, slot, what)
}

// Check looks at the account, the service, the repository, the secrets and, where there are migrations, their task
// definition.
func (v view) Check(ctx context.Context, slot promotion.Slot, keepsData bool) []engine.Check {
	e := v.environment
	s, err := e.session(ctx)
	if err == nil {
		err = e.checkAccount(ctx, s)
	}
	if err != nil {
		return []engine.Check{wrong("account", err, "check aws.account, aws.role and the credentials that Gantry is started with")}
	}
	all := []engine.Check{{What: "account", State: engine.CheckOK, Detail: fmt.Sprintf("%s in %s, as %s", e.aws.Account, e.aws.Region, short(e.aws.Role))}}
	all = append(all, e.checkService(ctx, s, slot), e.checkRepository(ctx, slot))
	if keepsData {
		all = append(all, e.checkMigration(ctx, s, slot))
	}
	return append(all, e.checkSecrets(ctx, s, slot)...)
}

func wrong(what string, err error, next string) engine.Check {
	return engine.Check{What: what, State: engine.CheckWrong, Detail: err.Error(), Next: next}
}

func (e *Environment) checkService(ctx context.Context, s *session, slot promotion.Slot) engine.Check {
	if e.of(slot).Function != "" {
		return e.checkFunction(ctx, s, slot)
	}
	service, err := e.service(ctx, s, slot)
	if err != nil {
		return wrong("service", err, "make the service, or name the one that is there")
	}
	how, err := e.strategy(service)
	if err != nil {
		return wrong("service", err, "set its deployment controller to ECS")
	}
	if err := e.fits(how, e.configured.HealthTimeout); err != nil {
		return wrong("service", err, "set deadline in [environment.stage.deploy], or let the service wait for less")
	}
	if e.of(slot).URL == "" {
		return engine.Check{What: "service", State: engine.CheckWrong, Detail: "where it answers is not configured", Next: "set url in [environment.aws.service." + slot.Service + "]"}
	}
	return engine.Check{What: "service", State: engine.CheckOK, Detail: fmt.Sprintf("%s: %d of %d tasks run, deployed by %s", e.of(slot).Service, service.RunningCount, service.DesiredCount, how)}
}

func (e *Environment) checkRepository(ctx context.Context, slot promotion.Slot) engine.Check {
	at, err := e.lookUp(ctx, slot, "")
	if errors.Is(err, engine.ErrNotYet) {
		return engine.Check{What: "repository", State: engine.CheckLater, Detail: "the first run makes " + e.repositoryName(slot, "")}
	}
	if err != nil {
		return wrong("repository", err, "")
	}
	return engine.Check{What: "repository", State: engine.CheckOK, Detail: at.Name.Name()}
}

func (e *Environment) checkMigration(ctx context.Context, s *session, slot promotion.Slot) engine.Check {
	family := e.of(slot).Migration
	d, err := e.describeDefinition(ctx, s, family)
	if err != nil {
		return wrong("migration", err, "make the task definition "+family+" with the role and the secrets that may change the schema")
	}
	i := e.containerIn(d, slot)
	if i < 0 {
		return engine.Check{What: "migration", State: engine.CheckWrong, Detail: "none of its containers is called " + slot.Service, Next: "set container"}
	}
	if _, err := streamOf(d.ContainerDefinitions[i], ""); err != nil {
		return wrong("migration", err, "")
	}
	return engine.Check{What: "migration", State: engine.CheckOK, Detail: fmt.Sprintf("%s:%d", family, d.Revision)}
}

// checkSecrets looks whether each secret is there.
func (e *Environment) checkSecrets(ctx context.Context, s *session, slot promotion.Slot) []engine.Check {
	var all []engine.Check
	for _, name := range slices.Sorted(maps.Keys(e.configured.Variables)) {
		if value := e.configured.Variables[name]; config.IsAWSReference(value) {
			if _, err := e.secret(ctx, value); err != nil {
				all = append(all, wrong("secret "+name, err, "make it, or allow the role to read it"))
			}
		}
	}
	service := e.of(slot)
	for _, references := range []map[string]string{service.Secrets, service.MigrationSecrets} {
		for _, name := range slices.Sorted(maps.Keys(references)) {
			if _, err := e.valueFrom(ctx, s, references[name]); err != nil {
				all = append(all, wrong("secret "+name, err, "make it, or allow the role to describe it"))
			}
		}
	}
	return all
}

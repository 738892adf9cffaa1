package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// giveUp takes the deployment back where it still goes on. What ECS has decided, or goes back from by itself, is left alone.
func (g *gradual) giveUp(ctx context.Context) error {
	service, err := g.service(ctx, g.session, g.slot)
	if err != nil {
		return err
	}
	d, err := g.newest(ctx, g.session, service)
	if err != nil {
		return err
	}
	if d == nil || g.arn == "" && g.known(d) { // it is about to begin, and nobody knows its name
		return g.goBack(ctx)
	}
	if g.arn == "" {
		if to, err := g.definitionOf(ctx, g.session, target(d)); err != nil || to != g.definition {
			return err
		}
		g.adopt(d)
	}
	if !goesOn(d) || aws.ToString(d.ServiceDeploymentArn) != g.arn {
		return nil
	}
	return g.abort(ctx)
}

// abort ends the deployment while it goes on. Where nothing was before, ECS would go back to whatever the service was made with.
func (g *gradual) abort(ctx context.Context) error {
	if g.before != "" && g.stop(ctx, g.arn) == nil {
		return nil
	}
	return g.goBack(ctx)
}

// restored looks where the service is. What goes back is waited for; what does not is stopped, and then moved, once each.
func (g *gradual) restored(ctx context.Context, service *types.Service) (done, back bool, err error) {
	if g.before == "" {
		if service.DesiredCount > 0 {
			return false, false, g.goBack(ctx)
		}
		done, err = g.empty(ctx, g.session, g.slot, service)
		return done, false, err
	}
	d, err := g.newest(ctx, g.session, service)
	if err != nil || d == nil {
		return false, false, err
	}
	if arn := aws.ToString(d.ServiceDeploymentArn); arn != g.arn && !g.known(d) {
		return g.returned(ctx, d)
	}
	switch {
	case goesBack(d), g.moved:
		return false, false, nil
	case goesOn(d) && !g.asked:
		g.asked = true
		return false, false, g.abort(ctx)
	case goesOn(d) && !g.stays.lasts(g.clock.Now()): // what ECS says is a little behind
		return false, false, nil
	case d.Status == types.ServiceDeploymentStatusRollbackSuccessful:
		if at, err := g.definitionOf(ctx, g.session, served(d)); err != nil || at == g.before {
			return err == nil, true, err
		}
	}
	return false, false, g.goBack(ctx)
}

// returned tells how the deployment came out that has taken this one's place, and should be the way back.
func (g *gradual) returned(ctx context.Context, d *types.ServiceDeployment) (done, back bool, err error) {
	to, err := g.definitionOf(ctx, g.session, target(d))
	switch {
	case err != nil:
		return false, false, err
	case to != g.before:
		return true, false, fmt.Errorf("somebody else has moved the service to %s meanwhile", short(to))
	case goesOn(d):
		return false, false, nil
	case d.Status == types.ServiceDeploymentStatusSuccessful:
		return true, true, nil
	}
	return true, false, fmt.Errorf("the version before did not come back either: %s: %s", d.Status, blame(d))
}

// goBack moves the service to the recorded task definition by the same strategy, or empties it where there is none.
func (g *gradual) goBack(ctx context.Context) error {
	err := g.moveBack(ctx, true)
	g.moved = g.moved || err == nil
	return err
}

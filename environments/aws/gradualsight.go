package aws

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// look reads the service's last deployment. It is this one, or somebody else's that has taken its place.
func (g *gradual) look(ctx context.Context) (sight, error) {
	service, err := g.service(ctx, g.session, g.slot)
	if err != nil {
		return sight{}, err
	}
	d, err := g.newest(ctx, g.session, service)
	if err != nil {
		return sight{}, err
	}
	if g.arn == "" && (d == nil || g.known(d)) {
		if g.clock.Now().Sub(g.began) > g.timeout {
			return sight{}, fmt.Errorf("%s: ECS has taken the call, and lists no deployment to %s after %s: look at the service's events", g.Name(), g.id, promotion.Duration(g.timeout))
		}
		return sight{service, moving, "", "ECS has not begun yet"}, nil
	}
	if d == nil {
		return sight{}, fmt.Errorf("%s: ECS no longer lists the deployment %s", g.Name(), g.id)
	}
	if aws.ToString(d.ServiceDeploymentArn) != g.arn {
		to, err := g.definitionOf(ctx, g.session, target(d))
		if err != nil {
			return sight{}, err
		}
		if g.arn != "" || to != g.definition {
			return g.replaced(service, to), nil
		}
		g.adopt(d)
		g.say("it is deployment %s", g.id)
	}
	g.keepTime(d)
	became, why := weigh(service, d)
	return sight{service, became, why, standing(d)}, nil
}

// known tells whether a deployment is the one that was there before.
func (g *gradual) known(d *types.ServiceDeployment) bool {
	return g.last != nil && aws.ToString(d.ServiceDeploymentArn) == aws.ToString(g.last.ServiceDeploymentArn)
}

// replaced is what it means that another deployment has taken this one's place.
func (g *gradual) replaced(service *types.Service, to string) sight {
	line := fmt.Sprintf("deployment %s was replaced by one to %s", g.id, short(to))
	if back := g.before; back != "" && to == back {
		return sight{service, rolledBack, "somebody has moved the service back to " + short(to), line}
	}
	return sight{service, superseded, short(to), line}
}

// weigh reads what became of a deployment.
func weigh(service *types.Service, d *types.ServiceDeployment) (state, string) {
	switch {
	case service.DesiredCount == 0:
		return scaled, ""
	case !goesOn(d) && d.Status != types.ServiceDeploymentStatusSuccessful:
		return failed, blame(d)
	case goesOn(d):
		return moving, ""
	}
	return completed, ""
}

// keepTime remembers how far the deployment has come, and how long it was held by somebody who is to let it go on.
func (g *gradual) keepTime(d *types.ServiceDeployment) {
	now, s := g.clock.Now(), d.LifecycleStage
	if g.awaits {
		g.paused += now.Sub(g.looked)
	}
	g.at, g.looked, g.awaits = s, now, len(awaited(d)) > 0
	g.bakes = g.bakes || baking[s]
	g.shifts = g.shifts || shifted[s] || s == types.ServiceDeploymentLifecycleStageProductionTrafficShift
}

// awaited are the hooks that wait for a person.
func awaited(d *types.ServiceDeployment) []types.DeploymentLifecycleHookDetail {
	var all []types.DeploymentLifecycleHookDetail
	for _, h := range d.LifecycleHookDetails {
		if h.Status == types.DeploymentLifecycleHookStatusAwaitingAction {
			all = append(all, h)
		}
	}
	return all
}

// standing is where the deployment is, for people.
func standing(d *types.ServiceDeployment) string {
	parts := []string{string(d.Status)}
	if d.LifecycleStage != "" {
		parts = append(parts, string(d.LifecycleStage))
	}
	line := strings.Join(parts, ", ")
	if r := d.TargetServiceRevision; r != nil {
		line += fmt.Sprintf(": %d of %d running, %d pending", r.RunningTaskCount, r.RequestedTaskCount, r.PendingTaskCount)
		if r.RequestedProductionTrafficWeight != nil {
			line += fmt.Sprintf(", %g%% of production traffic", share(d))
		}
	}
	for _, h := range awaited(d) {
		line += fmt.Sprintf("; hook %s waits until somebody continues it or rolls back (aws ecs continue-service-deployment), or for %s at %s", hookName(h), h.TimeoutAction, aws.ToTime(h.ExpiresAt).UTC().Format(time.RFC3339))
	}
	return line
}

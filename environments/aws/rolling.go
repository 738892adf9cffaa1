package aws

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// rolling replaces tasks one after the other. Its deployment is one of those that the service lists.
type rolling struct {
	*rollout
	origin string // task definition that the service had, also where nothing ran: ECS goes back to it by itself
	asked  bool   // ECS was, to go back
	stays  spell
}

func (f *rolling) already(ctx context.Context, service *types.Service) (*engine.Live, error) {
	p := primaryOf(service)
	if aws.ToString(p.TaskDefinition) != f.definition || p.RolloutState != types.DeploymentRolloutStateCompleted {
		return nil, nil
	}
	return f.lives(ctx, service)
}

// begin switches the circuit breaker on: nothing else ends a deployment that nobody follows any more.
func (f *rolling) begin(ctx context.Context, service *types.Service) error {
	configuration := types.DeploymentConfiguration{}
	if service.DeploymentConfiguration != nil {
		configuration = *service.DeploymentConfiguration
	}
	configuration.DeploymentCircuitBreaker = &types.DeploymentCircuitBreaker{Enable: true, Rollback: true}
	updated, err := f.move(ctx, service, &ecs.UpdateServiceInput{
		DeploymentConfiguration: &configuration, PropagateTags: types.PropagateTagsTaskDefinition,
		ForceNewDeployment: aws.ToString(primaryOf(service).TaskDefinition) == f.definition,
	})
	if err != nil {
		return err
	}
	p := primaryOf(updated)
	if aws.ToString(p.TaskDefinition) != f.definition {
		return fmt.Errorf("%s: ECS has taken %s, but goes to %s: somebody else deploys, too", f.Name(), short(f.definition), short(aws.ToString(p.TaskDefinition)))
	}
	f.id = aws.ToString(p.Id)
	f.say("started deployment %s of %s, task definition %s; it goes back to %s", f.id, aws.ToString(service.ServiceName), short(f.definition), cmp.Or(short(f.before), "nothing"))
	return nil
}

func (f *rolling) look(ctx context.Context) (sight, error) {
	service, err := f.service(ctx, f.session, f.slot)
	if err != nil {
		return sight{}, err
	}
	became, why := judge(service, f.id, cmp.Or(f.before, f.origin))
	return sight{service, became, why, progress(service, f.id)}, nil
}

func (f *rolling) patience() time.Duration { return f.timeout }

func (f *rolling) overdue() string {
	return fmt.Sprintf("it did not become healthy within %s", promotion.Duration(f.timeout))
}

func (f *rolling) restoring() time.Duration { return restoreTime }

func (f *rolling) owns(t types.Task) bool { return aws.ToString(t.StartedBy) == f.id }

// judge reads what became of a deployment, by its id: a service that is stable again after ECS has gone back looks like one
// that has come to the new version.
func judge(service *types.Service, id, before string) (state, string) {
	p := primaryOf(service)
	d := deploymentOf(service, id)
	switch {
	case d != nil && d.RolloutState == types.DeploymentRolloutStateFailed:
		return failed, aws.ToString(d.RolloutStateReason)
	case d == nil || aws.ToString(d.Id) != aws.ToString(p.Id):
		if before != "" && aws.ToString(p.TaskDefinition) == before {
			return rolledBack, aws.ToString(p.RolloutStateReason)
		}
		return superseded, short(aws.ToString(p.TaskDefinition))
	case service.DesiredCount == 0:
		return scaled, ""
	case d.RolloutState == types.DeploymentRolloutStateCompleted:
		return completed, ""
	}
	return moving, ""
}

// progress is where the deployment is, for people.
func progress(service *types.Service, id string) string {
	d := deploymentOf(service, id)
	if d == nil {
		return fmt.Sprintf("deployment %s is no longer listed", id)
	}
	return fmt.Sprintf("%s: %d of %d running, %d pending, %d failed", d.RolloutState, d.RunningCount, d.DesiredCount, d.PendingCount, d.FailedTasks)
}

// goodOf is the task definition to go back to: what the service has come to, or what is recorded as good while it is on its
// way to something else. It is never the revision before by number, which may be another bad one.
func goodOf(service *types.Service) string {
	p := primaryOf(service)
	switch {
	case service.DesiredCount == 0:
		return ""
	case p.RolloutState == types.DeploymentRolloutStateCompleted:
		return aws.ToString(p.TaskDefinition)
	}
	return tagged(service.Tags, tagGood)
}

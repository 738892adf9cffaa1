package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// restored looks where the service is, and pushes it once where it does not go back by itself.
func (f *rolling) restored(ctx context.Context, service *types.Service) (done, back bool, err error) {
	p := primaryOf(service)
	at, id := aws.ToString(p.TaskDefinition), aws.ToString(p.Id)
	switch {
	case f.before == "" && service.DesiredCount == 0:
		done, err = f.empty(ctx, f.session, f.slot, service)
		return done, false, err
	case f.before == "" && (id == f.id || at == f.origin):
		return false, false, f.goBack(ctx)
	case id != f.id && at != f.before:
		return true, false, fmt.Errorf("somebody else has moved the service to %s meanwhile", short(at))
	case id != f.id && at == f.before && p.RolloutState == types.DeploymentRolloutStateFailed:
		return true, false, fmt.Errorf("the version before did not become healthy either: %s", aws.ToString(p.RolloutStateReason))
	case id != f.id && at == f.before && p.RolloutState == types.DeploymentRolloutStateCompleted:
		return true, true, nil
	case id == f.id && !f.asked && p.RolloutState != types.DeploymentRolloutStateFailed:
		f.asked = true
		return false, false, f.abort(ctx)
	case id == f.id && f.stays.lasts(f.clock.Now()): // it does not go back by itself
		return false, false, f.goBack(ctx)
	}
	return false, false, nil
}

func (f *rolling) giveUp(ctx context.Context) error {
	service, err := f.service(ctx, f.session, f.slot)
	if err != nil || aws.ToString(primaryOf(service).Id) != f.id {
		return err
	}
	return f.abort(ctx)
}

// abort ends the deployment while it rolls: by ECS's own means, which goes back faster, or by moving the service.
func (f *rolling) abort(ctx context.Context) error {
	if f.before == "" {
		return f.goBack(ctx)
	}
	arn, err := f.underWay(ctx)
	if err == nil && arn != "" && f.stop(ctx, arn) == nil {
		return nil
	}
	return f.goBack(ctx)
}

// underWay is ECS's record of the deployment that goes on to the rollout's task definition; "" when there is none.
func (f *rolling) underWay(ctx context.Context) (string, error) {
	list, err := f.session.ecs.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(f.aws.Cluster), Service: aws.String(f.of(f.slot).Service),
		Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusPending, types.ServiceDeploymentStatusInProgress},
	})
	if err != nil {
		return "", err
	}
	for _, d := range list.ServiceDeployments {
		definition, err := f.definitionOf(ctx, f.session, aws.ToString(d.TargetServiceRevisionArn))
		if err != nil {
			return "", err
		}
		if definition == f.definition {
			return aws.ToString(d.ServiceDeploymentArn), nil
		}
	}
	return "", nil
}

// goBack moves the service to the recorded task definition, or empties it where there is none.
func (f *rolling) goBack(ctx context.Context) error { return f.moveBack(ctx, false) }

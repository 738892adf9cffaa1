package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// restoreTime is how long ECS may take to go back.
const restoreTime = 10 * time.Minute

// restore returns once the service is back on what was before; false where nothing was, and nothing is now.
func (f *rollout) restore(ctx context.Context) (bool, error) {
	limit := f.clock.Now().Add(restoreTime)
	var way wayBack
	var silent spell
	for {
		service, err := f.service(ctx, f.session, f.slot)
		if err == nil {
			var done, back bool
			if done, back, err = f.restored(ctx, service, &way); done && err == nil {
				return back, nil
			}
		}
		switch {
		case err == nil:
			silent.ends()
		case silent.lasts(f.clock.Now()) || !passing(ctx, err):
			return false, err
		}
		if f.clock.Now().After(limit) {
			return false, fmt.Errorf("%s: %w", f.Name(), errNotBack)
		}
		if err := f.pause(ctx); err != nil {
			return false, err
		}
	}
}

// wayBack is how far a service has come that goes back.
type wayBack struct {
	asked bool // ECS was asked to
	stays spell
}

// restored looks where the service is, and pushes it once where it does not go back by itself.
func (f *rollout) restored(ctx context.Context, service *types.Service, way *wayBack) (done, back bool, err error) {
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
	case id == f.id && !way.asked && p.RolloutState != types.DeploymentRolloutStateFailed:
		way.asked = true
		return false, false, f.abort(ctx)
	case id == f.id && way.stays.lasts(f.clock.Now()): // it does not go back by itself
		return false, false, f.goBack(ctx)
	}
	return false, false, nil
}

// abort ends the deployment while it rolls: by ECS's own means, which goes back faster, or by moving the service.
func (f *rollout) abort(ctx context.Context) error {
	if f.before == "" {
		return f.goBack(ctx)
	}
	arn, err := f.underWay(ctx)
	if err == nil && arn != "" {
		_, err = f.session.ecs.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{
			ServiceDeploymentArn: aws.String(arn), StopType: types.StopServiceDeploymentStopTypeRollback,
		})
		if err == nil {
			fmt.Fprintf(f.log, "stopped deployment %s: ECS goes back to the version before\n", f.id)
			return nil
		}
	}
	return f.goBack(ctx)
}

// underWay is ECS's record of the deployment that goes on to the rollout's task definition; "" when there is none.
func (f *rollout) underWay(ctx context.Context) (string, error) {
	list, err := f.session.ecs.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(f.aws.Cluster), Service: aws.String(f.of(f.slot).Service),
		Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusPending, types.ServiceDeploymentStatusInProgress},
	})
	if err != nil {
		return "", err
	}
	for _, d := range list.ServiceDeployments {
		found, err := f.session.ecs.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{aws.ToString(d.TargetServiceRevisionArn)}})
		if err != nil {
			return "", err
		}
		for _, r := range found.ServiceRevisions {
			if aws.ToString(r.TaskDefinition) == f.definition {
				return aws.ToString(d.ServiceDeploymentArn), nil
			}
		}
	}
	return "", nil
}

// goBack moves the service to the recorded task definition, or empties it where there is none.
func (f *rollout) goBack(ctx context.Context) error {
	in := &ecs.UpdateServiceInput{Cluster: aws.String(f.aws.Cluster), Service: aws.String(f.of(f.slot).Service)}
	if f.before == "" {
		in.DesiredCount = aws.Int32(0)
	} else {
		in.TaskDefinition = aws.String(f.before)
	}
	if _, err := f.session.ecs.UpdateService(ctx, in); err != nil {
		return f.failed(err, "move %s back", aws.ToString(in.Service))
	}
	if f.before != "" {
		fmt.Fprintf(f.log, "moved back to %s\n", short(f.before))
	}
	return nil
}

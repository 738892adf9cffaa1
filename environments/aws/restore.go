package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// restoreTime is how long ECS may take to go back, besides what it waits for on the way.
const restoreTime = 10 * time.Minute

// restore returns once the service is back on what was before; false where nothing was, and nothing is now.
func (f *rollout) restore(ctx context.Context) (bool, error) {
	limit := f.clock.Now().Add(f.course.restoring())
	var silent spell
	for {
		service, err := f.service(ctx, f.session, f.slot)
		if err == nil {
			var done, back bool
			if done, back, err = f.course.restored(ctx, service); done && err == nil {
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

// stop has ECS end a deployment and go back to the version before.
func (f *rollout) stop(ctx context.Context, arn string) error {
	_, err := f.session.ecs.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{
		ServiceDeploymentArn: aws.String(arn), StopType: types.StopServiceDeploymentStopTypeRollback,
	})
	if err == nil {
		f.say("stopped deployment %s: ECS goes back to the version before", f.id)
	}
	return err
}

// moveBack moves the service to what was before, or empties it where nothing was. force begins a deployment also where the
// service names that task definition already.
func (f *rollout) moveBack(ctx context.Context, force bool) error {
	in := &ecs.UpdateServiceInput{Cluster: aws.String(f.aws.Cluster), Service: aws.String(f.of(f.slot).Service)}
	if f.before == "" {
		in.DesiredCount = aws.Int32(0)
	} else {
		in.TaskDefinition, in.ForceNewDeployment = aws.String(f.before), force
	}
	if _, err := f.session.ecs.UpdateService(ctx, in); err != nil {
		return f.failed(err, "move %s back", aws.ToString(in.Service))
	}
	if f.before != "" {
		f.say("moved back to %s", short(f.before))
	}
	return nil
}

package aws

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Stop scales the slot's service to zero and waits until nothing runs. What is recorded as good stays recorded.
func (e *Environment) Stop(ctx context.Context, slot promotion.Slot, log io.Writer) error {
	if err := e.check(slot); err != nil {
		return err
	}
	s, err := e.mutating(ctx)
	if err != nil {
		return err
	}
	if e.of(slot).Function != "" {
		return e.stopFunction(ctx, s, slot, log)
	}
	limit := e.clock.Now().Add(restoreTime)
	for {
		service, err := e.service(ctx, s, slot)
		if err != nil {
			return err
		}
		if empty, err := e.empty(ctx, s, slot, service); empty || err != nil {
			return err
		}
		called := aws.ToString(service.ServiceName)
		if service.DesiredCount > 0 {
			if _, err := s.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(e.aws.Cluster), Service: service.ServiceName, DesiredCount: aws.Int32(0)}); err != nil {
				return e.failed(err, "scale %s to zero", called)
			}
			fmt.Fprintf(log, "scaled %s to zero\n", called)
		}
		if e.clock.Now().After(limit) {
			return fmt.Errorf("%s: %s was scaled to zero, but its tasks have not all ended within %s: look at the service's events", e.Name(), called, promotion.Duration(restoreTime))
		}
		if err := e.pause(ctx); err != nil {
			return err
		}
	}
}

// empty tells whether a service was scaled to zero and nothing of it runs any more. A task that is being stopped, whose requests
// are waited for, is no longer counted as running.
func (e *Environment) empty(ctx context.Context, s *session, slot promotion.Slot, service *types.Service) (bool, error) {
	if service.DesiredCount > 0 || service.RunningCount > 0 {
		return false, nil
	}
	ending, err := e.tasks(ctx, s, slot, types.DesiredStatusStopped)
	return !slices.ContainsFunc(ending, func(t types.Task) bool { return aws.ToString(t.LastStatus) != "STOPPED" }), err
}

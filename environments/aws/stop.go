package aws

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

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
		if service.DesiredCount == 0 && service.RunningCount == 0 {
			return nil
		}
		called := aws.ToString(service.ServiceName)
		if service.DesiredCount > 0 {
			if _, err := s.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(e.aws.Cluster), Service: service.ServiceName, DesiredCount: aws.Int32(0)}); err != nil {
				return e.failed(err, "scale %s to zero", called)
			}
			fmt.Fprintf(log, "scaled %s to zero\n", called)
		}
		if e.clock.Now().After(limit) {
			return fmt.Errorf("%s: %s was scaled to zero, but %d of its tasks still run", e.Name(), called, service.RunningCount)
		}
		if err := e.pause(ctx); err != nil {
			return err
		}
	}
}

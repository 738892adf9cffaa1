package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// primary is how ECS calls the deployment that a service goes to.
const primary = "PRIMARY"

// service is the slot's ECS service as it is now.
func (e *Environment) service(ctx context.Context, s *session, slot promotion.Slot) (*types.Service, error) {
	called := e.of(slot).Service
	found, err := s.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: aws.String(e.aws.Cluster), Services: []string{called}, Include: []types.ServiceField{types.ServiceFieldTags},
	})
	if err != nil {
		return nil, e.failed(err, "describe the ECS service %s in the cluster %s", called, e.aws.Cluster)
	}
	if len(found.Services) == 0 || aws.ToString(found.Services[0].Status) != "ACTIVE" {
		return nil, fmt.Errorf("%s: the cluster %s has no active service %s: make it (docs/aws.md has an example), or set service in [environment.aws.service.%s]", e.Name(), e.aws.Cluster, called, slot.Service)
	}
	return &found.Services[0], nil
}

// primaryOf is the deployment that the service goes to; an empty one where there is none.
func primaryOf(s *types.Service) types.Deployment {
	i := slices.IndexFunc(s.Deployments, func(d types.Deployment) bool { return aws.ToString(d.Status) == primary })
	if i < 0 {
		return types.Deployment{}
	}
	return s.Deployments[i]
}

// deploymentOf is a deployment by its id; nil when ECS knows it no more.
func deploymentOf(s *types.Service, id string) *types.Deployment {
	for i := range s.Deployments {
		if aws.ToString(s.Deployments[i].Id) == id {
			return &s.Deployments[i]
		}
	}
	return nil
}

// maxTasks is how many tasks ECS describes at once.
const maxTasks = 100

// tasks are the slot's tasks of a desired status. Stopped ones are known for about an hour.
func (e *Environment) tasks(ctx context.Context, s *session, slot promotion.Slot, status types.DesiredStatus) ([]types.Task, error) {
	called := e.of(slot).Service
	var all []types.Task
	pages := ecs.NewListTasksPaginator(s.ecs, &ecs.ListTasksInput{
		Cluster: aws.String(e.aws.Cluster), ServiceName: aws.String(called), DesiredStatus: status, MaxResults: aws.Int32(maxTasks),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, e.failed(err, "list the tasks of %s", called)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		described, err := e.describeTasks(ctx, s, page.TaskArns)
		if err != nil {
			return nil, err
		}
		all = append(all, described...)
	}
	return all, nil
}

func (e *Environment) describeTasks(ctx context.Context, s *session, arns []string) ([]types.Task, error) {
	described, err := s.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(e.aws.Cluster), Tasks: arns})
	if err != nil {
		return nil, e.failed(err, "describe %d tasks", len(arns))
	}
	return described.Tasks, nil
}

// container is the one of a task that runs the release.
func (e *Environment) container(t types.Task, slot promotion.Slot) types.Container {
	want := e.of(slot).Container
	for _, name := range []string{want, slot.Service} {
		for _, c := range t.Containers {
			if name != "" && aws.ToString(c.Name) == name {
				return c
			}
		}
	}
	if len(t.Containers) == 1 {
		return t.Containers[0]
	}
	return types.Container{}
}

// digest is what a task really runs, not what its task definition asks for.
func (e *Environment) digest(t types.Task, slot promotion.Slot) promotion.Digest {
	return promotion.Digest(aws.ToString(e.container(t, slot).ImageDigest))
}

// well tells whether a task runs and nothing says that it is not healthy. Without a health check of its container, the load
// balancer's is told by the deployment alone.
func well(t types.Task) bool {
	return aws.ToString(t.LastStatus) == "RUNNING" && t.HealthStatus != types.HealthStatusUnhealthy
}

// short is the last part of an ARN, for people.
func short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

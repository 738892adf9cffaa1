package aws

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Live is what the slot's tasks run, by the digests that ECS has pulled. While a rollout goes on, it is what is replaced; where
// both versions run until ECS has decided, the one that gets production traffic.
func (e *Environment) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	if err := e.check(slot); err != nil {
		if slot.Aside != 0 && slot.Environment == e.Name() {
			return nil, nil
		}
		return nil, err
	}
	s, err := e.session(ctx)
	if err != nil {
		return nil, err
	}
	if e.of(slot).Function != "" {
		f, err := e.function(ctx, s, slot)
		if err != nil {
			return nil, err
		}
		return e.functionLive(ctx, s, f)
	}
	service, err := e.service(ctx, s, slot)
	if err != nil {
		return nil, err
	}
	return e.live(ctx, s, slot, service)
}

func (e *Environment) live(ctx context.Context, s *session, slot promotion.Slot, service *types.Service) (*engine.Live, error) {
	if service.DesiredCount == 0 {
		return nil, nil
	}
	tasks, err := e.tasks(ctx, s, slot, types.DesiredStatusRunning)
	if err != nil {
		return nil, err
	}
	if how, err := e.strategy(service); err == nil && how.gradual() {
		return e.liveByTraffic(ctx, s, slot, service, tasks)
	}
	return e.liveByAge(slot, service, tasks), nil
}

// liveByAge is what the oldest deployment runs that is well: the others replace it.
func (e *Environment) liveByAge(slot promotion.Slot, service *types.Service, tasks []types.Task) *engine.Live {
	byAge := slices.SortedFunc(slices.Values(service.Deployments), func(a, b types.Deployment) int {
		return aws.ToTime(a.CreatedAt).Compare(aws.ToTime(b.CreatedAt))
	})
	if p := primaryOf(service); p.RolloutState == types.DeploymentRolloutStateCompleted {
		if live := e.liveOf(slot, p, startedBy(tasks, p)); live != nil {
			return live
		}
		return e.liveOf(slot, p, tasks) // after going back, they may be those that another deployment has started
	}
	var sick *engine.Live
	for _, d := range byAge {
		if !arrived(service, d) {
			continue
		}
		found := e.liveOf(slot, d, startedBy(tasks, d))
		if found != nil && found.Healthy {
			return found
		}
		if sick == nil {
			sick = found
		}
	}
	return sick
}

// liveByTraffic is what the version runs that gets production traffic, where two run side by side.
func (e *Environment) liveByTraffic(ctx context.Context, s *session, slot promotion.Slot, service *types.Service, tasks []types.Task) (*engine.Live, error) {
	d, err := e.newest(ctx, s, service)
	if err != nil {
		return nil, err
	}
	if d == nil {
		p := primaryOf(service)
		return e.liveOf(slot, p, running(tasks, aws.ToString(p.TaskDefinition))), nil
	}
	revision := served(d)
	if revision == "" {
		return nil, nil
	}
	definition, err := e.definitionOf(ctx, s, revision)
	if err != nil {
		return nil, err
	}
	live := e.liveOf(slot, listedTo(service, d, definition), running(tasks, definition))
	if live != nil && (goesOn(d) || goesBack(d)) {
		live.Unsettled = true
		live.Detail += fmt.Sprintf("; deployment %s goes on: %s", short(aws.ToString(d.ServiceDeploymentArn)), standing(d))
	}
	return live, nil
}

// listedTo is the deployment to a task definition as the service lists it, or else as its record has it.
func listedTo(service *types.Service, d *types.ServiceDeployment, definition string) types.Deployment {
	for _, l := range service.Deployments {
		if aws.ToString(l.TaskDefinition) == definition {
			return l
		}
	}
	return types.Deployment{TaskDefinition: aws.String(definition), DesiredCount: service.DesiredCount, CreatedAt: d.CreatedAt}
}

func startedBy(tasks []types.Task, d types.Deployment) []types.Task {
	return slices.DeleteFunc(slices.Clone(tasks), func(t types.Task) bool { return aws.ToString(t.StartedBy) != aws.ToString(d.Id) })
}

func running(tasks []types.Task, definition string) []types.Task {
	return slices.DeleteFunc(slices.Clone(tasks), func(t types.Task) bool { return aws.ToString(t.TaskDefinitionArn) != definition })
}

// arrived tells whether a deployment was ever good: what is only on its way, or was given up on it, is not live.
func arrived(service *types.Service, d types.Deployment) bool {
	definition := aws.ToString(d.TaskDefinition)
	return d.RolloutState == "" || d.RolloutState == types.DeploymentRolloutStateCompleted ||
		definition == tagged(service.Tags, tagGood) || definition == tagged(service.Tags, tagBefore)
}

// liveOf is what a deployment's tasks run; nil when none does.
func (e *Environment) liveOf(slot promotion.Slot, d types.Deployment, tasks []types.Task) *engine.Live {
	var of, good []types.Task
	for _, t := range tasks {
		if e.digest(t, slot) != "" {
			of = append(of, t)
			if well(t) {
				good = append(good, t)
			}
		}
	}
	if len(of) == 0 {
		return nil
	}
	live := &engine.Live{
		Image: e.digest(of[0], slot), Since: aws.ToTime(d.CreatedAt).Truncate(time.Millisecond), Healthy: len(good) > 0,
		Detail: fmt.Sprintf("%d of %d tasks well, %s", len(good), d.DesiredCount, short(aws.ToString(d.TaskDefinition))),
	}
	if len(good) > 0 {
		live.Image = e.digest(good[0], slot)
	}
	return live
}

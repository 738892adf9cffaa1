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

// Live is what the slot's tasks run, by the digests that ECS has pulled. While a rollout goes on, it is what is replaced.
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
	byAge := slices.SortedFunc(slices.Values(service.Deployments), func(a, b types.Deployment) int {
		return aws.ToTime(a.CreatedAt).Compare(aws.ToTime(b.CreatedAt))
	})
	if p := primaryOf(service); p.RolloutState == types.DeploymentRolloutStateCompleted {
		byAge = []types.Deployment{p}
		if e.liveOf(slot, p, tasks) == nil { // after going back, its tasks may be those that another deployment has started
			for i := range tasks {
				tasks[i].StartedBy = p.Id
			}
		}
	}
	var sick *engine.Live
	for _, d := range byAge {
		if !arrived(service, d) {
			continue
		}
		found := e.liveOf(slot, d, tasks)
		if found != nil && found.Healthy {
			return found, nil
		}
		if sick == nil {
			sick = found
		}
	}
	return sick, nil
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
		if aws.ToString(t.StartedBy) == aws.ToString(d.Id) && e.digest(t, slot) != "" {
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

package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxLogs is of how many tasks the logs are read, newest first.
const maxLogs = 10

// Evidence is what ECS says about the slot, with the end of its tasks' logs. ECS forgets a stopped task after about an hour.
func (e *Environment) Evidence(ctx context.Context, slot promotion.Slot, since time.Time) (engine.Evidence, error) {
	found := engine.Evidence{Taken: e.clock.Now()}
	if err := e.check(slot); err != nil {
		return found, err
	}
	s, err := e.session(ctx)
	if err != nil {
		return found, err
	}
	if e.of(slot).Function != "" {
		return found, e.functionEvidence(ctx, s, slot, since, &found)
	}
	service, err := e.service(ctx, s, slot)
	if err != nil {
		return found, err
	}
	live, err := e.live(ctx, s, slot, service)
	if err != nil {
		return found, err
	}
	found.Live = "nothing ran"
	if live != nil {
		found.Live = fmt.Sprintf("%s ran, since %s: %s", live.Image.Short(), live.Since.UTC().Format(time.RFC3339), live.Detail)
	}
	for _, event := range slices.Backward(service.Events) {
		if at := aws.ToTime(event.CreatedAt); at.After(since) {
			found.Events = append(found.Events, at.UTC().Format(time.RFC3339)+" "+aws.ToString(event.Message))
		}
	}
	return found, e.taskEvidence(ctx, s, slot, since, &found)
}

// taskEvidence adds how tasks ended and what they wrote.
func (e *Environment) taskEvidence(ctx context.Context, s *session, slot promotion.Slot, since time.Time, found *engine.Evidence) error {
	var all []types.Task
	for _, status := range []types.DesiredStatus{types.DesiredStatusStopped, types.DesiredStatusRunning} {
		tasks, err := e.tasks(ctx, s, slot, status)
		if err != nil {
			return err
		}
		all = append(all, tasks...)
	}
	all = slices.DeleteFunc(all, func(t types.Task) bool { return t.StoppedAt != nil && t.StoppedAt.Before(since) })
	slices.SortFunc(all, func(a, b types.Task) int { return aws.ToTime(b.CreatedAt).Compare(aws.ToTime(a.CreatedAt)) })
	for i, t := range all {
		name := short(aws.ToString(t.TaskArn))
		if end := fate(t, e.container(t, slot)); end != "" {
			found.Events = append(found.Events, aws.ToTime(t.StoppedAt).UTC().Format(time.RFC3339)+" task "+name+": "+end)
		}
		if i >= maxLogs {
			continue
		}
		lines, err := e.logOf(ctx, s, slot, t)
		if err != nil {
			found.Events = append(found.Events, fmt.Sprintf("the log of task %s could not be read: %s", name, err))
			continue
		}
		found.Logs = append(found.Logs, engine.EvidenceFile{Name: name + ".log", Text: strings.Join(lines, "\n")})
	}
	return nil
}

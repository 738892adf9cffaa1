package aws

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// tailLines is how much of a task's log is looked at.
const tailLines = 200

// stream is where a task's container writes.
type stream struct{ group, name string }

// streamOf reads it from the container's definition: the awslogs driver with a prefix is the only one that can be found
// again from outside.
func streamOf(c types.ContainerDefinition, task string) (stream, error) {
	l := c.LogConfiguration
	if l == nil || l.LogDriver != types.LogDriverAwslogs {
		return stream{}, fmt.Errorf("the container %s does not log with the awslogs driver: set logConfiguration in its task definition", aws.ToString(c.Name))
	}
	group, prefix := l.Options["awslogs-group"], l.Options["awslogs-stream-prefix"]
	if group == "" || prefix == "" {
		return stream{}, fmt.Errorf("the container %s logs without awslogs-group and awslogs-stream-prefix: set both in its task definition", aws.ToString(c.Name))
	}
	return stream{group: group, name: prefix + "/" + aws.ToString(c.Name) + "/" + short(task)}, nil
}

// tail is the end of a task's log.
func (e *Environment) tail(ctx context.Context, s *session, at stream) ([]string, error) {
	got, err := s.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(at.group), LogStreamName: aws.String(at.name), Limit: aws.Int32(tailLines), StartFromHead: aws.Bool(false),
	})
	if err != nil {
		return nil, e.failed(err, "read the log %s of %s", at.name, at.group)
	}
	return linesOf(got.Events), nil
}

func linesOf(events []logtypes.OutputLogEvent) []string {
	var lines []string
	for _, event := range events {
		lines = append(lines, strings.TrimRight(aws.ToString(event.Message), "\r\n"))
	}
	return lines
}

// follower copies a log as it grows.
type follower struct {
	at    stream
	to    io.Writer
	token *string
	last  string // the last line that says something
}

// more copies what is new. A stream that does not exist yet has nothing.
func (f *follower) more(ctx context.Context, e *Environment, s *session) error {
	for {
		got, err := s.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(f.at.group), LogStreamName: aws.String(f.at.name), StartFromHead: aws.Bool(true), NextToken: f.token,
		})
		if code(err) == "ResourceNotFoundException" {
			return nil
		}
		if err != nil {
			return e.failed(err, "read the log %s of %s", f.at.name, f.at.group)
		}
		lines := linesOf(got.Events)
		for _, line := range lines {
			fmt.Fprintln(f.to, line)
		}
		if words := lastWords(lines); words != "" {
			f.last = words
		}
		same := f.token != nil && aws.ToString(f.token) == aws.ToString(got.NextForwardToken)
		f.token = got.NextForwardToken
		if same || f.token == nil {
			return nil
		}
	}
}

// lastWords is the last line that says something.
func lastWords(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		if words := strings.TrimSpace(lines[i]); words != "" {
			return words
		}
	}
	return ""
}

// logOf is the end of what a service's task wrote.
func (e *Environment) logOf(ctx context.Context, s *session, slot promotion.Slot, t types.Task) ([]string, error) {
	d, err := e.describeDefinition(ctx, s, aws.ToString(t.TaskDefinitionArn))
	if err != nil {
		return nil, err
	}
	i := e.containerIn(d, slot)
	if i < 0 {
		return nil, nil
	}
	at, err := streamOf(d.ContainerDefinitions[i], aws.ToString(t.TaskArn))
	if err != nil {
		return nil, err
	}
	return e.tail(ctx, s, at)
}

// fate is what ECS says of a task's end, in one line; "" for one that has said nothing of its own.
func fate(t types.Task, c types.Container) string {
	var parts []string
	if c.ExitCode != nil {
		parts = append(parts, fmt.Sprintf("%s ended with status %d", aws.ToString(c.Name), *c.ExitCode))
	} else if t.StopCode != "" {
		parts = append(parts, fmt.Sprintf("%s never started", aws.ToString(c.Name)))
	}
	if t.StopCode != "" {
		parts = append(parts, string(t.StopCode))
	}
	for _, reason := range []string{aws.ToString(t.StoppedReason), aws.ToString(c.Reason)} {
		if reason != "" {
			parts = append(parts, strings.ReplaceAll(reason, "\n", " "))
		}
	}
	return strings.Join(parts, ": ")
}

// why is what the rollout's own tasks say: how they ended, and their last words, with more of them in the log. It is asked before
// anything is taken back.
func (f *rollout) why(ctx context.Context) string {
	for _, status := range []types.DesiredStatus{types.DesiredStatusStopped, types.DesiredStatusRunning} {
		tasks, err := f.tasks(ctx, f.session, f.slot, status)
		if err != nil {
			continue
		}
		for _, t := range tasks {
			if !f.course.owns(t) {
				continue
			}
			if said := f.said(ctx, t); said != "" {
				return said
			}
		}
	}
	return ""
}

// said is what ECS says of a task, and its last words. Without a health check of its container, ECS may say nothing.
func (f *rollout) said(ctx context.Context, t types.Task) string {
	var parts []string
	if end := fate(t, f.container(t, f.slot)); end != "" {
		parts = append(parts, end)
	} else if t.HealthStatus == types.HealthStatusUnhealthy {
		parts = append(parts, "its health check fails")
	}
	if lines, err := f.logOf(ctx, f.session, f.slot, t); err == nil && lastWords(lines) != "" {
		parts = append(parts, "its last words: "+lastWords(lines))
		f.quote(t, lines)
	}
	return strings.Join(parts, "; ")
}

// quotedLines is how much of a task's log the rollout's own log has: the last words of one that was stopped are seldom the cause.
const quotedLines = 40

// quote copies the end of a task's log.
func (f *rollout) quote(t types.Task, lines []string) {
	fmt.Fprintf(f.log, "the end of the log of task %s:\n", short(aws.ToString(t.TaskArn)))
	for _, line := range lines[max(0, len(lines)-quotedLines):] {
		fmt.Fprintln(f.log, line)
	}
}

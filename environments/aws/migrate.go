package aws

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Migrate runs the migration image to its end, as a task with a definition of its own, which has the role and the secrets
// that may change the schema.
func (e *Environment) Migrate(ctx context.Context, m engine.Migration, log io.Writer) error {
	if err := e.check(m.Slot); err != nil {
		return err
	}
	s, err := e.mutating(ctx)
	if err != nil {
		return err
	}
	if err := e.kept(ctx, s, m.Slot, "migration", m.Image); err != nil {
		return err
	}
	network := e.service
	if e.of(m.Slot).Function != "" {
		network = e.networkOf
	}
	service, err := network(ctx, s, m.Slot)
	if err != nil {
		return err
	}
	definition, container, err := e.migration(ctx, s, m)
	if err != nil {
		return err
	}
	task, err := e.runTask(ctx, s, service, m, definition, log)
	if err != nil {
		return err
	}
	at, err := streamOf(container, aws.ToString(task.TaskArn))
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "task %s, log %s in %s\n", aws.ToString(task.TaskArn), at.name, at.group)
	return e.finish(ctx, s, m.Slot, aws.ToString(task.TaskArn), &follower{at: at, to: log})
}

// migration is the revision of the migration's task definition that runs the image, and its container. One whose log could
// not be found again is refused before it runs.
func (e *Environment) migration(ctx context.Context, s *session, m engine.Migration) (string, types.ContainerDefinition, error) {
	family := e.of(m.Slot).Migration
	d, err := e.describeDefinition(ctx, s, family)
	if err != nil {
		return "", types.ContainerDefinition{}, err
	}
	i := e.containerIn(d, m.Slot)
	if i < 0 {
		return "", types.ContainerDefinition{}, fmt.Errorf("%s: the task definition %s has %d containers and none is called %q", e.Name(), family, len(d.ContainerDefinitions), m.Slot.Service)
	}
	c := d.ContainerDefinitions[i]
	if _, err := streamOf(c, ""); err != nil {
		return "", c, fmt.Errorf("%s: the migration %s: %w", e.Name(), family, err)
	}
	at, err := e.lookUp(ctx, m.Slot, "migration")
	if err != nil {
		return "", c, err
	}
	want := contents{image: at.Name.Name() + "@" + string(m.Image), tags: e.tags(m.Slot)}
	if err := e.refer(ctx, s, &want, e.of(m.Slot).MigrationSecrets); err != nil {
		return "", c, err
	}
	if want.isIn(c) {
		return aws.ToString(d.TaskDefinitionArn), c, nil
	}
	arn, err := e.register(ctx, s, family, m.Slot, want)
	return arn, c, err
}

// unfit is what may not stand in a task's StartedBy.
var unfit = regexp.MustCompile(`[^A-Za-z0-9/_-]+`)

// runTask starts the task once, however often the SDK must repeat the call. What it is found by is written down before.
func (e *Environment) runTask(ctx context.Context, s *session, service *types.Service, m engine.Migration, definition string, log io.Writer) (types.Task, error) {
	token, by := rand.Text(), unfit.ReplaceAllString("gantry/"+m.Attempt, "-")
	by = by[:min(len(by), 128)]
	fmt.Fprintf(log, "running %s, started by %s, client token %s\n", short(definition), by, token)
	in := &ecs.RunTaskInput{
		Cluster: aws.String(e.aws.Cluster), TaskDefinition: aws.String(definition), Count: aws.Int32(1),
		ClientToken: aws.String(token), StartedBy: aws.String(by), Tags: ecsTags(e.tags(m.Slot)),
		NetworkConfiguration: service.NetworkConfiguration, CapacityProviderStrategy: service.CapacityProviderStrategy,
	}
	if len(in.CapacityProviderStrategy) == 0 {
		in.LaunchType, in.PlatformVersion = service.LaunchType, service.PlatformVersion
	}
	ran, err := s.ecs.RunTask(ctx, in)
	if err != nil {
		return types.Task{}, e.failed(err, "run %s", short(definition))
	}
	for _, f := range ran.Failures {
		return types.Task{}, fmt.Errorf("%s: ECS did not run %s: %s: %s", e.Name(), short(definition), aws.ToString(f.Reason), aws.ToString(f.Detail))
	}
	if len(ran.Tasks) != 1 {
		return types.Task{}, fmt.Errorf("%s: ECS ran %d tasks of %s instead of one", e.Name(), len(ran.Tasks), short(definition))
	}
	return ran.Tasks[0], nil
}

// finish follows the task and its log to the end. Where nobody waits any more, the task is stopped.
func (e *Environment) finish(ctx context.Context, s *session, slot promotion.Slot, arn string, log *follower) error {
	var silent spell
	for {
		tasks, err := e.describeTasks(ctx, s, []string{arn})
		if err == nil && len(tasks) == 0 {
			err = fmt.Errorf("%s: ECS knows no task %s", e.Name(), arn)
		}
		if err == nil {
			err = log.more(ctx, e, s)
		}
		switch {
		case ctx.Err() != nil:
			return e.stopTask(ctx, s, arn)
		case err != nil:
			if silent.lasts(e.clock.Now()) || !passing(ctx, err) {
				return fmt.Errorf("how the migration ends is not known; its task is %s: %w", short(arn), err)
			}
		case aws.ToString(tasks[0].LastStatus) == "STOPPED":
			return e.ended(tasks[0], slot, log.last)
		default:
			silent.ends()
		}
		if e.pause(ctx) != nil {
			return e.stopTask(ctx, s, arn)
		}
	}
}

// ended is nil for a migration that has succeeded and a verdict for one that has failed. One that never ran is neither.
func (e *Environment) ended(t types.Task, slot promotion.Slot, last string) error {
	c := e.container(t, slot)
	switch {
	case c.ExitCode == nil || t.StopCode == types.TaskStopCodeTaskFailedToStart:
		return fmt.Errorf("%s: the migration never started: %s", e.Name(), fate(t, c))
	case *c.ExitCode == 0:
		return nil
	case t.StopCode == types.TaskStopCodeEssentialContainerExited || t.StopCode == "":
		why := fmt.Sprintf("%s: the migration ended with status %d", slot.Service, *c.ExitCode)
		if last != "" {
			why += ": " + last
		}
		return &engine.Verdict{Why: why}
	}
	return fmt.Errorf("%s: the migration was stopped from outside: %s", e.Name(), fate(t, c))
}

func (e *Environment) stopTask(ctx context.Context, s *session, arn string) error {
	why := context.Cause(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), givingUp)
	defer cancel()
	_, err := s.ecs.StopTask(ctx, &ecs.StopTaskInput{Cluster: aws.String(e.aws.Cluster), Task: aws.String(arn), Reason: aws.String("Gantry was told to give it up")})
	if err != nil {
		return fmt.Errorf("the migration was given up (%w): %w", why, e.failed(err, "stop its task %s", short(arn)))
	}
	return fmt.Errorf("%s: the migration was given up, its task %s is stopped: %w", e.Name(), short(arn), why)
}

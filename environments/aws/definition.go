package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// contents are what a task definition must say of its container.
type contents struct {
	image     string
	variables []types.KeyValuePair
	secrets   []types.Secret
	tags      map[string]string
}

// contentsOf are what the rollout asks for. A secret is a place that ECS reads it from.
func (e *Environment) contentsOf(ctx context.Context, s *session, r engine.Rollout) (contents, error) {
	at, err := e.lookUp(ctx, r.Slot, "")
	if err != nil {
		return contents{}, err
	}
	c := contents{image: at.Name.Name() + "@" + string(r.Release.Image), tags: e.tags(r.Slot)}
	c.tags[tagVersion] = r.Release.Version
	references := map[string]string{}
	for name, value := range e.configured.Variables {
		if config.IsAWSReference(value) {
			references[name] = value
		} else {
			c.set(name, value)
		}
	}
	for _, v := range r.Variables {
		name, value, _ := strings.Cut(v, "=")
		c.set(name, value)
	}
	for _, need := range r.Needs {
		address, err := e.Endpoint(ctx, need)
		if err != nil {
			return c, fmt.Errorf("where is %s, which %s depends on: %w", need, r.Slot, err)
		}
		c.set(engine.EndpointVariable(need.Service), address)
	}
	for name, reference := range e.of(r.Slot).Secrets {
		references[name] = reference
	}
	return c, e.refer(ctx, s, &c, references)
}

// refer adds secrets by their references.
func (e *Environment) refer(ctx context.Context, s *session, c *contents, references map[string]string) error {
	for name, reference := range references {
		from, err := e.valueFrom(ctx, s, reference)
		if err != nil {
			return err
		}
		c.secrets = append(c.secrets, types.Secret{Name: aws.String(name), ValueFrom: aws.String(from)})
	}
	return nil
}

func (c *contents) set(name, value string) {
	c.variables = slices.DeleteFunc(c.variables, func(v types.KeyValuePair) bool { return aws.ToString(v.Name) == name })
	c.variables = append(c.variables, types.KeyValuePair{Name: aws.String(name), Value: aws.String(value)})
}

// isIn tells whether a container already is as asked for.
func (c contents) isIn(d types.ContainerDefinition) bool {
	has := func(v types.KeyValuePair) bool {
		return slices.ContainsFunc(d.Environment, func(o types.KeyValuePair) bool {
			return aws.ToString(o.Name) == aws.ToString(v.Name) && aws.ToString(o.Value) == aws.ToString(v.Value)
		})
	}
	reads := func(v types.Secret) bool {
		return slices.ContainsFunc(d.Secrets, func(o types.Secret) bool {
			return aws.ToString(o.Name) == aws.ToString(v.Name) && aws.ToString(o.ValueFrom) == aws.ToString(v.ValueFrom)
		})
	}
	return aws.ToString(d.Image) == c.image && !slices.ContainsFunc(c.variables, func(v types.KeyValuePair) bool { return !has(v) }) &&
		!slices.ContainsFunc(c.secrets, func(v types.Secret) bool { return !reads(v) })
}

// put makes a container as asked for; what its task definition says besides stays.
func (c contents) put(d *types.ContainerDefinition) {
	d.Image = aws.String(c.image)
	names := map[string]bool{}
	for _, v := range c.variables {
		names[aws.ToString(v.Name)] = true
	}
	for _, v := range c.secrets {
		names[aws.ToString(v.Name)] = true
	}
	kept := slices.DeleteFunc(slices.Clone(d.Environment), func(v types.KeyValuePair) bool { return names[aws.ToString(v.Name)] })
	secrets := slices.DeleteFunc(slices.Clone(d.Secrets), func(v types.Secret) bool { return names[aws.ToString(v.Name)] })
	d.Environment, d.Secrets = slices.Concat(kept, c.variables), slices.Concat(secrets, c.secrets)
}

// definition is the task definition to go to: a recorded one that is as asked for, so that a rollback runs exactly what
// was good, one that the service is on its way to, or a new revision of what the service runs now.
func (e *Environment) definition(ctx context.Context, s *session, service *types.Service, r engine.Rollout, under ...string) (string, error) {
	want, err := e.contentsOf(ctx, s, r)
	if err != nil {
		return "", err
	}
	current := aws.ToString(primaryOf(service).TaskDefinition)
	for _, recorded := range append(under, tagged(service.Tags, tagGood), tagged(service.Tags, tagBefore), current) {
		if recorded == "" {
			continue
		}
		d, err := e.describeDefinition(ctx, s, recorded)
		if code(err) == "ClientException" { // somebody has deleted it
			continue
		}
		if err != nil {
			return "", err
		}
		if i := e.containerIn(d, r.Slot); i >= 0 && d.Status != types.TaskDefinitionStatusInactive && want.isIn(d.ContainerDefinitions[i]) {
			return recorded, nil
		}
	}
	return e.register(ctx, s, current, r.Slot, want)
}

// register makes a new revision of a task definition.
func (e *Environment) register(ctx context.Context, s *session, from string, slot promotion.Slot, want contents) (string, error) {
	d, err := e.describeDefinition(ctx, s, from)
	if err != nil {
		return "", err
	}
	i := e.containerIn(d, slot)
	if i < 0 {
		return "", fmt.Errorf("%s: the task definition %s has %d containers and none is called %q: set container in [environment.aws.service.%s]", e.Name(), from, len(d.ContainerDefinitions), slot.Service, slot.Service)
	}
	want.put(&d.ContainerDefinitions[i])
	made, err := s.ecs.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		ContainerDefinitions: d.ContainerDefinitions, Family: d.Family, Cpu: d.Cpu, Memory: d.Memory,
		EnableFaultInjection: d.EnableFaultInjection, EphemeralStorage: d.EphemeralStorage, ExecutionRoleArn: d.ExecutionRoleArn,
		IpcMode: d.IpcMode, NetworkMode: d.NetworkMode, PidMode: d.PidMode, PlacementConstraints: d.PlacementConstraints,
		ProxyConfiguration: d.ProxyConfiguration, RequiresCompatibilities: d.RequiresCompatibilities,
		RuntimePlatform: d.RuntimePlatform, TaskRoleArn: d.TaskRoleArn, Volumes: d.Volumes, Tags: ecsTags(want.tags),
	})
	if err != nil {
		return "", e.failed(err, "register a revision of the task definition %s", aws.ToString(d.Family))
	}
	return aws.ToString(made.TaskDefinition.TaskDefinitionArn), nil
}

func (e *Environment) describeDefinition(ctx context.Context, s *session, arn string) (*types.TaskDefinition, error) {
	d, err := s.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
	if err != nil {
		return nil, e.failed(err, "describe the task definition %s", arn)
	}
	return d.TaskDefinition, nil
}

// containerIn is which container of a task definition runs the release; -1 when it cannot be told.
func (e *Environment) containerIn(d *types.TaskDefinition, slot promotion.Slot) int {
	for _, name := range []string{e.of(slot).Container, slot.Service} {
		i := slices.IndexFunc(d.ContainerDefinitions, func(c types.ContainerDefinition) bool { return name != "" && aws.ToString(c.Name) == name })
		if i >= 0 {
			return i
		}
	}
	if len(d.ContainerDefinitions) == 1 {
		return 0
	}
	return -1
}

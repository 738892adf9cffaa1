package aws

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (c *cloud) described(s *fakeService) object {
	deployments := []any{}
	running := 0
	for i, d := range s.deployments {
		status, count := "ACTIVE", 0
		if i == 0 {
			status = "PRIMARY"
		}
		for _, t := range c.tasks {
			if t.by == d.id && t.status == "RUNNING" {
				count++
			}
		}
		running += count
		deployments = append(deployments, object{
			"id": d.id, "status": status, "taskDefinition": d.definition, "desiredCount": s.desired, "runningCount": count,
			"pendingCount": 0, "failedTasks": d.failed, "createdAt": stamp(d.created), "rolloutState": d.state, "rolloutStateReason": d.reason,
		})
	}
	tags := []any{}
	for _, key := range slices.Sorted(maps.Keys(s.tags)) {
		tags = append(tags, object{"key": key, "value": s.tags[key]})
	}
	described := object{
		"serviceName": s.name, "serviceArn": "arn:aws:ecs:eu-central-1:111122223333:service/acme/" + s.name, "status": "ACTIVE",
		"desiredCount": s.desired, "runningCount": running, "deployments": deployments, "events": s.events, "tags": tags,
		"launchType": "FARGATE", "taskDefinition": s.deployments[0].definition,
	}
	if s.strategy != "" {
		described["deploymentConfiguration"] = object{"strategy": s.strategy}
	}
	if s.controller != "" {
		described["deploymentController"] = object{"type": s.controller}
	}
	return described
}

func (c *cloud) ecs(operation string, in object) (object, *fakeError) {
	switch operation {
	case "DescribeServices":
		name := in["services"].([]any)[0].(string)
		if s := c.services[name]; s != nil {
			return object{"services": []any{c.described(s)}}, nil
		}
		return object{"services": []any{}, "failures": []any{object{"arn": name, "reason": "MISSING"}}}, nil
	case "UpdateService":
		return c.updateService(in)
	case "DescribeTaskDefinition":
		name := in["taskDefinition"].(string)
		if !strings.HasPrefix(name, "arn:") {
			name = "arn:aws:ecs:eu-central-1:111122223333:task-definition/" + name + ":" + strconv.Itoa(c.revisions[name])
		}
		if d := c.definitions[name]; d != nil {
			return object{"taskDefinition": d}, nil
		}
		return nil, &fakeError{"ClientException", "Unable to describe task definition."}
	case "RegisterTaskDefinition":
		return object{"taskDefinition": c.keep(in)}, nil
	case "TagResource":
		s := c.services[short(in["resourceArn"].(string))]
		for _, t := range in["tags"].([]any) {
			s.tags[t.(object)["key"].(string)] = t.(object)["value"].(string)
		}
		return object{}, nil
	case "ListTasks", "DescribeTasks", "RunTask", "StopTask":
		return c.ecsTasks(operation, in)
	case "ListServiceDeployments":
		s, list := c.services[in["service"].(string)], []any{}
		if p := s.deployments[0]; p.state == "IN_PROGRESS" {
			list = append(list, object{"serviceDeploymentArn": s.name + "|" + p.id, "targetServiceRevisionArn": p.definition, "status": "IN_PROGRESS"})
		}
		return object{"serviceDeployments": list}, nil
	case "DescribeServiceRevisions":
		arn := in["serviceRevisionArns"].([]any)[0]
		return object{"serviceRevisions": []any{object{"serviceRevisionArn": arn, "taskDefinition": arn}}}, nil
	case "StopServiceDeployment":
		name, id, _ := strings.Cut(in["serviceDeploymentArn"].(string), "|")
		if s := c.services[name]; s.deployments[0].id == id {
			c.back(s, false)
		}
		return object{"serviceDeploymentArn": in["serviceDeploymentArn"]}, nil
	}
	return nil, &fakeError{"UnknownOperationException", operation}
}

func (c *cloud) updateService(in object) (object, *fakeError) {
	s := c.services[in["service"].(string)]
	if s == nil {
		return nil, &fakeError{"ServiceNotFoundException", "Service not found."}
	}
	if configuration, has := in["deploymentConfiguration"].(object); has {
		if breaker, has := configuration["deploymentCircuitBreaker"].(object); has {
			s.rollback, _ = breaker["rollback"].(bool)
		}
	}
	if desired, has := in["desiredCount"].(float64); has {
		c.scale(s, int(desired))
	}
	to, has := in["taskDefinition"].(string)
	force, _ := in["forceNewDeployment"].(bool)
	if has && (force || to != s.deployments[0].definition) {
		c.roll(s, to)
	}
	return object{"service": c.described(s)}, nil
}

func (c *cloud) ecsTasks(operation string, in object) (object, *fakeError) {
	switch operation {
	case "ListTasks":
		arns := []any{}
		for _, t := range c.tasks {
			if t.service == in["serviceName"] && (t.status == "STOPPED") == (in["desiredStatus"] == "STOPPED") {
				arns = append(arns, t.arn)
			}
		}
		return object{"taskArns": arns}, nil
	case "DescribeTasks":
		list := []any{}
		for _, t := range c.tasks {
			if slices.Contains(in["tasks"].([]any), any(t.arn)) {
				list = append(list, c.describedTask(t))
			}
		}
		return object{"tasks": list}, nil
	case "StopTask":
		for _, t := range c.tasks {
			if t.arn == in["task"] {
				t.stop(c.clock.Now(), "UserInitiated", in["reason"].(string), nil)
			}
		}
		return object{}, nil
	}
	token := in["clientToken"].(string)
	t := c.tokens[token]
	if t == nil {
		t = c.newTask(in["startedBy"].(string), "", in["taskDefinition"].(string))
		t.migration, c.tokens[token] = true, t
		if c.services["orders"].script == scriptNeverStarts {
			t.stop(c.clock.Now(), "TaskFailedToStart", "CannotPullContainerError: no route to host", nil)
		}
	}
	return object{"tasks": []any{c.describedTask(t)}}, nil
}

func (c *cloud) describedTask(t *fakeTask) object {
	container := object{"name": c.containerOf(t.definition)["name"], "lastStatus": t.status, "imageDigest": t.digest}
	d := object{
		"taskArn": t.arn, "startedBy": t.by, "taskDefinitionArn": t.definition, "lastStatus": t.status, "desiredStatus": t.status,
		"healthStatus": t.health, "createdAt": stamp(t.created), "containers": []any{container},
	}
	if t.status == "STOPPED" {
		d["stopCode"], d["stoppedReason"], d["stoppedAt"] = t.code, t.reason, stamp(t.stopped)
		if t.exit != nil {
			container["exitCode"] = *t.exit
		}
	}
	return d
}

package awstest

import (
	"fmt"
	"slices"
	"time"
)

type task struct {
	arn, by, service, definition, digest, status, health, code, reason string
	exit                                                               *int
	created, stopped                                                   time.Time
	migration                                                          bool
}

// write is what a container writes, where its definition sends it.
func (a *Account) write(definition, arn string, lines ...string) {
	container := a.containerOf(definition)
	if configured, has := container["logConfiguration"].(Object); has {
		o := configured["options"].(Object)
		at := fmt.Sprintf("%s|%s/%s/%s", o["awslogs-group"], o["awslogs-stream-prefix"], container["name"], short(arn))
		a.logs[at] = append(a.logs[at], lines...)
	}
}

func (a *Account) newTask(by, service, definition string) *task {
	t := &task{
		arn: "arn:aws:ecs:eu-central-1:111122223333:task/acme/" + a.id("t"), by: by, service: service, definition: definition,
		digest: a.digestOf(definition), status: "RUNNING", health: "HEALTHY", created: a.clock.Now(),
	}
	a.tasks = append(a.tasks, t)
	return t
}

func (t *task) stop(at time.Time, code, reason string, exit *int) {
	if t.status != "STOPPED" {
		t.status, t.code, t.reason, t.exit, t.stopped = "STOPPED", code, reason, exit, at
	}
}

func (a *Account) stopTasks(by string) {
	zero := 0
	for _, t := range a.tasks {
		if t.by == by {
			t.stop(a.clock.Now(), "ServiceSchedulerInitiated", "Scaling activity initiated by deployment", &zero)
		}
	}
}

// runningOf is how many tasks of a deployment run.
func (a *Account) runningOf(d *deployment) (n int) {
	for _, t := range a.tasks {
		if t.by == d.id && t.status == "RUNNING" {
			n++
		}
	}
	return n
}

func (a *Account) ecsTasks(operation string, in Object) (Object, *refusal) {
	switch operation {
	case "ListTasks":
		arns := []any{}
		for _, t := range a.tasks {
			if t.service == in["serviceName"] && (t.status == "STOPPED") == (in["desiredStatus"] == "STOPPED") {
				arns = append(arns, t.arn)
			}
		}
		return Object{"taskArns": arns}, nil
	case "DescribeTasks":
		list := []any{}
		for _, t := range a.tasks {
			if slices.Contains(in["tasks"].([]any), any(t.arn)) {
				list = append(list, a.describedTask(t))
			}
		}
		return Object{"tasks": list}, nil
	case "StopTask":
		for _, t := range a.tasks {
			if t.arn == in["task"] {
				t.stop(a.clock.Now(), "UserInitiated", in["reason"].(string), nil)
			}
		}
		return Object{}, nil
	}
	token := in["clientToken"].(string)
	t := a.tokens[token]
	if t == nil {
		t = a.newTask(in["startedBy"].(string), "", in["taskDefinition"].(string))
		t.migration, a.tokens[token] = true, t
		if a.services["orders"].script == NeverStarts {
			t.stop(a.clock.Now(), "TaskFailedToStart", "CannotPullContainerError: no route to host", nil)
		}
	}
	return Object{"tasks": []any{a.describedTask(t)}}, nil
}

func (a *Account) describedTask(t *task) Object {
	container := Object{"name": a.containerOf(t.definition)["name"], "lastStatus": t.status, "imageDigest": t.digest}
	d := Object{
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

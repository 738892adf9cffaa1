package awstest

import (
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

type task struct {
	arn, by, service, definition, digest, status, health, code, reason string // service is "" for one that is run to its end
	exit                                                               *int
	created, stopped                                                   time.Time

	// Of one that is a process:
	end     func()         // ends it; nil for one that only is what a test says
	address string         // where it answers
	failed  bool           // it ended by itself, never started or was not healthy
	retired *proxy.Backend // the way to it, once nothing new is sent there
}

// write is what a container writes, where its definition sends it.
func (a *Account) write(definition, arn string, lines ...string) {
	container := a.containerOf(definition)
	if at := streamOf(container, arn); at != "" {
		a.logs[at] = append(a.logs[at], lines...)
	}
}

// streamOf is where a container writes, by its group and name; "" for one that does not write to CloudWatch.
func streamOf(container Object, arn string) string {
	configured, has := container["logConfiguration"].(Object)
	if !has {
		return ""
	}
	o := configured["options"].(Object)
	return fmt.Sprintf("%s|%s/%s/%s", o["awslogs-group"], o["awslogs-stream-prefix"], container["name"], short(arn))
}

func (a *Account) newTask(by, service, definition string) *task {
	t := &task{
		arn: a.at.ARN("ecs", "task/"+a.at.Cluster+"/"+a.id("t")), by: by, service: service, definition: definition,
		digest: a.digestOf(definition), status: "RUNNING", health: "HEALTHY", created: a.clock.Now(),
	}
	a.tasks = append(a.tasks, t)
	if a.machines != nil {
		a.machines.start(t)
	}
	return t
}

// stop stops a task: at once, or as soon as its process has ended.
func (t *task) stop(at time.Time, code, reason string, exit *int) {
	switch {
	case t.status == "STOPPED" || t.status == "STOPPING":
	case t.end != nil:
		t.status, t.code, t.reason = "STOPPING", code, reason
		t.end()
	default:
		t.status, t.code, t.reason, t.exit, t.stopped = "STOPPED", code, reason, exit, at
	}
}

// over is how a process has ended. Where it was not stopped it has failed, if it is a service.
func (t *task) over(at time.Time, code, reason string, exit *int) {
	if t.status != "STOPPING" {
		t.code, t.reason, t.failed = code, reason, true
	}
	t.status, t.exit, t.stopped = "STOPPED", exit, at
}

// desired is the state that ECS wants it in.
func (t *task) desired() string {
	if t.status == "STOPPED" || t.status == "STOPPING" {
		return "STOPPED"
	}
	return "RUNNING"
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
			if t.service == in["serviceName"] && t.desired() == in["desiredStatus"] {
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
		a.tokens[token] = t
		if a.neverStarts() {
			t.stop(a.clock.Now(), "TaskFailedToStart", "CannotPullContainerError: no route to host", nil)
		}
	}
	return Object{"tasks": []any{a.describedTask(t)}}, nil
}

// neverStarts tells whether the account has nothing to start tasks with.
func (a *Account) neverStarts() bool {
	for _, s := range a.services {
		if s.script == NeverStarts {
			return true
		}
	}
	return false
}

func (a *Account) describedTask(t *task) Object {
	container := Object{"name": a.containerOf(t.definition)["name"], "lastStatus": t.status, "imageDigest": t.digest}
	d := Object{
		"taskArn": t.arn, "startedBy": t.by, "taskDefinitionArn": t.definition, "lastStatus": t.status, "desiredStatus": t.desired(),
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

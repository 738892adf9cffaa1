package awstest

import (
	"fmt"
	"strings"
)

// TaskDefinition is a task definition with one container, as docs/aws.md asks for it.
func (a *Account) TaskDefinition(family, container, image string) Object {
	return Object{"family": family, "cpu": "256", "memory": "512", "executionRoleArn": a.at.Role(a.at.Prefix + "-task-execution"), "containerDefinitions": []any{Object{
		"name": container, "image": image, "environment": []any{Object{"name": "PORT", "value": "8080"}},
		"logConfiguration": Object{"logDriver": "awslogs", "options": Object{"awslogs-group": "/" + a.at.Prefix + "/" + container, "awslogs-stream-prefix": family}},
	}}}
}

// Define makes a task definition its family's next revision.
func (a *Account) Define(d Object) { a.set(func() { a.keep(d) }) }

// Container is the container of a task definition.
func (a *Account) Container(definition string) (c Object) {
	a.set(func() { c = a.containerOf(definition) })
	return c
}

func (a *Account) containerOf(definition string) Object {
	return a.definitions[definition]["containerDefinitions"].([]any)[0].(Object)
}

func (a *Account) digestOf(definition string) string {
	image, _ := a.containerOf(definition)["image"].(string)
	_, digest, _ := strings.Cut(image, "@")
	return digest
}

// newest is the last revision of a family.
func (a *Account) newest(family string) string {
	return a.at.ARN("ecs", fmt.Sprintf("task-definition/%s:%d", family, a.revisions[family]))
}

// copyOf is a further revision of a definition.
func (a *Account) copyOf(definition string) string {
	d := Object{}
	for key, value := range a.definitions[definition] {
		d[key] = value
	}
	return a.keep(d)["taskDefinitionArn"].(string)
}

// keep keeps a task definition as its family's next revision.
func (a *Account) keep(d Object) Object {
	family := d["family"].(string)
	a.revisions[family]++
	d["revision"], d["status"] = a.revisions[family], "ACTIVE"
	arn := a.newest(family)
	d["taskDefinitionArn"] = arn
	a.definitions[arn] = d
	return d
}

// withImage is a further revision of a definition that runs another image.
func (a *Account) withImage(definition, image string) string {
	to := a.copyOf(definition)
	container := Object{}
	for key, value := range a.containerOf(to) {
		container[key] = value
	}
	container["image"] = image
	a.definitions[to]["containerDefinitions"] = []any{container}
	return to
}

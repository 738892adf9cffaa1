package awstest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Answers is the version that the load balancer of a service answers with: that of its healthy tasks, or of those that most
// of the traffic goes to.
func (a *Account) Answers(service string) (version string) {
	a.set(func() {
		a.tick()
		s := a.services[service]
		for _, t := range a.tasks {
			if t.service == service && t.status == "RUNNING" && t.health == "HEALTHY" && (!s.gradual() || t.by == s.serving().id) {
				version = a.images[t.digest].version
			}
		}
	})
	return version
}

// FunctionAnswers is the version that an alias answers calls with; "" where none are let in.
func (a *Account) FunctionAnswers(function string) (version string) {
	a.set(func() {
		if f := a.functions[function]; f.runs() {
			_, digest, _ := strings.Cut(f.at(f.alias["FunctionVersion"].(string)).image, "@")
			version = a.images[digest].version
		}
	})
	return version
}

// Running are the tasks that run, by service and version, and the functions that let calls in.
func (a *Account) Running() (all []string) {
	a.set(func() {
		for _, t := range a.tasks {
			if t.status != "STOPPED" {
				all = append(all, t.service+" "+a.images[t.digest].version)
			}
		}
		for name, f := range a.functions {
			if f.runs() {
				all = append(all, name)
			}
		}
	})
	return all
}

// Migrations is how many tasks have changed a schema.
func (a *Account) Migrations() (n int) {
	a.set(func() { n = a.migrations })
	return n
}

// MigrationTasks are the states of the tasks that were started to change a schema.
func (a *Account) MigrationTasks() (states []string) {
	a.set(func() {
		for _, t := range a.tasks {
			if t.service == "" {
				states = append(states, t.status)
			}
		}
	})
	return states
}

// Keeps tells whether an image is in a repository.
func (a *Account) Keeps(repository, digest string) bool { return a.registry.has(repository, digest) }

// Repository is a repository as ECR describes it; nil for one that there is not.
func (a *Account) Repository(name string) (described Object) {
	a.set(func() { described = a.repos[name] })
	return described
}

// Methods are what a role was used for in the registry, sorted.
func (a *Account) Methods(role string) (all []string) {
	a.set(func() { all = slices.Sorted(maps.Keys(a.methods[keyOf(role)])) })
	return all
}

// Snapshot is what there is in the account, as JSON; what was asked is not in it.
func (a *Account) Snapshot(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	a.set(func() {
		a.tick()
		all := Object{"repositories": a.repos, "definitions": a.definitions}
		for name, s := range a.services {
			all["service "+name] = a.described(s)
		}
		for name, f := range a.functions {
			all["function "+name] = Object{"alias": f.alias, "reserved": f.reserved, "latest": a.configurationOf(f, f.latest, latest), "versions": len(f.versions)}
		}
		if err := json.NewEncoder(&text).Encode(all); err != nil {
			t.Error(err)
		}
	})
	return text.String()
}

package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// nomad is a scripted Nomad: jobs of one group with one task, and their allocations.
type nomad struct {
	*front
	jobs   map[string]*nomadJob
	allocs []*allocation
}

type nomadJob struct {
	id, spec, image, kind string // spec is all that a version of it is about
	version, count        int
}

type allocation struct {
	id, job, image string
	version, count int
	created        time.Time
	looks          int
	stopped        bool
	batch, well    bool
	out            string
}

func newNomad(f *front) *nomad { return &nomad{front: f, jobs: map[string]*nomadJob{}} }

// refusal is what nomad prints: its operator api ends well whatever the server has answered.
func (n *nomad) refusal(c called, gone bool) printed {
	asks := strings.HasPrefix(c.line(), "operator api ")
	switch {
	case gone && asks:
		return printed{Err: "Error performing request: dial tcp 10.0.0.1:4646: connect: connection refused\n", Status: 1}
	case gone:
		return printed{Err: "Error submitting job: dial tcp 10.0.0.1:4646: connect: connection refused\n", Status: 1}
	case asks:
		return printed{Out: "Permission denied"}
	}
	return printed{Err: "Error submitting job: Unexpected response code: 403 (Permission denied)\n", Status: 1}
}

func (n *nomad) call(c called) printed {
	if path, fits := between(c.line(), "operator api -X GET ", ""); fits {
		return printed{Out: n.ask(path)}
	}
	if strings.HasPrefix(c.line(), "operator api ") && c.Stdin != "" {
		return printed{Out: "Invalid method"} // what is on its standard input, it posts
	}
	if id, fits := between(c.line(), "job stop -detach -purge ", ""); fits {
		return n.stop(id)
	}
	if id, fits := between(c.line(), "alloc logs -tail -n 1000 ", " app"); fits {
		return n.log(id, false)
	}
	if id, fits := between(c.line(), "alloc logs -stderr -tail -n 1000 ", " app"); fits {
		return n.log(id, true)
	}
	if id, fits := between(c.line(), "alloc logs ", " migration"); fits {
		return n.log(id, false)
	}
	if id, fits := between(c.line(), "alloc logs -stderr ", " migration"); fits {
		return n.log(id, true)
	}
	a := c.Args
	if len(a) == 12 && strings.Join(a[:3], " ") == "job run -detach" {
		return n.run(c, a[3:])
	}
	if len(a) == 11 && strings.Join(a[:2], " ") == "job plan" {
		if _, fits := variables(a[2:], "name", "image", "version", "settings"); fits && a[10] == "ops/nomad/orders.nomad.hcl" {
			return printed{Out: "+/- Job: \"orders\"\n", Status: 1}
		}
	}
	if len(a) == 10 && strings.Join(a[:3], " ") == "job run -detach" && a[9] == "ops/nomad/migrate.nomad.hcl" {
		if v, fits := variables(a[3:], "name", "image", "run"); fits {
			n.register(&nomadJob{id: v["name"], spec: v["image"] + " " + v["run"], image: v["image"], kind: "batch", count: 1})
			return printed{Out: "Job registration successful\n"}
		}
	}
	return n.unexpected(c)
}

// variables are the values of "-var name=value" pairs, which must be these.
func variables(args []string, names ...string) (map[string]string, bool) {
	all := map[string]string{}
	for i, name := range names {
		value, fits := strings.CutPrefix(args[2*i+1], name+"=")
		if args[2*i] != "-var" || !fits {
			return nil, false
		}
		all[name] = value
	}
	return all, true
}

func (n *nomad) run(c called, args []string) printed {
	v, fits := variables(args, "name", "image", "version", "settings")
	if !fits || args[8] != "ops/nomad/orders.nomad.hcl" {
		return n.unexpected(c)
	}
	n.register(&nomadJob{id: v["name"], spec: fmt.Sprint(v), image: v["image"], kind: "service", count: 2})
	return printed{Out: "Job registration successful\nEvaluation ID: 5b2e0dfa-7f3c-1c0b-9b9e-3f2b0f6f7d11\n"}
}

// register makes a version of a job, unless it is what it was.
func (n *nomad) register(j *nomadJob) {
	before := n.jobs[j.id]
	if before != nil {
		if j.version = before.version; before.spec != j.spec {
			j.version++
		}
	}
	n.jobs[j.id] = j
}

// pass lets a moment pass: the scheduler places what lacks, what is healthy replaces what was before.
func (n *nomad) pass() {
	for _, id := range slices.Sorted(maps.Keys(n.jobs)) {
		j := n.jobs[id]
		there, healthy := 0, 0
		for _, a := range n.allocs {
			if a.job == id && a.version == j.version && a.image == j.image && !a.stopped {
				there++
				if a.looks++; n.healthy(a) {
					healthy++
				}
			}
		}
		for ; there < j.count; there++ {
			n.place(j)
		}
		for _, a := range n.allocs {
			if a.job == id && a.version != j.version && (healthy == j.count || !n.healthy(a)) {
				a.stopped = true
			}
		}
	}
	for _, a := range n.allocs {
		a.stopped = a.stopped || n.jobs[a.job] == nil
	}
}

func (n *nomad) place(j *nomadJob) {
	n.clock++
	a := &allocation{
		id: fmt.Sprintf("%08x-0000-0000-0000-000000000000", n.clock), job: j.id, image: j.image, version: j.version, count: j.count,
		created: time.Date(2026, 3, 1, 12, 0, n.clock, 0, time.UTC), batch: j.kind == "batch", out: said(n.behaves(j.image)),
	}
	if a.batch {
		a.out, a.well = n.migrated(j.image)
	}
	n.allocs = append(n.allocs, a)
}

func (n *nomad) healthy(a *allocation) bool {
	return a.looks > 1 && n.behaves(a.image) == platformtest.Good
}

// ask is what the API answers, an error's text as well as JSON.
func (n *nomad) ask(path string) string {
	var answer any
	if id, fits := between(path, "/v1/allocation/", ""); fits {
		i := slices.IndexFunc(n.allocs, func(a *allocation) bool { return a.id == id })
		if i < 0 {
			return "alloc not found"
		}
		answer = n.described(n.allocs[i], true)
	} else if id, fits := between(path, "/v1/job/", "/allocations"); fits {
		n.pass()
		list := []any{}
		for _, a := range n.allocs {
			if a.job == id {
				list = append(list, n.described(a, false))
			}
		}
		answer = list
	} else if id, fits := between(path, "/v1/job/", ""); fits {
		j := n.jobs[id]
		if j == nil {
			return "job not found"
		}
		answer = map[string]any{"ID": j.id, "Type": j.kind, "Version": j.version, "TaskGroups": []any{map[string]any{"Name": "app", "Count": j.count}}}
	} else {
		n.t.Errorf("nobody expects: nomad operator api -X GET %s", path)
	}
	text, _ := json.Marshal(answer)
	return string(text)
}

// described is an allocation as a list has it, or whole.
func (n *nomad) described(a *allocation, whole bool) any {
	status, desired, why := "pending", "run", "No tasks have started"
	var health any
	behaviour := n.behaves(a.image)
	switch {
	case a.batch && a.well:
		status, why = "complete", "All tasks have completed"
	case a.batch || behaviour == platformtest.Crashing && a.looks > 0:
		status, why, health = "failed", "Failed tasks", map[string]any{"Healthy": false}
	case a.looks > 0:
		status, why = "running", "Tasks are running"
	}
	if n.healthy(a) {
		health = map[string]any{"Healthy": true}
	}
	if a.stopped {
		desired = "stop"
	}
	all := map[string]any{
		"ID": a.id, "JobID": a.job, "JobVersion": a.version, "DesiredStatus": desired, "ClientStatus": status, "ClientDescription": why,
		"CreateTime": a.created.UnixNano(), "DeploymentStatus": health,
	}
	if whole {
		delete(all, "JobVersion") // only a list's entries have it
		task := map[string]any{"Name": "app", "Config": map[string]any{"image": a.image}}
		all["Job"] = map[string]any{"ID": a.job, "Version": a.version, "TaskGroups": []any{map[string]any{"Name": "app", "Count": a.count, "Tasks": []any{task}}}}
	}
	return all
}

func (n *nomad) stop(id string) printed {
	if n.jobs[id] == nil {
		return printed{Err: fmt.Sprintf("No job(s) with prefix or ID %q found\n", id), Status: 1}
	}
	delete(n.jobs, id)
	return printed{Out: "5b2e0dfa-7f3c-1c0b-9b9e-3f2b0f6f7d11\n"}
}

// log prints what an allocation wrote: complaints on its standard error.
func (n *nomad) log(id string, complaints bool) printed {
	i := slices.IndexFunc(n.allocs, func(a *allocation) bool { return a.id == id })
	if i < 0 {
		return printed{Err: fmt.Sprintf("No allocation(s) with prefix or id %q found\n", id), Status: 1}
	}
	first, rest, _ := strings.Cut(n.allocs[i].out, "\n")
	if complaints {
		return printed{Out: rest}
	}
	return printed{Out: first + "\n"}
}

func (n *nomad) serves(name string) (image promotion.Digest) {
	for _, a := range n.allocs {
		if a.job == name && !a.stopped && n.jobs[name] != nil && n.healthy(a) {
			image = digestOf(a.image)
		}
	}
	return image
}

func (n *nomad) set(name, image string) {
	j := *n.jobs[name]
	j.image, j.spec = image, image
	n.register(&j)
}

func (n *nomad) running() (all []string) {
	for _, a := range n.allocs {
		if !a.stopped && !a.batch && n.jobs[a.job] != nil {
			all = append(all, a.job)
		}
	}
	return all
}

func (n *nomad) state() string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(n.jobs)) {
		all = append(all, fmt.Sprintf("%+v", *n.jobs[id]))
	}
	return strings.Join(append(all, n.running()...), "\n") + fmt.Sprint(n.migrations)
}

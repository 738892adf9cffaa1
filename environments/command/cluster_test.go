package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// cluster is a scripted Kubernetes, as kubectl and helm reach it.
type cluster struct {
	*front
	deployments map[string]*deployment
	pods        []*pod
	services    map[string]bool
	configs     map[string]string
	jobs        map[string]platformtest.Image
	releases    map[string]int    // of Helm, and how often each was upgraded
	pending     map[string]string // those that somebody was ended in the middle of, and in what
	events      []string
	made        int
}

type deployment struct {
	name, image, version, settings string
	generation, replicas           int
}

// template is what a rollout is about.
func (d *deployment) template() string { return d.image + " " + d.version + " " + d.settings }

type pod struct {
	name, of, template, image, version, created string
	looks                                       int
	ready                                       bool
}

func newCluster(f *front) *cluster {
	return &cluster{
		front: f, deployments: map[string]*deployment{}, services: map[string]bool{}, configs: map[string]string{},
		jobs: map[string]platformtest.Image{}, releases: map[string]int{}, pending: map[string]string{},
	}
}

func (c *cluster) refusal(_ called, gone bool) printed {
	if gone {
		return printed{Err: "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n", Status: 1}
	}
	return printed{Err: "error: You must be logged in to the server (Unauthorized)\n", Status: 1}
}

// call answers one call.
func (c *cluster) call(call called) printed {
	if call.Program == "helm" {
		return c.helm(call)
	}
	line := strings.TrimPrefix(call.line(), "--namespace=qa ")
	if rest, found := strings.CutPrefix(line, "create configmap "); found {
		if called, options, _ := strings.Cut(rest, " --from-env-file="); strings.HasSuffix(options, " --dry-run=client --output=yaml") {
			return c.config(called, strings.TrimSuffix(options, " --dry-run=client --output=yaml"))
		}
	}
	if line == "apply --filename=-" || line == "apply --dry-run=server --filename=-" {
		return c.apply(call.Stdin, line != "apply --filename=-")
	}
	for _, selector := range []string{",app.kubernetes.io/managed-by=gantry", ",app.kubernetes.io/component!=migration"} {
		if of, file, found := strings.Cut(strings.TrimPrefix(line, "get deployments,pods --selector=app.kubernetes.io/instance="), selector+" --output=go-template-file="); found {
			return c.look(filepath.Join(call.Dir, file), of)
		}
	}
	if of, fits := between(line, "delete deployment ", " --ignore-not-found"); fits {
		return c.end(of)
	}
	if of, fits := between(line, "delete deployment ", " --ignore-not-found --dry-run=server"); fits {
		return printed{Out: "deployment.apps \"" + of + "\" deleted (server dry run)\n"}
	}
	if of, fits := between(line, "delete deployment,service,configmap ", " --ignore-not-found"); fits {
		delete(c.services, of)
		delete(c.configs, of)
		return c.end(of)
	}
	if of, fits := between(line, "delete job ", " --ignore-not-found"); fits {
		delete(c.jobs, of)
		return printed{}
	}
	if of, fits := between(line, "logs --follow job/", " --pod-running-timeout=2m"); fits {
		return printed{Out: said(c.jobs[of].Behaviour)}
	}
	if of, fits := between(line, "get job ", ` --output=go-template={{range .status.conditions}}{{if eq .status "True"}}{{.type}} {{end}}{{end}}`); fits {
		return c.ended(of, call.Args[len(call.Args)-1])
	}
	if of, fits := between(line, "logs ", " --container=app --tail=1000 --previous"); fits {
		return c.log(of, true)
	}
	if of, fits := between(line, "logs ", " --container=app --tail=1000"); fits {
		return c.log(of, false)
	}
	if text, found := strings.CutPrefix(line, "get events --sort-by=.metadata.creationTimestamp --output=go-template="); found {
		return c.print(text, map[string]any{"items": c.happened()})
	}
	switch line {
	case "config view --minify --output=jsonpath={.clusters[0].cluster.server}":
		return printed{Out: "https://10.0.0.1:6443"}
	case "auth whoami --output=jsonpath={.status.userInfo.username}":
		return printed{Out: "system:serviceaccount:qa:gantry"}
	}
	return c.unexpected(call)
}

// look prints a slot's objects through a template in a file.
func (c *cluster) look(file, of string) printed {
	text, err := os.ReadFile(file)
	if err != nil {
		return printed{Err: "error: " + err.Error() + "\n", Status: 1}
	}
	return c.print(string(text), c.list(of))
}

// print runs a template on an object as kubectl does: the object has been JSON before.
func (c *cluster) print(text string, object any) printed {
	parsed, err := template.New("").Parse(text)
	if err != nil {
		return printed{Err: "error: error parsing template: " + err.Error() + "\n", Status: 1}
	}
	var plain any
	encoded, _ := json.Marshal(object)
	_ = json.Unmarshal(encoded, &plain)
	var out strings.Builder
	if err := parsed.Execute(&out, plain); err != nil {
		return printed{Err: "error: error executing template: " + err.Error() + "\n", Status: 1}
	}
	return printed{Out: out.String()}
}

func (c *cluster) config(name, file string) printed {
	text, err := os.ReadFile(file)
	if err != nil {
		return printed{Err: "error: " + err.Error() + "\n", Status: 1}
	}
	data := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		data[key] = value
	}
	out, _ := yaml.Marshal(map[string]any{"kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data})
	return printed{Out: string(out)}
}

// manifest is the part of an object that the cluster goes by.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Replicas int
		Template struct {
			Metadata struct{ Annotations map[string]string }
			Spec     struct{ Containers []struct{ Image string } }
		}
	}
}

func (c *cluster) apply(text string, dry bool) printed {
	var out strings.Builder
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var m manifest
		if err := decoder.Decode(&m); err != nil {
			if n == 0 {
				return printed{Err: "error: no objects passed to apply\n", Status: 1}
			}
			return printed{Out: out.String()}
		}
		fmt.Fprintf(&out, "%s/%s configured\n", strings.ToLower(m.Kind), m.Metadata.Name)
		if !dry {
			c.put(m)
		}
	}
}

func (c *cluster) put(m manifest) {
	name := m.Metadata.Name
	switch m.Kind {
	case "ConfigMap":
		c.configs[name] = fmt.Sprint(m.Data)
	case "Service":
		c.services[name] = true
	case "Job":
		c.jobs[name] = c.images[digestOf(m.Spec.Template.Spec.Containers[0].Image)]
		if c.jobs[name].Behaviour == platformtest.Good {
			c.migrations++
		}
	case "Deployment":
		c.roll(&deployment{
			name: name, image: m.Spec.Template.Spec.Containers[0].Image, version: m.Spec.Template.Metadata.Annotations["version"],
			settings: m.Spec.Template.Metadata.Annotations["settings"], replicas: m.Spec.Replicas,
		})
	default:
		c.t.Errorf("a %s is applied", m.Kind)
	}
}

// roll is a deployment that is to be as it is now.
func (c *cluster) roll(d *deployment) {
	d.generation = 1
	if before := c.deployments[d.name]; before != nil {
		d.generation = before.generation
		if before.template() != d.template() {
			d.generation++
		}
	}
	c.deployments[d.name] = d
	c.scale(d)
}

// scale makes the pods that a rollout lacks, and takes away those of a rollout that was left.
func (c *cluster) scale(d *deployment) {
	there := 0
	c.pods = slices.DeleteFunc(c.pods, func(p *pod) bool {
		if p.of == d.name && p.template == d.template() {
			there++
		}
		return p.of == d.name && p.template != d.template() && !p.ready
	})
	for ; there < d.replicas; there++ {
		c.made++
		p := &pod{name: fmt.Sprintf("%s-%05d", d.name, c.made), of: d.name, template: d.template(), image: d.image, version: d.version}
		p.created = time.Date(2026, 3, 1, 12, 0, c.made, 0, time.UTC).Format(time.RFC3339)
		c.pods = append(c.pods, p)
		c.events = append(c.events, p.created+" Pod "+p.name+" Scheduled Successfully assigned qa/"+p.name)
	}
}

// pass lets a moment pass: pods come up, and those that were replaced go.
func (c *cluster) pass() {
	for _, d := range c.deployments {
		ready := 0
		for _, p := range c.pods {
			if p.of != d.name || p.template != d.template() {
				continue
			}
			p.looks++
			p.ready = p.looks > 1 && c.images[digestOf(p.image)].Behaviour == platformtest.Good
			if p.ready {
				ready++
			}
		}
		if ready >= d.replicas {
			c.pods = slices.DeleteFunc(c.pods, func(p *pod) bool { return p.of == d.name && p.template != d.template() })
		}
	}
}

func (c *cluster) list(name string) any {
	c.pass()
	items := []any{}
	if d := c.deployments[name]; d != nil {
		updated := 0
		for _, p := range c.pods {
			if p.of == name && p.template == d.template() {
				updated++
			}
		}
		items = append(items, map[string]any{
			"kind": "Deployment", "metadata": map[string]any{"name": d.name, "generation": d.generation}, "spec": map[string]any{"replicas": d.replicas},
			"status": map[string]any{"observedGeneration": d.generation, "updatedReplicas": updated},
		})
	}
	for _, p := range c.pods {
		if p.of == name {
			items = append(items, c.described(p))
		}
	}
	return map[string]any{"kind": "List", "items": items}
}

func (c *cluster) described(p *pod) any {
	status := map[string]any{"name": "app", "ready": p.ready, "imageID": p.image, "state": map[string]any{"running": map[string]any{"startedAt": p.created}}}
	image, known := c.images[digestOf(p.image)]
	switch {
	case !known:
		status["imageID"], status["state"] = "", map[string]any{"waiting": map[string]any{"reason": "ImagePullBackOff", "message": "not found"}}
	case p.looks < 1:
		status["imageID"], status["state"] = "", map[string]any{"waiting": map[string]any{"reason": "ContainerCreating"}}
	case image.Behaviour == platformtest.Crashing:
		status["state"] = map[string]any{"waiting": map[string]any{"reason": "CrashLoopBackOff", "message": `back-off 10s restarting failed container="app"`}}
	}
	return map[string]any{
		"kind":     "Pod",
		"metadata": map[string]any{"name": p.name, "creationTimestamp": p.created, "annotations": map[string]any{"version": p.version}},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "app", "image": p.image}}},
		"status":   map[string]any{"phase": "Running", "containerStatuses": []any{status}},
	}
}

func (c *cluster) end(name string) printed {
	delete(c.deployments, name)
	c.pods = slices.DeleteFunc(c.pods, func(p *pod) bool { return p.of == name })
	return printed{Out: "deployment.apps \"" + name + "\" deleted\n"}
}

func (c *cluster) ended(job, output string) printed {
	condition := "Complete"
	image, there := c.jobs[job]
	if !there {
		return printed{Err: "Error from server (NotFound)\n", Status: 1}
	}
	if image.Behaviour != platformtest.Good {
		condition = "Failed"
	}
	text := strings.TrimPrefix(output, "--output=go-template=")
	return c.print(text, map[string]any{"status": map[string]any{"conditions": []any{map[string]any{"type": condition, "status": "True"}}}})
}

func (c *cluster) log(name string, previous bool) printed {
	i := slices.IndexFunc(c.pods, func(p *pod) bool { return p.name == name })
	if i < 0 {
		return printed{Err: "Error from server (NotFound): pods \"" + name + "\" not found\n", Status: 1}
	}
	behaviour := c.images[digestOf(c.pods[i].image)].Behaviour
	if previous && behaviour != platformtest.Crashing {
		return printed{Err: "Error from server (BadRequest): previous terminated container \"app\" not found\n", Status: 1}
	}
	return printed{Out: said(behaviour)}
}

func (c *cluster) happened() (items []any) {
	for _, e := range c.events {
		at, rest, _ := strings.Cut(e, " ")
		words := strings.SplitN(rest, " ", 4)
		items = append(items, map[string]any{
			"metadata": map[string]any{"creationTimestamp": at}, "involvedObject": map[string]any{"kind": words[0], "name": words[1]}, "reason": words[2], "message": words[3],
		})
	}
	return items
}

func (c *cluster) serves(name string) (image promotion.Digest) {
	for _, p := range c.pods {
		if p.of == name && p.ready && c.services[name] {
			image = digestOf(p.image)
		}
	}
	return image
}

// set is kubectl set image.
func (c *cluster) set(name, image string) {
	d := *c.deployments[name]
	d.image = image
	c.roll(&d)
}

func (c *cluster) running() (all []string) {
	for _, p := range c.pods {
		all = append(all, p.of+" "+p.version)
	}
	return all
}

func (c *cluster) state() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.deployments)) {
		all = append(all, fmt.Sprintf("%+v", *c.deployments[name]))
	}
	for _, p := range c.pods {
		all = append(all, p.name+" "+p.image)
	}
	return strings.Join(append(all, fmt.Sprint(c.configs, c.services, c.jobs, c.releases, c.migrations, c.events)), "\n")
}

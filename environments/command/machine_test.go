package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// machine is a scripted machine with Docker Compose: a project has one container, which is replaced by the next.
type machine struct {
	*front
	containers map[string]*container // by project
	made       int
}

type container struct {
	id, project, image, settings string
	created                      time.Time
	looks                        int
}

func newMachine(f *front) *machine {
	return &machine{front: f, containers: map[string]*container{}}
}

func (m *machine) refusal(_ called, gone bool) printed {
	if gone {
		return printed{Err: "Cannot connect to the Docker daemon at tcp://qa.example.com:2376. Is the docker daemon running?\n", Status: 1}
	}
	return printed{Err: "error during connect: remote error: tls: bad certificate\n", Status: 1}
}

func (m *machine) call(c called) printed {
	if project, fits := between(c.line(), "compose --project-name ", " --file ops/compose/compose.yaml up --detach --no-build --pull always --remove-orphans"); fits {
		return m.up(project, c)
	}
	if project, fits := between(c.line(), "compose --project-name ", " down --timeout 20"); fits {
		if m.containers[project] == nil {
			return printed{Err: fmt.Sprintf("Warning: No resource found to remove for project %q.\n", project)}
		}
		delete(m.containers, project)
		return printed{Err: " Container " + project + "-app-1  Removed\n"}
	}
	if project, fits := between(c.line(), "ps --all --quiet --filter label=com.docker.compose.project=", " --filter label=com.docker.compose.service=app"); fits {
		if one := m.containers[project]; one != nil {
			return printed{Out: one.id[:12] + "\n"}
		}
		return printed{}
	}
	if len(c.Args) > 5 && strings.Join(c.Args[:4], " ") == "inspect --type container --format" {
		return m.inspect(c.Args[4], c.Args[5:])
	}
	if name, fits := between(c.line(), "logs --tail 1000 --timestamps ", ""); fits {
		return m.log(name)
	}
	if image, fits := between(c.line(), "pull --quiet ", ""); fits {
		return printed{Out: image + "\n"}
	}
	if image, fits := between(c.line(), "run --rm --env-file ops/qa/orders-migration.env ", ""); fits {
		out, well := m.migrated(image)
		if !well {
			return printed{Out: out, Status: 2}
		}
		return printed{Out: out}
	}
	if os, fits := strings.CutPrefix(c.line(), "version --format {{.Server.Os}} "); fits {
		return printed{Out: "linux " + os + "\n"}
	}
	return m.unexpected(c)
}

// up is docker compose up, which reads the variables that compose.yaml names.
func (m *machine) up(project string, c called) printed {
	settings, err := os.ReadFile(c.Env["GANTRY_ENV_FILE"])
	if err != nil {
		return printed{Err: "env file " + c.Env["GANTRY_ENV_FILE"] + " not found: " + err.Error() + "\n", Status: 1}
	}
	image := c.Env["GANTRY_IMAGE"]
	if one := m.containers[project]; one != nil && one.image == image && one.settings == string(settings) {
		return printed{Err: " Container " + project + "-app-1  Running\n"}
	}
	m.start(project, image, string(settings))
	return printed{Err: " Container " + project + "-app-1  Started\n"}
}

func (m *machine) start(project, image, settings string) {
	m.made++
	m.containers[project] = &container{
		id: fmt.Sprintf("%012x%052x", m.made, m.made), project: project, image: image, settings: settings,
		created: time.Date(2026, 3, 1, 12, 0, m.made, 123456789, time.UTC),
	}
}

// inspect prints containers through a template, a line each.
func (m *machine) inspect(format string, ids []string) printed {
	parsed, err := template.New("").Funcs(template.FuncMap{"json": func(v any) (string, error) {
		text, err := json.Marshal(v)
		return string(text), err
	}}).Parse(format)
	if err != nil {
		return printed{Err: "template parsing error: " + err.Error() + "\n", Status: 64}
	}
	var out strings.Builder
	for _, id := range ids {
		one := m.found(func(c *container) bool { return strings.HasPrefix(c.id, id) })
		if one == nil {
			return printed{Out: out.String(), Err: "Error: No such container: " + id + "\n", Status: 1}
		}
		one.looks++
		if err := parsed.Execute(&out, m.inspected(one)); err != nil {
			return printed{Err: "template parsing error: " + err.Error() + "\n", Status: 1}
		}
		out.WriteString("\n")
	}
	return printed{Out: out.String()}
}

// health is how a container's check says that it is.
type health struct{ Status string }

// inspected is the part of a container that a format may ask for.
func (m *machine) inspected(c *container) any {
	status, restarting, how := "running", false, "starting"
	switch behaviour := m.behaves(c.image); {
	case behaviour == platformtest.Crashing && c.looks > 1:
		status, restarting, how = "restarting", true, "unhealthy"
	case c.looks > 1 && behaviour == platformtest.Good:
		how = "healthy"
	case c.looks > 2 && behaviour == platformtest.NeverHealthy:
		how = "unhealthy"
	}
	return map[string]any{
		"Name": "/" + c.project + "-app-1", "Created": c.created.Format(time.RFC3339Nano), "Config": map[string]any{"Image": c.image},
		"State": map[string]any{"Status": status, "Running": true, "Restarting": restarting, "Health": &health{Status: how}},
	}
}

func (m *machine) found(so func(*container) bool) *container {
	for _, c := range m.containers {
		if so(c) {
			return c
		}
	}
	return nil
}

func (m *machine) log(name string) printed {
	one := m.found(func(c *container) bool { return c.project+"-app-1" == name })
	if one == nil {
		return printed{Err: "Error: No such container: " + name + "\n", Status: 1}
	}
	var out strings.Builder
	for line := range strings.Lines(said(m.behaves(one.image))) {
		out.WriteString(one.created.Format(time.RFC3339Nano) + " " + line)
	}
	return printed{Out: out.String()}
}

func (m *machine) serves(name string) promotion.Digest {
	one := m.containers["qa-"+name]
	if one == nil || m.behaves(one.image) != platformtest.Good || one.looks < 2 {
		return ""
	}
	return digestOf(one.image)
}

func (m *machine) set(name, image string) { m.start("qa-"+name, image, "") }

func (m *machine) running() []string { return slices.Sorted(maps.Keys(m.containers)) }

func (m *machine) state() string {
	var all []string
	for _, project := range m.running() {
		c := m.containers[project]
		all = append(all, project+" "+c.id+" "+c.image+" "+c.settings)
	}
	return strings.Join(append(all, fmt.Sprint(m.migrations)), "\n")
}

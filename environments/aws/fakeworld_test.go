package aws

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

// instant is a clock on which waiting takes no time.
type instant struct {
	mu  sync.Mutex
	now time.Time
}

func (c *instant) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *instant) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// paced is a clock that runs faster than the one on the wall, for situations in which several things go on at once.
type paced struct {
	from time.Time
	pace int
}

func (c paced) Now() time.Time { return c.from.Add(time.Duration(int(time.Since(c.from)) * c.pace)) }

func (c paced) Wait(ctx context.Context, d time.Duration) error {
	return wall{}.Wait(ctx, time.Duration(int(d)/c.pace))
}

// How a scripted rollout goes on, besides what the image does of itself.
const (
	scriptSlow        = "slow"         // complete after 25 s
	scriptSuperseded  = "superseded"   // somebody else deploys after 6 s
	scriptScaled      = "scaled"       // somebody scales to zero after 6 s
	scriptNeverStarts = "never starts" // the task cannot be started; the breaker goes back
	scriptVanishes    = "vanishes"     // the breaker goes back, and the failed deployment is no longer listed
	scriptNoRollback  = "no rollback"  // it fails, and ECS stays where it is
	scriptOtherDigest = "other digest" // it is complete, but its task runs something else
)

type object = map[string]any

type fakeImage struct {
	version   string
	behaviour platformtest.Behaviour
}

type fakeDeployment struct {
	id, definition string
	created        time.Time
	state, reason  string
	failed         int
	script         string
	started        bool // its task was
}

type fakeService struct {
	name        string
	desired     int
	deployments []*fakeDeployment // the first is PRIMARY
	tags        map[string]string
	events      []object
	script      string // of the next deployments
	once        bool   // of the next one only
	rollback    bool
	strategy    string // "" as in services of old
	controller  string
}

type fakeTask struct {
	arn, by, service, definition, digest, status, health, code, reason string
	exit                                                               *int
	created, stopped                                                   time.Time
	migration                                                          bool
}

// cloud is an account of Amazon's as far as Gantry uses one. Rollouts go on by its clock, whenever it is asked.
type cloud struct {
	mu          sync.Mutex
	clock       Clock
	services    map[string]*fakeService
	definitions map[string]object
	revisions   map[string]int
	repos       map[string]object
	images      map[string]fakeImage
	tasks       []*fakeTask
	logs        map[string][]string
	ids         int
	migrations  int
	passwords   map[string]time.Time
	holders     map[string]string          // password → the access key that asked for it
	methods     map[string]map[string]bool // access key → what it did in the registry
	lifetime    time.Duration              // of a password
	account     string                     // that the credentials belong to
	broken      bool
	expired     bool
	throttled   map[string]int // action → how often more
	denied      map[string]bool
	allowed     map[string]bool // by the policy
	asked       map[string]int
	scans       map[string][]object // digest → what is answered about it, one after the other
	parameters  map[string]string
	tokens      map[string]*fakeTask // by client token
	registry    *fakeRegistry
	functions   map[string]*fakeFunction
}

func (c *cloud) id(kind string) string { c.ids++; return fmt.Sprintf("%s%04d", kind, c.ids) }

func (c *cloud) event(s *fakeService, text string) {
	s.events = append([]object{{"id": c.id("e"), "createdAt": stamp(c.clock.Now()), "message": "(service " + s.name + ") " + text}}, s.events...)
}

func stamp(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (c *cloud) containerOf(definition string) object {
	return c.definitions[definition]["containerDefinitions"].([]any)[0].(object)
}

func (c *cloud) digestOf(definition string) string {
	image, _ := c.containerOf(definition)["image"].(string)
	_, digest, _ := strings.Cut(image, "@")
	return digest
}

// write is what a container writes, where its definition sends it.
func (c *cloud) write(definition, arn string, lines ...string) {
	container := c.containerOf(definition)
	if configured, has := container["logConfiguration"].(object); has {
		o := configured["options"].(object)
		at := fmt.Sprintf("%s|%s/%s/%s", o["awslogs-group"], o["awslogs-stream-prefix"], container["name"], short(arn))
		c.logs[at] = append(c.logs[at], lines...)
	}
}

func (c *cloud) newTask(by, service, definition string) *fakeTask {
	t := &fakeTask{
		arn: "arn:aws:ecs:eu-central-1:111122223333:task/acme/" + c.id("t"), by: by, service: service, definition: definition,
		digest: c.digestOf(definition), status: "RUNNING", health: "HEALTHY", created: c.clock.Now(),
	}
	c.tasks = append(c.tasks, t)
	return t
}

func (t *fakeTask) stop(at time.Time, code, reason string, exit *int) {
	if t.status != "STOPPED" {
		t.status, t.code, t.reason, t.exit, t.stopped = "STOPPED", code, reason, exit, at
	}
}

func (c *cloud) stopTasks(by string) {
	zero := 0
	for _, t := range c.tasks {
		if t.by == by {
			t.stop(c.clock.Now(), "ServiceSchedulerInitiated", "Scaling activity initiated by deployment", &zero)
		}
	}
}

// drop takes away a deployment with its tasks.
func (c *cloud) drop(s *fakeService, d *fakeDeployment) {
	c.stopTasks(d.id)
	var left []*fakeDeployment
	for _, o := range s.deployments {
		if o != d {
			left = append(left, o)
		}
	}
	s.deployments = left
}

// roll makes a definition the service's PRIMARY. What never came to its end before it is dropped.
func (c *cloud) roll(s *fakeService, definition string) *fakeDeployment {
	for _, d := range append([]*fakeDeployment(nil), s.deployments...) {
		if d.state != "COMPLETED" {
			c.drop(s, d)
		}
	}
	d := &fakeDeployment{id: c.id("ecs-svc/"), definition: definition, created: c.clock.Now(), state: "IN_PROGRESS", script: s.script}
	s.deployments = append([]*fakeDeployment{d}, s.deployments...)
	if s.once {
		s.script, s.once = "", false
	}
	c.event(s, "has started a deployment "+d.id)
	return d
}

func (c *cloud) scale(s *fakeService, desired int) {
	s.desired = desired
	if desired == 0 {
		for len(s.deployments) > 1 {
			c.drop(s, s.deployments[1])
		}
		c.stopTasks(s.deployments[0].id)
		s.deployments[0].state, s.deployments[0].started = "COMPLETED", false
		c.event(s, "was scaled to zero")
	}
}

// back makes the deployment before PRIMARY again.
func (c *cloud) back(s *fakeService, keep bool) {
	bad := s.deployments[0]
	if len(s.deployments) < 2 {
		return
	}
	before := s.deployments[1]
	c.stopTasks(bad.id)
	before.reason = "ECS deployment circuit breaker: rolling back to deploymentId " + before.id + "."
	s.deployments = []*fakeDeployment{before}
	if keep {
		s.deployments = append(s.deployments, bad)
	}
	c.event(s, "rolling back to deployment "+before.id)
}

// tick lets happen what would have happened by now.
func (c *cloud) tick() {
	for _, s := range c.services {
		p := s.deployments[0]
		if s.desired > 0 && p.state == "IN_PROGRESS" {
			c.advance(s, p, c.clock.Now().Sub(p.created))
		}
	}
	two := 2
	for _, t := range c.tasks {
		if !t.migration || t.status == "STOPPED" || c.clock.Now().Sub(t.created) < 3*time.Second {
			continue
		}
		if c.images[t.digest].behaviour == platformtest.Crashing {
			c.write(t.definition, t.arn, "migrating", platformtest.LastWords)
			t.stop(c.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &two)
			continue
		}
		zero := 0
		c.write(t.definition, t.arn, "migrating", "done")
		c.migrations++
		t.stop(c.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &zero)
	}
}

// advance is one deployment after some time.
func (c *cloud) advance(s *fakeService, p *fakeDeployment, after time.Duration) {
	behaviour := c.images[c.digestOf(p.definition)].behaviour
	if !p.started && after >= time.Second && p.script != scriptNeverStarts {
		p.started = true
		t := c.newTask(p.id, s.name, p.definition)
		c.write(p.definition, t.arn, "starting "+c.images[t.digest].version)
		switch {
		case p.script == scriptOtherDigest:
			t.digest = "sha256:" + strings.Repeat("f", 64)
		case behaviour == platformtest.NeverHealthy || p.script == scriptNoRollback || p.script == scriptVanishes:
			t.health = "UNHEALTHY"
		case behaviour == platformtest.Crashing:
			two := 2
			c.write(p.definition, t.arn, platformtest.LastWords)
			t.stop(c.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &two)
			p.failed = 1
		}
	}
	if p.script == scriptNeverStarts && !p.started {
		p.started, p.failed = true, 1
		c.newTask(p.id, s.name, p.definition).stop(c.clock.Now(), "TaskFailedToStart", "CannotPullContainerError: no route to host", nil)
	}
	breaks := behaviour == platformtest.Crashing || p.script == scriptNeverStarts || p.script == scriptVanishes || p.script == scriptNoRollback
	switch {
	case p.script == scriptSuperseded && after >= 6*time.Second:
		s.script = ""
		c.roll(s, c.copyOf(p.definition))
	case p.script == scriptScaled && after >= 6*time.Second:
		c.scale(s, 0)
	case breaks && after >= 6*time.Second:
		p.state, p.reason = "FAILED", "ECS deployment circuit breaker: tasks failed to start."
		c.event(s, "deployment "+p.id+" deployment failed: tasks failed to start.")
		if s.rollback && p.script != scriptNoRollback {
			c.back(s, p.script != scriptVanishes)
		}
	case breaks || behaviour == platformtest.NeverHealthy || p.script == scriptSuperseded || p.script == scriptScaled, p.script == scriptSlow && after < 25*time.Second:
	case after >= 3*time.Second:
		p.state = "COMPLETED"
		for len(s.deployments) > 1 {
			c.drop(s, s.deployments[1])
		}
		c.event(s, "has reached a steady state.")
	}
}

// copyOf is a further revision of a definition.
func (c *cloud) copyOf(definition string) string {
	d := object{}
	for key, value := range c.definitions[definition] {
		d[key] = value
	}
	return c.keep(d)["taskDefinitionArn"].(string)
}

// keep keeps a task definition as its family's next revision.
func (c *cloud) keep(d object) object {
	family := d["family"].(string)
	c.revisions[family]++
	d["revision"], d["status"] = c.revisions[family], "ACTIVE"
	arn := fmt.Sprintf("arn:aws:ecs:eu-central-1:111122223333:task-definition/%s:%d", family, c.revisions[family])
	d["taskDefinitionArn"] = arn
	c.definitions[arn] = d
	return d
}

package awstest

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// Script is how something goes on besides what its image does of itself; "" is the usual way.
type Script string

// The scripts of a service's rollouts.
const (
	Slow        Script = "slow"         // complete after 25 s
	Superseded  Script = "superseded"   // somebody else deploys after 6 s
	Scaled      Script = "scaled"       // somebody scales to zero after 6 s
	NeverStarts Script = "never starts" // the task cannot be started; the breaker goes back
	Vanishes    Script = "vanishes"     // the breaker goes back, and the failed deployment is no longer listed
	NoRollback  Script = "no rollback"  // it fails, and ECS stays where it is
	OtherDigest Script = "other digest" // it is complete, but its task runs something else
)

type deployment struct {
	id, definition string
	created        time.Time
	state, reason  string
	failed         int
	script         Script
	started        bool      // its task was
	traffic        float64   // percent of production traffic, where two versions run side by side
	healthy        time.Time // when its task became so
	next           time.Time // when it may start another one
}

// Service is one of ECS's.
type Service struct {
	account     *Account
	name        string
	desired     int
	deployments []*deployment // the first is PRIMARY
	tags        map[string]string
	events      []Object
	script      Script // of the next deployments
	once        bool   // of the next one only
	rollback    bool
	strategy    string // "" as in services of old
	controller  string
	settings    Object      // of its deployments, besides the strategy
	records     []*record   // of gradual deployments, the oldest first
	good        *deployment // that a gradual deployment has ended well with
	held        *hold
	balancer    *proxy.Proxy
	target      *task // that it sends requests to
}

// AddService makes a service without tasks, with the newest task definition of a family.
func (a *Account) AddService(name, family string) {
	a.set(func() {
		d := &deployment{id: a.id("ecs-svc/"), definition: a.newest(family), state: "COMPLETED", created: a.clock.Now(), traffic: 100}
		a.services[name] = &Service{account: a, name: name, tags: map[string]string{}, deployments: []*deployment{d}, good: d}
	})
}

// Service is a service that was made.
func (a *Account) Service(name string) (s *Service) {
	a.set(func() { s = a.services[name] })
	return s
}

// Follow makes the deployments from now on go as a script says.
func (s *Service) Follow(script Script) { s.account.set(func() { s.script = script }) }

// FollowOnce makes the next deployment go as a script says.
func (s *Service) FollowOnce(script Script) {
	s.account.set(func() { s.script, s.once = script, true })
}

// hold keeps deployments from coming to their end.
type hold struct {
	begun chan struct{}
	once  sync.Once
}

// Hold keeps the service's deployments from being complete until release is called. Begun is closed once there is one.
func (s *Service) Hold() (begun <-chan struct{}, release func()) {
	h := &hold{begun: make(chan struct{})}
	s.account.set(func() { s.held = h })
	return h.begun, func() { s.account.set(func() { s.held = nil }) }
}

// DeployBy makes it a service that deploys by a strategy and a controller; "" is what ECS does not say.
func (s *Service) DeployBy(strategy, controller string) {
	s.account.set(func() { s.strategy, s.controller = strategy, controller })
}

// DeployGradually makes it a service of ECS's own controller that deploys by BLUE_GREEN, LINEAR or CANARY, with what ECS says
// of its deployments besides: {"bakeTimeInMinutes": 10}.
func (s *Service) DeployGradually(strategy string, settings Object) {
	s.account.set(func() {
		s.strategy, s.controller, s.settings, s.good = strategy, "ECS", settings, s.deployments[0]
		s.good.traffic = 100
	})
}

// configured is its deployment configuration as ECS describes it.
func (s *Service) configured() Object {
	all := maps.Clone(s.settings)
	if all == nil {
		all = Object{}
	}
	all["strategy"] = s.strategy
	return all
}

// number is one of its settings: "linearConfiguration.stepPercent".
func (s *Service) number(path string, otherwise float64) float64 {
	at := s.settings
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			switch n := at[name].(type) {
			case int:
				return float64(n)
			case float64:
				return n
			}
			return otherwise
		}
		at, _ = at[name].(Object)
		path = rest
	}
}

// Status is the status of its last gradual deployment, and the stage that it is in.
func (s *Service) Status() (status, stage string) {
	s.account.set(func() {
		s.account.tick()
		if r := s.last(); r != nil {
			status, stage = r.status, r.stage
		}
	})
	return status, stage
}

// Definition is the task definition that the service goes to.
func (s *Service) Definition() (arn string) {
	s.account.set(func() { arn = s.deployments[0].definition })
	return arn
}

// DeployByHand moves the service to another image, as nobody of Gantry's does.
func (s *Service) DeployByHand(image string) {
	a := s.account
	a.set(func() { a.roll(s, a.withImage(s.deployments[0].definition, image)) })
}

// MoveByHand moves the service to a task definition that there is.
func (s *Service) MoveByHand(definition string) {
	s.account.set(func() { s.account.roll(s, definition) })
}

func (a *Account) event(s *Service, text string) {
	s.events = append([]Object{{"id": a.id("e"), "createdAt": stamp(a.clock.Now()), "message": "(service " + s.name + ") " + text}}, s.events...)
}

func (a *Account) described(s *Service) Object {
	deployments := []any{}
	running := 0
	for i, d := range s.deployments {
		status, count := "ACTIVE", a.runningOf(d)
		if i == 0 {
			status = "PRIMARY"
		}
		running += count
		listed := Object{
			"id": d.id, "status": status, "taskDefinition": d.definition, "desiredCount": s.desired, "runningCount": count,
			"pendingCount": 0, "failedTasks": d.failed, "createdAt": stamp(d.created), "rolloutState": d.state, "rolloutStateReason": d.reason,
		}
		if s.gradual() { // ECS says it of what rolls
			delete(listed, "rolloutState")
			delete(listed, "rolloutStateReason")
		}
		deployments = append(deployments, listed)
	}
	tags := []any{}
	for _, key := range slices.Sorted(maps.Keys(s.tags)) {
		tags = append(tags, Object{"key": key, "value": s.tags[key]})
	}
	described := Object{
		"serviceName": s.name, "serviceArn": a.at.ARN("ecs", "service/"+a.at.Cluster+"/"+s.name), "status": "ACTIVE",
		"desiredCount": s.desired, "runningCount": running, "deployments": deployments, "events": s.events, "tags": tags,
		"launchType": "FARGATE", "taskDefinition": s.deployments[0].definition,
	}
	if s.strategy != "" {
		described["deploymentConfiguration"] = s.configured()
	}
	if s.controller != "" {
		described["deploymentController"] = Object{"type": s.controller}
	}
	return described
}

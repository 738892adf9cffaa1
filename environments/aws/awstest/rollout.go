package awstest

import (
	"strings"
	"time"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

// drop takes away a deployment with its tasks.
func (a *Account) drop(s *Service, d *deployment) {
	a.stopTasks(d.id)
	var left []*deployment
	for _, o := range s.deployments {
		if o != d {
			left = append(left, o)
		}
	}
	s.deployments = left
}

// roll makes a definition the service's PRIMARY. What never came to its end before it is dropped.
func (a *Account) roll(s *Service, definition string) {
	if s.gradual() {
		a.shift(s, definition)
		return
	}
	for _, d := range append([]*deployment(nil), s.deployments...) {
		if d.state != "COMPLETED" {
			a.drop(s, d)
		}
	}
	d := &deployment{id: a.id("ecs-svc/"), definition: definition, created: a.clock.Now(), state: "IN_PROGRESS", script: s.script}
	s.deployments = append([]*deployment{d}, s.deployments...)
	if s.once {
		s.script, s.once = "", false
	}
	a.event(s, "has started a deployment "+d.id)
}

func (a *Account) scale(s *Service, desired int) {
	s.desired = desired
	if desired == 0 && s.gradual() {
		for _, d := range s.deployments {
			a.stopTasks(d.id)
			d.started = false
		}
		a.event(s, "was scaled to zero")
	} else if desired == 0 {
		for len(s.deployments) > 1 {
			a.drop(s, s.deployments[1])
		}
		a.stopTasks(s.deployments[0].id)
		s.deployments[0].state, s.deployments[0].started = "COMPLETED", false
		a.event(s, "was scaled to zero")
	}
}

// back makes the deployment before PRIMARY again.
func (a *Account) back(s *Service, keep bool) {
	bad := s.deployments[0]
	if len(s.deployments) < 2 {
		return
	}
	before := s.deployments[1]
	a.stopTasks(bad.id)
	before.reason = "ECS deployment circuit breaker: rolling back to deploymentId " + before.id + "."
	s.deployments = []*deployment{before}
	if keep {
		s.deployments = append(s.deployments, bad)
	}
	a.event(s, "rolling back to deployment "+before.id)
}

// tick lets happen what would have happened by now.
func (a *Account) tick() {
	for _, s := range a.services {
		p := s.deployments[0]
		if s.gradual() {
			a.pass(s)
			a.route(s.name)
			continue
		}
		if a.machines != nil {
			a.schedule(s)
			continue
		}
		if s.desired > 0 && p.state == "IN_PROGRESS" {
			a.advance(s, p, a.clock.Now().Sub(p.created))
		}
	}
	two := 2
	for _, t := range a.tasks {
		if t.service != "" || t.end != nil || t.status == "STOPPED" || a.clock.Now().Sub(t.created) < 3*time.Second {
			continue
		}
		if a.images[t.digest].behaviour == platformtest.Crashing {
			a.write(t.definition, t.arn, "migrating", platformtest.LastWords)
			t.stop(a.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &two)
			continue
		}
		zero := 0
		a.write(t.definition, t.arn, "migrating", "done")
		a.migrations++
		t.stop(a.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &zero)
	}
}

// start starts a deployment's task, once.
func (a *Account) start(s *Service, p *deployment) {
	if p.started {
		return
	}
	p.started, p.healthy = true, a.clock.Now()
	if a.machines != nil {
		return // staff starts it, and another one where it fails
	}
	if p.script == NeverStarts {
		p.failed = 1
		a.newTask(p.id, s.name, p.definition).stop(a.clock.Now(), "TaskFailedToStart", "CannotPullContainerError: no route to host", nil)
		return
	}
	t := a.newTask(p.id, s.name, p.definition)
	a.write(p.definition, t.arn, "starting "+a.images[t.digest].version)
	switch behaviour := a.images[t.digest].behaviour; {
	case p.script == OtherDigest:
		t.digest = "sha256:" + strings.Repeat("f", 64)
	case behaviour == platformtest.NeverHealthy || p.script == NoRollback || p.script == Vanishes:
		t.health = "UNHEALTHY"
	case behaviour == platformtest.Crashing:
		two := 2
		a.write(p.definition, t.arn, platformtest.LastWords)
		t.stop(a.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &two)
		p.failed = 1
	}
}

// advance is one deployment after some time.
func (a *Account) advance(s *Service, p *deployment, after time.Duration) {
	behaviour := a.images[a.digestOf(p.definition)].behaviour
	if after >= time.Second || p.script == NeverStarts {
		a.start(s, p)
	}
	breaks := behaviour == platformtest.Crashing || p.script == NeverStarts || p.script == Vanishes || p.script == NoRollback
	switch {
	case p.script == Superseded && after >= 6*time.Second:
		s.script = ""
		a.roll(s, a.copyOf(p.definition))
	case p.script == Scaled && after >= 6*time.Second:
		a.scale(s, 0)
	case breaks && after >= 6*time.Second:
		a.fail(s, p, p.script != Vanishes)
	case breaks || behaviour == platformtest.NeverHealthy || p.script == Superseded || p.script == Scaled, p.script == Slow && after < 25*time.Second:
	case after >= 3*time.Second:
		a.complete(s, p)
	}
}

// fail is the circuit breaker, which goes back where it is told to and something was before.
func (a *Account) fail(s *Service, p *deployment, keep bool) {
	p.state, p.reason = "FAILED", "ECS deployment circuit breaker: tasks failed to start."
	a.event(s, "deployment "+p.id+" deployment failed: tasks failed to start.")
	if s.rollback && p.script != NoRollback {
		a.back(s, keep)
	}
}

// complete ends a deployment well, and all that was before.
func (a *Account) complete(s *Service, p *deployment) {
	p.state = "COMPLETED"
	for len(s.deployments) > 1 {
		a.drop(s, s.deployments[1])
	}
	a.event(s, "has reached a steady state.")
}

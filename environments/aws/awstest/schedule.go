package awstest

import "time"

const (
	// breaks is how many tasks of a deployment may fail before the circuit breaker ends it: ECS's least threshold.
	breaks = 3
	// restarting is how much longer each failure makes the wait for the next task.
	restarting = 200 * time.Millisecond
)

// schedule does what ECS's scheduler does for a service whose tasks are processes: it starts what is missing, replaces what
// is not healthy, ends a deployment once it is complete or its circuit breaker says so, and sends requests where they belong.
func (a *Account) schedule(s *Service) {
	p := s.deployments[0]
	running, healthy := a.count(s, p)
	if s.held != nil && p.state == "IN_PROGRESS" {
		s.held.once.Do(func() { close(s.held.begun) })
	}
	switch {
	case s.desired == 0:
	case p.state == "IN_PROGRESS" && p.failed >= breaks:
		a.fail(s, p, true)
	case p.state == "IN_PROGRESS" && healthy >= s.desired && s.held == nil:
		a.complete(s, p)
	case p.state != "FAILED":
		a.staff(s, p, running)
	}
	a.route(s.name)
}

// staff starts another task where one is missing, the later the more have failed.
func (a *Account) staff(s *Service, p *deployment, running int) {
	if now := a.clock.Now(); running < s.desired && !now.Before(p.next) {
		p.next = now.Add(time.Duration(p.failed+1) * restarting)
		a.newTask(p.id, s.name, p.definition)
	}
}

// count looks at a deployment's tasks, and stops those that do not become healthy.
func (a *Account) count(s *Service, p *deployment) (running, healthy int) {
	p.failed = 0
	for _, t := range a.tasks {
		switch {
		case t.by != p.id:
		case t.health == "UNHEALTHY" && t.status == "RUNNING":
			t.failed = true
			a.event(s, "task "+short(t.arn)+" failed container health checks.")
			t.stop(a.clock.Now(), "ServiceSchedulerInitiated", "Task failed container health checks", nil)
		case t.failed:
		case t.status == "RUNNING" && t.health == "HEALTHY":
			healthy++
			running++
		case t.status == "RUNNING" || t.status == "PENDING":
			running++
		}
		if t.by == p.id && t.failed {
			p.failed++
		}
	}
	return running, healthy
}

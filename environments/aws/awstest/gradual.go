package awstest

import (
	"slices"
	"strings"
	"time"
)

// The scripts of a service's deployments by BLUE_GREEN, LINEAR and CANARY, besides those of every service. None of them has a
// circuit breaker.
const (
	HookFails     Script = "hook fails"     // the function says no once test traffic goes to the new version; ECS goes back
	RollbackFails Script = "rollback fails" // so it does, and does not get back
	AlarmRings    Script = "alarm rings"    // in the bake time; ECS goes back
	AlarmStops    Script = "alarm stops"    // in the bake time; ECS stays where it is
	Paused        Script = "paused"         // a hook waits for somebody, who lets it go on after half an hour
	Stubborn      Script = "stubborn"       // ECS has taken StopServiceDeployment, and goes on
	Ignored       Script = "ignored"        // ECS has taken UpdateService, and begins nothing
)

// record is what ECS keeps of a gradual deployment.
type record struct {
	id            string
	to            *deployment
	from          []*deployment
	status, stage string
	reason        string
	hook          Object // that runs, or has run
	alarm         string // that has rung
	steps         int    // of the traffic shift that are done
	back          *deployment
	created       time.Time
	entered       time.Time // the status or the stage
}

// How long things take that wait for nobody.
const (
	stageTakes = time.Second
	tasksTake  = 3 * time.Second
	backTakes  = 20 * time.Second
	pauseTakes = 30 * time.Minute
	alarmAfter = 10 * time.Second
)

// stages are what a gradual deployment goes through.
var stages = []string{
	"RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
	"PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP",
}

func (s *Service) gradual() bool { return s.strategy != "" && s.strategy != "ROLLING" }

// last is the newest record; nil where there is none.
func (s *Service) last() *record {
	if len(s.records) == 0 {
		return nil
	}
	return s.records[len(s.records)-1]
}

func (r *record) goesOn() bool   { return r.status == "PENDING" || r.status == "IN_PROGRESS" }
func (r *record) goesBack() bool { return strings.HasPrefix(r.status, "ROLLBACK_") && !r.ended() }
func (r *record) ended() bool {
	return slices.Contains([]string{"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}, r.status)
}

// shift begins a deployment beside what runs. One that goes on already is stopped where it is.
func (a *Account) shift(s *Service, definition string) {
	if s.script == Ignored {
		return
	}
	if r := s.last(); r != nil && !r.ended() {
		r.status, r.reason = "STOPPED", "Service deployment was replaced by a newer one."
	}
	d := &deployment{id: a.id("ecs-svc/"), definition: definition, created: a.clock.Now(), script: s.script}
	if s.once {
		s.script, s.once = "", false
	}
	r := &record{
		id: a.id("sd-"), to: d, from: slices.Clone(s.deployments), status: "PENDING",
		created: a.clock.Now().Add(time.Duration(len(s.records)) * time.Millisecond), entered: a.clock.Now(),
	}
	s.records, s.deployments = append(s.records, r), append([]*deployment{d}, s.deployments...)
	a.event(s, "has started a deployment "+r.id)
}

// pass lets the last record go on to where it is by now. Tasks that are processes are replaced where they fail: there is no
// circuit breaker.
func (a *Account) pass(s *Service) {
	for _, d := range s.deployments {
		if a.machines != nil && d.started && s.desired > 0 {
			running, _ := a.count(s, d)
			a.staff(s, d, running)
		}
	}
	for r := s.last(); r != nil && !r.ended() && a.happens(s, r); r = s.last() {
	}
}

// happens is the next thing that happens to a deployment; false while nothing does.
func (a *Account) happens(s *Service, r *record) bool {
	now, since := a.clock.Now(), a.clock.Now().Sub(r.entered)
	switch {
	case r.goesBack():
		return a.goBack(s, r, since)
	case r.to.script == Superseded && now.Sub(r.created) >= 6*time.Second:
		s.script = ""
		a.shift(s, a.copyOf(r.to.definition))
		return true
	case r.to.script == Scaled && now.Sub(r.created) >= 6*time.Second && s.desired > 0:
		a.scale(s, 0)
		return true
	case r.status == "PENDING":
		if since < stageTakes {
			return false
		}
		r.status, r.stage, r.entered = "IN_PROGRESS", "PRE_SCALE_UP", r.entered.Add(stageTakes)
		if len(r.from) > 1 {
			r.stage = "RECONCILE_SERVICE"
		}
		return true
	case r.stage == "BAKE_TIME" && since >= alarmAfter && (r.to.script == AlarmRings || r.to.script == AlarmStops):
		a.ring(s, r)
		return true
	}
	takes, ready := a.takes(s, r)
	if !ready || since < takes {
		return false
	}
	r.entered = r.entered.Add(takes)
	a.next(s, r)
	return true
}

// takes is how long the deployment is in its stage, and whether it may leave it at all.
func (a *Account) takes(s *Service, r *record) (time.Duration, bool) {
	switch {
	case r.stage == "SCALE_UP":
		takes := tasksTake
		if r.to.script == Slow {
			takes = 25 * time.Second
		}
		if ready := s.desired == 0 || a.isWell(r.to); !ready {
			return takes, false
		} else if up := r.to.healthy.Sub(r.entered); up > takes {
			return up, true
		}
		return takes, true
	case r.stage == "POST_SCALE_UP" && r.to.script == Paused:
		return pauseTakes, true
	case r.stage == "PRODUCTION_TRAFFIC_SHIFT" && r.steps < len(s.plan()):
		return s.stepTakes(), true
	case r.stage == "BAKE_TIME":
		return time.Duration(s.number("bakeTimeInMinutes", 0)) * time.Minute, true
	}
	return stageTakes, true
}

// next takes the deployment to its next step or stage.
func (a *Account) next(s *Service, r *record) {
	switch {
	case r.stage == "PRODUCTION_TRAFFIC_SHIFT" && r.steps < len(s.plan()):
		a.weigh(s, r.to, s.plan()[r.steps])
		r.steps++
	case r.stage == "CLEAN_UP":
		for _, d := range r.from {
			a.drop(s, d)
		}
		r.status, s.good = "SUCCESSFUL", r.to
		a.event(s, "deployment "+r.id+" deployment completed.")
	default:
		a.enter(s, r, stages[slices.Index(stages, r.stage)+1])
	}
}

// enter is what happens when a stage begins.
func (a *Account) enter(s *Service, r *record, stage string) {
	r.stage, r.hook = stage, nil
	switch {
	case stage == "SCALE_UP" && s.desired > 0:
		a.start(s, r.to)
	case stage == "POST_SCALE_UP" && r.to.script == Paused:
		r.hook = Object{"hookId": "ecs-pause-1", "targetType": "PAUSE", "status": "AWAITING_ACTION", "timeoutAction": "ROLLBACK", "expiresAt": stamp(r.entered.Add(24 * time.Hour))}
	case stage == "POST_TEST_TRAFFIC_SHIFT" && (r.to.script == HookFails || r.to.script == RollbackFails):
		r.hook = Object{"hookId": "1", "targetType": "AWS_LAMBDA", "targetArn": a.at.ARN("lambda", "function:smoke"), "status": "FAILED"}
		a.revert(s, r, "ROLLBACK_IN_PROGRESS", "Service deployment rolled back because of a lifecycle hook failure.")
	case stage == "PRODUCTION_TRAFFIC_SHIFT":
		a.weigh(s, r.to, s.plan()[0])
		r.steps = 1
	}
}

// ring is an alarm in the bake time.
func (a *Account) ring(s *Service, r *record) {
	r.alarm = "orders-5xx"
	if r.to.script == AlarmRings {
		a.revert(s, r, "ROLLBACK_IN_PROGRESS", "Service deployment rolled back because of alarms.")
		return
	}
	r.status, r.reason = "STOPPED", "Service deployment failed because of alarms."
}

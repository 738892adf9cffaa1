package awstest

import "time"

// revert begins to go back to the last version that a deployment has ended well with.
func (a *Account) revert(s *Service, r *record, status, reason string) {
	r.status, r.reason, r.back, r.entered = status, reason, s.good, a.clock.Now()
	if status == "ROLLBACK_IN_PROGRESS" {
		a.giveBack(s, r)
	}
}

// giveBack gives all traffic to what was before.
func (a *Account) giveBack(s *Service, r *record) {
	a.event(s, "rolling back to deployment "+r.back.id)
	if !a.isWell(r.back) && s.desired > 0 {
		a.start(s, r.back)
	}
	if r.to.script != RollbackFails {
		a.weigh(s, r.back, 100)
	}
}

// goBack is the next thing that happens to a deployment that goes back.
func (a *Account) goBack(s *Service, r *record, since time.Duration) bool {
	switch {
	case r.status == "ROLLBACK_REQUESTED" && since >= stageTakes:
		r.status, r.entered = "ROLLBACK_IN_PROGRESS", r.entered.Add(stageTakes)
		a.giveBack(s, r)
		return true
	case r.status == "ROLLBACK_IN_PROGRESS" && since >= backTakes:
		if r.to.script == RollbackFails {
			r.status = "ROLLBACK_FAILED"
			return true
		}
		for _, d := range append([]*deployment(nil), s.deployments...) {
			if d != r.back {
				a.drop(s, d)
			}
		}
		r.status = "ROLLBACK_SUCCESSFUL"
		return true
	}
	return false
}

// stopDeployment is StopServiceDeployment.
func (a *Account) stopDeployment(in Object) (Object, *refusal) {
	s, r := a.recordOf(in["serviceDeploymentArn"].(string))
	switch {
	case r == nil:
		return nil, &refusal{"ServiceDeploymentNotFoundException", "The service deployment does not exist."}
	case r.ended():
		return nil, &refusal{"ConflictException", "The service deployment has ended."}
	case r.goesOn() && r.to.script != Stubborn:
		a.revert(s, r, "ROLLBACK_REQUESTED", "Service deployment was stopped by a user.")
	}
	return Object{"serviceDeploymentArn": in["serviceDeploymentArn"]}, nil
}

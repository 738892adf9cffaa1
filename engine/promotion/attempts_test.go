package promotion

import "slices"

// how an attempt ends.
type how struct {
	verb   Verb
	reason string
	// of a deploy that does not succeed:
	live        bool // the new version is live all the same
	unreachable bool // and nobody can tell
}

var good = how{verb: VerbReportSuccess}

// end ends an attempt that is at work, and tells the core.
func (w *world) end(a attempt, h how) {
	w.t.Helper()
	at := slices.Index(w.working, a)
	if at < 0 {
		w.t.Fatalf("%s is not at work", a)
	}
	run := w.ledger.Run(a.run)
	stage, _ := run.Stage(a.stage)
	result := Result{Cause: h.reason}
	switch {
	case h.verb == VerbReportSuccess:
		w.work(run, stage.Stage, &result)
	case stage.Stage.Kind == KindDeploy && h.live:
		w.live[w.slot(a)] = run.Release.Image
		w.doubt[w.slot(a)] = h.unreachable
	}
	if stage.Stage.Kind == KindDeploy && h.verb != VerbReportSuccess && !h.unreachable && w.live[w.slot(a)] == run.Release.Image {
		_ = w.send(Command{Run: a.run, Verb: VerbReportDeployed, Actor: "gantry", Environment: a.stage.Column(), Deployment: w.deployment(run, run.Release, "promoted")})
	}
	err := w.send(Command{Run: a.run, Verb: h.verb, Actor: "gantry", Stage: a.stage, Attempt: a.n, Reason: h.reason, Result: &result})
	if err != nil && result.Deployment != nil { // the run has ended meanwhile, and the deploy came through all the same
		_ = w.send(Command{Run: a.run, Verb: VerbReportDeployed, Actor: "gantry", Environment: a.stage.Column(), Deployment: result.Deployment})
	}
	if w.dead {
		w.doubt[w.slot(a)] = true
	} else {
		w.working = slices.Delete(w.working, at, at+1)
	}
	w.reconcile()
}

// work does what the stage does, on the platforms of the map.
func (w *world) work(run Run, stage Stage, result *Result) {
	slot := run.Plan.Slot(stage.ID.Column())
	switch stage.Kind {
	case KindBuild:
		release := run.Release
		name := release.Service + release.Version
		release.Image, release.Migration, release.Verification = digest(name), digest(name+" migration"), digest(name+" verification")
		release.Contracts = w.takes
		result.Release = &release
	case KindPublish:
		release := run.Release
		release.Stub = digest(release.Service + release.Version + " stub")
		result.Release = &release
	case KindDeploy:
		w.live[slot] = run.Release.Image
		result.Deployment = w.deployment(run, run.Release, "promoted")
	case KindRollback:
		if target := run.Plan.Revert.Target; target != nil {
			w.live[slot] = target.Release.Image
			result.Deployment = w.deployment(run, target.Release, "rolled back")
			return
		}
		delete(w.live, slot)
		result.Emptied = true
	case KindRemove:
		delete(w.live, slot)
		result.Emptied = true
	}
}

func (w *world) deployment(run Run, release Release, cause string) *Deployment {
	return &Deployment{Release: release, Since: w.now, Cause: cause, Run: run.ID}
}

// at is the attempt of the run that is at work.
func (w *world) at(id RunID) (attempt, bool) {
	for _, a := range w.working {
		if a.run == id && !w.stray(a) {
			return a, true
		}
	}
	return attempt{}, false
}

// stray tells whether an attempt is still ending though its run wants it no more.
func (w *world) stray(a attempt) bool {
	run := w.ledger.Run(a.run)
	stage, _ := run.Stage(a.stage)
	return run.Done() || run.RollingBack() || stage.State != StateRunning || stage.Last().N != a.n
}

// until lets the run's stages succeed until the given one is at work.
func (w *world) until(id RunID, stage StageID) attempt {
	w.t.Helper()
	for {
		a, working := w.at(id)
		if !working {
			w.t.Fatalf("run %d does not get to %s: %+v", id, stage, w.ledger.Run(id).Waits())
		}
		if a.stage == stage {
			return a
		}
		w.end(a, good)
	}
}

// through lets the run's stages succeed as long as one is at work.
func (w *world) through(id RunID) Run {
	w.t.Helper()
	for a, working := w.at(id); working; a, working = w.at(id) {
		w.end(a, good)
	}
	return w.ledger.Run(id)
}

// fails lets the run come to the stage, and the stage fail.
func (w *world) fails(id RunID, stage StageID) {
	w.t.Helper()
	w.end(w.until(id, stage), how{verb: VerbReportFailure, reason: "2 of 31 tests failed"})
}

// revert lets every rollback that the run called for succeed.
func (w *world) revert(id RunID) Run {
	w.t.Helper()
	for _, linked := range w.ledger.Run(id).Rollbacks {
		w.through(linked.Run)
	}
	return w.ledger.Run(id)
}

// promoted is a run of the version that came all the way.
func (w *world) promoted(version string) RunID {
	w.t.Helper()
	id := w.begin(planOf("orders", version), "gantry")
	if run := w.through(id); run.Outcome != Succeeded {
		w.t.Fatalf("run %d of %s: %q, %+v", id, version, run.Outcome, run.Waits())
	}
	return id
}

// liveIn is the version of orders that the journal and the platform agree to be live; "" for none.
func (w *world) liveIn(environment string) string {
	w.t.Helper()
	slot := planOf("orders", "").Slot(environment)
	d := w.ledger.Slot(slot).Live
	if imageOf(d) != w.live[slot] {
		w.t.Fatalf("%s: the journal says %s is live, the platform %s", slot, imageOf(d).Short(), w.live[slot].Short())
	}
	if d == nil {
		return ""
	}
	return d.Release.Version
}

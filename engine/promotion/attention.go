package promotion

// ByPolicy tells whether the run is a rollback that another one's failure called for: that one's end tells of it.
func (r Run) ByPolicy() bool { return r.Plan.Revert != nil && r.Plan.Revert.Cause != 0 }

// CallsFor says what a person who is looking elsewhere must be told of: the run goes on only when somebody acts, or
// acts before a countdown ends. nil when nothing is wanted, and when somebody paused the run: they know.
func (r Run) CallsFor() *Waiting {
	waiting := r.Waits()
	_, stage, _ := r.Current()
	switch {
	case waiting == nil || r.Held == nil && !waiting.NeedsPerson():
		return nil
	case r.Held == nil && r.Paused && r.Granted == 0 && !stage.Bad():
		return nil
	}
	return waiting
}

// News is the word for how a run's end, or its standing still, concerns people: "succeeded", "failed" or "waits". "" is
// for everything else: it goes on, or it ended because something else went first.
func (r Run) News() string {
	switch {
	case r.CallsFor() != nil:
		return "waits"
	case r.Outcome == Succeeded, r.Outcome == RolledBack && r.Plan.Kind == Rollback:
		return "succeeded"
	case r.Outcome == Failed, r.Outcome == RolledBack, r.Outcome == RollbackFailed, r.Outcome == Aborted, r.Outcome == Rejected:
		return "failed"
	}
	return ""
}

package promotion

import "fmt"

// linked decides what a driver reports about the rollbacks that this run called for.
func (d *decision) linked() error {
	c := d.command
	for _, l := range d.run.Rollbacks {
		if l.Environment != c.Environment {
			continue
		}
		if c.Verb == VerbLinkRollback {
			if l.Run != 0 || c.Linked == 0 {
				return d.refuse("", "the rollback of %s is run %d already", l.Environment, l.Run)
			}
			d.emit(Event{Type: RollbackStarted, Environment: c.Environment, Linked: c.Linked, Actor: "gantry"})
			return nil
		}
		if l.Run == 0 || l.Run != c.Linked || l.Outcome != "" || c.Outcome == "" {
			return d.refuse("", "run %d is not the rollback of %s under way", c.Linked, l.Environment)
		}
		d.emit(Event{Type: RollbackEnded, Environment: c.Environment, Linked: c.Linked, Outcome: c.Outcome, Reason: c.Reason, Actor: "gantry"})
		d.finishRollbacks()
		return nil
	}
	return d.refuse("", "run %d rolls nothing back in %q", d.run.ID, c.Environment)
}

// finishRollbacks ends the promotion once every environment of its policy has been seen to.
func (d *decision) finishRollbacks() {
	outcome, reason := RolledBack, ""
	for _, l := range d.run.Rollbacks {
		switch l.Outcome {
		case "":
			return
		case RolledBack, LeftAlone:
		default:
			outcome, reason = RollbackFailed, fmt.Sprintf("%s: %s", l.Environment, l.Reason)
		}
	}
	if outcome == RolledBack {
		reason = d.badReason()
	}
	d.emit(Event{Type: RunFinished, Outcome: outcome, Reason: reason, Actor: "gantry"})
}

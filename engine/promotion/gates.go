package promotion

import (
	"fmt"
	"slices"
	"time"
)

// vetoGate keeps out a release that was vetoed. One that was rolled back enters again when an operator starts it, who
// insists; one that a person vetoed does not.
func (l *Ledger) vetoGate(run *Run, slot Slot) *Waiting {
	s, found := l.slots[slot]
	if !found {
		return nil
	}
	veto, vetoed := s.Vetoed[run.Release.Image]
	switch {
	case !vetoed:
		return nil
	case veto.By == 0:
		return &Waiting{Gate: GateVeto, Since: veto.At, Who: "an operator: allow it",
			Reason: fmt.Sprintf("%s has vetoed %s in %s: %s", veto.Actor, run.Release.Name(), slot.Environment, veto.Reason)}
	case run.Plan.Trigger == "operator":
		return nil
	}
	return &Waiting{Gate: GateVeto, Since: veto.At, Who: "an operator who starts it or allows it, or a newer release",
		Reason: fmt.Sprintf("%s was rolled back in %s by run %d and may not enter by itself", run.Release.Name(), slot.Environment, veto.By)}
}

// soakGate keeps a release in the environment before for as long as that one asks. Time counts only while it is live.
func (l *Ledger) soakGate(run *Run, column ColumnState, now time.Time) *Waiting {
	at := slices.IndexFunc(run.Columns, func(c ColumnState) bool { return c.Name == column.Name })
	if at <= 0 || run.Columns[at-1].Column.Soak <= 0 {
		return nil
	}
	before := run.Columns[at-1]
	soak := before.Column.Soak
	live := l.live(run.Plan.Slot(before.Name))
	if imageOf(live) != run.Release.Image {
		return &Waiting{Gate: GateSoak, Who: "an operator: override or abort, or a newer release",
			Reason: fmt.Sprintf("it must be live in %s for %s, and %s is live there now", before.Name, soak, nameOf(live))}
	}
	until := live.Since.Add(time.Duration(soak))
	if !now.Before(until) {
		return nil
	}
	return &Waiting{Gate: GateSoak, Since: live.Since, Until: &until, Who: "time, or an operator: override",
		Reason: fmt.Sprintf("it must be live in %s for %s first", before.Name, soak)}
}

// dependencyGate wants the services that this one depends on to be live in the environment: at all, or with the very
// stub that the release was tested against.
func (l *Ledger) dependencyGate(run *Run, column ColumnState) *Waiting {
	if column.Column.Dependencies == "" || column.Column.Dependencies == "any" {
		return nil
	}
	for _, slot := range column.Column.DependsOn {
		live := l.live(slot)
		if live == nil {
			who := fmt.Sprintf("an operator: run %s, or override", slot.Service)
			if other := l.bringer(slot); other != 0 {
				who = fmt.Sprintf("run %d of %s, or an operator: override", other, slot.Service)
			}
			return &Waiting{Gate: GateDependency, Who: who, Reason: fmt.Sprintf("it depends on %s, which is not live in %s", slot.Service, slot.Environment)}
		}
		if column.Column.Dependencies == "tested" && !l.tested(run.Release, slot.Service, live.Release) {
			return &Waiting{Gate: GateDependency, Who: "an operator: override, or abort and rerun it from the build, or a newer release",
				Reason: fmt.Sprintf("%s %s is live in %s, and the release was not tested against its stub", slot.Service, live.Release.Name(), slot.Environment)}
		}
	}
	return nil
}

// bringer is a promotion on its way into the slot that waits for no person; 0 when there is none.
func (l *Ledger) bringer(slot Slot) RunID {
	for _, id := range l.unfinished {
		run := l.runs[id]
		if run.Plan.Kind == Promotion && !run.RollingBack() && run.Plan.Service == slot.Service && run.Plan.Slot(slot.Environment) == slot &&
			slices.Contains(run.reach(), slot.Environment) && !run.Waits().NeedsPerson() {
			return id
		}
	}
	return 0
}

// tested tells whether the contract stage ran against the stub of what is live. That stub was made further on than some
// environments that the release is live in: wherever it passed with one, the record has it.
func (l *Ledger) tested(r Release, service string, live Release) bool {
	if r.testedAgainst(service, live.Stub) {
		return true
	}
	l.recall(service)
	for slot, s := range l.slots {
		if slot.Service == service && slices.ContainsFunc(s.Good, func(d Deployment) bool {
			return d.Release.Image == live.Image && r.testedAgainst(service, d.Release.Stub)
		}) {
			return true
		}
	}
	return false
}

// testedAgainst tells whether the contract stage ran against this stub of the service.
func (r Release) testedAgainst(service string, stub Digest) bool {
	for name, tested := range r.Tested {
		if len(name) > len(service) && name[:len(service)] == service && name[len(service)] == '@' && tested == stub && stub != "" {
			return true
		}
	}
	return false
}

// holdGate keeps everybody out of a slot that a person holds; what repairs it may enter.
func (l *Ledger) holdGate(slot Slot) *Waiting {
	s, found := l.slots[slot]
	if !found || s.Hold == nil {
		return nil
	}
	return &Waiting{Gate: GateHold, Since: s.Hold.At, Who: "an operator: release it",
		Reason: fmt.Sprintf("%s holds %s: %s", s.Hold.By, slot.Environment, s.Hold.Reason)}
}

// approvalGate wants a person's word for this very image.
func approvalGate(run *Run, column ColumnState, now time.Time) *Waiting {
	if column.Column.Approval == nil {
		return nil
	}
	w := &Waiting{Gate: GateApproval, Who: "an operator: approve or reject",
		Reason: fmt.Sprintf("%s must be approved for %s, as %s", run.Release.Name(), column.Name, run.Release.Image.Short())}
	switch given := column.Approved; {
	case given == nil:
	case given.Digest != run.Release.Image:
		w.Reason = fmt.Sprintf("%s approved %s, and not %s", given.By, given.Digest.Short(), run.Release.Image.Short())
	case !given.counts(now):
		w.Reason = fmt.Sprintf("the approval of %s by %s has expired", run.Release.Name(), given.By)
		w.Since = *given.Until
	default:
		return nil
	}
	if column.Column.Approval.FourEyes {
		w.Who = "an operator other than author and starter: approve or reject"
	}
	return w
}

// StageGate keeps a stage of an environment that was entered from starting: nil when nothing does.
func (l *Ledger) StageGate(id RunID, stage StageID) *Waiting {
	run := l.at(id)
	if run.Plan.Kind != Promotion || stage.Column() == BuildColumn {
		return nil
	}
	if hold := l.holdGate(run.Plan.Slot(stage.Column())); hold != nil {
		return hold
	}
	column, _ := run.Column(stage.Column())
	state, _ := run.Stage(stage)
	if !column.Column.ExclusiveE2E || state.Stage.Kind != KindE2E {
		return nil
	}
	for _, other := range l.unfinished {
		_, at := l.at(other).current()
		if at != nil && other != id && at.State == StateRunning && at.Stage.Kind == KindE2E && at.ID.Column() == stage.Column() {
			return &Waiting{Gate: GateExclusive, Who: fmt.Sprintf("run %d", other),
				Reason: fmt.Sprintf("E2E of run %d runs in %s, where one runs at a time", other, stage.Column())}
		}
	}
	return nil
}

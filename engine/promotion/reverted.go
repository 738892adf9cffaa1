package promotion

import (
	"fmt"
	"slices"
	"time"
)

// Reverted is a person's rollback of an environment that a promotion had brought its release to. It ends the promotion:
// what was just taken out must not be live further on a moment later. Where the release is live in a later environment
// already, or may be, the promotion first comes to its end there, so that nothing is left unproven: a rollback by hand
// reverts one environment.
type Reverted struct {
	Environment string    `json:"environment"`
	By          RunID     `json:"by"` // the rollback
	Actor       string    `json:"actor"`
	At          time.Time `json:"at"`
	Reason      string    `json:"reason,omitempty"`
}

// Reverts are the promotions that a rollback by hand of the image from the slot ends, oldest first: those that go on and
// made it live there, or rely on that as a rerun does.
func (l *Ledger) Reverts(slot Slot, from Digest) []RunID {
	var ids []RunID
	for _, id := range l.unfinished {
		if l.runs[id].reliesOn(slot, from) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (r *Run) reliesOn(slot Slot, image Digest) bool {
	if r.Plan.Kind != Promotion || r.RollingBack() || r.Release.Image != image || image == "" {
		return false
	}
	return slices.Contains(r.Plan.Passed, slot) || slices.ContainsFunc(r.Columns, func(c ColumnState) bool {
		return imageOf(c.Deployed) == image && r.Plan.Slot(c.Name) == slot
	})
}

// endReverted are the events by which a rollback that a person has started ends what it reverts.
func (l *Ledger) endReverted(c Command, started []Event, now time.Time) []Event {
	if c.Verb != VerbStart || len(started) == 0 || c.Plan.Kind != Rollback || c.Plan.Revert.Cause != 0 {
		return nil
	}
	var events []Event
	for _, column := range c.Plan.Columns {
		for _, id := range l.Reverts(c.Plan.Slot(column.Name), c.Plan.Revert.From) {
			d := decision{run: l.Run(id), command: Command{Run: id, Actor: c.Actor, Reason: c.Reason}, now: now}
			d.emit(Event{Type: RunReverted, Environment: column.Name, Linked: c.Run, Reason: c.Reason})
			d.endReverted()
			events = append(events, d.events...)
		}
	}
	return events
}

// endReverted ends a promotion that was reverted as soon as it stands where nothing is left half done.
func (d *decision) endReverted() {
	by := d.run.Reverted
	if by == nil || d.run.Done() || d.run.RollingBack() || d.run.FinishesIn(by.Environment) != "" {
		return
	}
	if _, stage, _ := d.run.Current(); stage.State == StateRunning && !stage.Stage.Kind.Judges() {
		return // it is changing something: its report comes back here
	}
	d.endRunning("the release is rolled back in " + by.Environment)
	reason := fmt.Sprintf("%s rolled %s back in %s with run %d", by.Actor, d.run.Release.Name(), by.Environment, by.By)
	if by.Reason != "" {
		reason += ": " + by.Reason
	}
	d.emit(Event{Type: RunFinished, Outcome: Aborted, Linked: by.By, Actor: by.Actor, Reason: reason})
}

// FinishesIn is the environment, further on than the one that is rolled back, where the release is live already or may
// be: the promotion comes to its end there. It is "" where there is none, and the rollback ends the promotion.
func (r Run) FinishesIn(rolledBack string) string {
	column, _, ok := r.Current()
	if ok && column.Name != rolledBack && (column.Deployed != nil || column.Unproven()) {
		return column.Name
	}
	return ""
}

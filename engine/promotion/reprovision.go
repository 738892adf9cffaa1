package promotion

import (
	"fmt"
	"slices"
	"time"
)

// A reprovision puts the release of an earlier run aside, to be investigated: into a slot of its own, which holds up
// nobody and never counts as live. It stays until its time is over or a person has it removed; until then it goes
// wrong for no one but the person who asked for it.

// timeIsOver is why something is taken away that nobody had removed.
const timeIsOver = "its time is over"

// removal is who had what was put aside removed before its time, and why.
type removal struct{ by, why string }

// isReprovision tells whether the run has put, or puts, a release aside.
func (r *Run) isReprovision() bool { return r.Plan.Kind == Reprovision }

// Aside tells whether what the run put aside is up and stays until its time is over.
func (r Run) Aside() bool {
	if !r.isReprovision() {
		return false
	}
	_, stage := r.current()
	return stage != nil && stage.Stage.Kind == KindRemove && stage.State == StateWaiting && r.removed == (removal{})
}

// waitsAside is what a reprovision waits for; nil when it goes on as any run.
func (r *Run) waitsAside(column *ColumnState, stage *StageState) *Waiting {
	switch {
	case !r.isReprovision():
		return nil
	case stage.Bad() && !stage.Retry:
		w := &Waiting{Reason: fmt.Sprintf("%s %s: %s", stage.ID, stage.State, stage.Reason), Since: stage.Last().Ended, Who: "an operator: retry or remove"}
		if stage.Stage.Kind == KindRemove {
			w.Who = "an operator: retry"
		}
		return w
	case r.Aside() && stage.Waiting == nil:
		until := r.Expires
		return &Waiting{Gate: GateExpiry, Reason: fmt.Sprintf("it stays aside in %s until its time is over", column.Name),
			Since: r.lastEnd(), Until: &until, Who: "time, or an operator: remove"}
	}
	return nil
}

// tasksAside is what goes on for a reprovision at which nothing runs, where that is something else than for any run.
func tasksAside(r *Run, column *ColumnState, stage *StageState, now time.Time) []Task {
	removing, over := stage.Stage.Kind == KindRemove, !now.Before(r.Expires)
	if removing {
		over = r.mayRemove(stage, now)
	}
	task := Task{Kind: TaskWake, At: r.Expires, Stage: stage.ID, Environment: column.Name}
	switch {
	case !r.isReprovision():
		return nil
	case removing && !over && !stage.Bad():
		return []Task{task}
	case !removing && (over || stage.Bad() && !stage.Retry):
		task.Kind = TaskExpire
		return []Task{task}
	}
	return nil
}

// mayRemove tells whether what was put aside may be taken away: its time is over, or was when its gate was tried, or a
// person has said so. Where the clock is set back nothing of that is undone.
func (r *Run) mayRemove(stage *StageState, now time.Time) bool {
	tried := stage.Waiting != nil && !stage.Waiting.Since.Before(r.Expires)
	return !now.Before(r.Expires) || r.removed != (removal{}) || tried || len(stage.Attempts) > 0
}

// ofReprovision refuses what people ask of other runs only.
func (d *decision) ofReprovision() error {
	instead := fmt.Sprintf("remove it with `gantry remove %d`", d.run.ID)
	switch d.command.Verb {
	case VerbAbort, VerbRollBack:
		return d.refuse(instead, "run %d has put a release aside, where it would stay for ever", d.run.ID)
	case VerbPause, VerbResume, VerbStep:
		return d.refuse(instead, "run %d has put a release aside, which goes nowhere from there", d.run.ID)
	case VerbRetryFrom, VerbExtend:
		if _, stage, ok := d.run.Current(); ok && stage.Stage.Kind == KindRemove && !d.run.Aside() {
			return d.refuse("", "what run %d had put aside is being removed", d.run.ID)
		}
	}
	return nil
}

// extendAside gives what was put aside more time, or less.
func (d *decision) extendAside() error {
	until := d.command.Until
	if until == nil || !until.After(d.now) {
		return d.refuse(fmt.Sprintf("remove it now with `gantry remove %d`, or name a later time", d.run.ID), "its time cannot end in the past")
	}
	d.emit(Event{Type: RunExtended, Until: until, Reason: d.command.Reason})
	return nil
}

// remove takes away what was put aside, on a person's word.
func (d *decision) remove() error {
	_, stage, ok := d.run.Current()
	switch {
	case !d.run.isReprovision():
		return d.refuse("abort it, or roll it back", "run %d has put nothing aside", d.run.ID)
	case !ok || stage.Stage.Kind == KindRemove && !stage.Bad() && !d.run.Aside():
		return d.refuse("wait for its end", "what run %d had put aside is being removed already", d.run.ID)
	case stage.Stage.Kind == KindRemove && stage.Bad():
		return d.refuse(fmt.Sprintf("retry it with `gantry retry %d`", d.run.ID), "%s %s: %s", stage.ID, stage.State, stage.Reason)
	}
	d.endRunning("removed by " + d.command.Actor)
	d.takeAway(d.command.Reason)
	return nil
}

// expireAside takes away what was put aside once its time is over, however far it came.
func (d *decision) expireAside() error {
	_, stage, ok := d.run.Current()
	if !ok || stage.State == StateRunning || stage.Stage.Kind == KindRemove || d.now.Before(d.run.Expires) {
		return d.refuse("", "the time of run %d is not over, or it is being removed already", d.run.ID)
	}
	d.takeAway(timeIsOver)
	return nil
}

// takeAway leaves out every stage that is not done but the removal, and lets that one begin.
func (d *decision) takeAway(why string) {
	for {
		_, stage, ok := d.run.Current()
		if !ok {
			return
		}
		if stage.Stage.Kind == KindRemove {
			d.emit(Event{Type: GateOpened, Stage: stage.ID, Reason: why})
			return
		}
		d.emit(Event{Type: StageSkipped, Stage: stage.ID, Reason: "what was put aside is removed"})
	}
}

// endAside ends a reprovision of which nothing is left.
func (d *decision) endAside() {
	by := removal{by: "gantry", why: timeIsOver}
	if d.run.removed.by != "" {
		by = d.run.removed
	}
	d.emit(Event{Type: RunFinished, Outcome: Removed, Actor: by.by, Reason: by.why})
}

// asideSoon refuses to begin the removal before its time. One that was begun goes on, though somebody has set the clock back.
func (d *decision) asideSoon(stage StageState) error {
	if d.run.isReprovision() && stage.Stage.Kind == KindRemove && !d.run.mayRemove(&stage, d.now) {
		return d.refuse(fmt.Sprintf("remove it now with `gantry remove %d`", d.run.ID), "what run %d has put aside stays until its time is over", d.run.ID)
	}
	return nil
}

// aside folds what an event says of the time that something stays aside: its word for a removal is the open gate.
func (f fold) aside(e Event) {
	r := f.run
	if !r.isReprovision() {
		return
	}
	switch s, _ := r.Stage(e.Stage); {
	case e.Type == RunExtended && e.Until != nil:
		r.Expires = *e.Until
	case e.Type == GateOpened && s.Stage.Kind == KindRemove && e.At.Before(r.Expires):
		r.Expires, r.removed = e.At, removal{e.Actor, e.Reason}
	}
}

// soundAside refuses the plan of a reprovision that could not be followed to its end.
func (d *decision) soundAside(p *Plan) error {
	if p.Kind != Reprovision {
		return nil
	}
	stages := p.Columns[0].Stages
	switch {
	case p.Release == nil || p.Expires <= 0:
		return d.refuse("", "the plan of a reprovision says neither what it puts aside nor for how long")
	case len(p.Columns) != 1 || p.Columns[0].Name == BuildColumn || stages[len(stages)-1].Kind != KindRemove:
		return d.refuse("", "the plan of a reprovision is one environment, and ends with the removal")
	}
	return nil
}

// soundReprovision refuses to put aside what is not the release of the run that is named, or what never came into the
// repository that it would be fetched from.
func (l *Ledger) soundReprovision(c Command) error {
	p := c.Plan
	if p == nil || p.Kind != Reprovision || p.Release == nil || len(p.Columns) == 0 {
		return nil
	}
	earlier, err := l.Find(p.Rerun)
	if err != nil {
		return err
	}
	refuse := func(why string, args ...any) error {
		return &Refusal{Verb: VerbStart, Why: fmt.Sprintf(why, args...), Instead: "name the promotion whose release is to be investigated, see `gantry runs`"}
	}
	where := p.Columns[0].Name
	if earlier.ID == 0 || earlier.Plan.Kind != Promotion {
		return refuse("run %d is no promotion", p.Rerun)
	}
	if brought, err := l.brought(earlier, where); err != nil || !brought {
		if err == nil {
			err = refuse("run %d never brought its images into the repository of %s", p.Rerun, where)
		}
		return err
	}
	if p.Team != earlier.Plan.Team || p.Release.Image == "" || p.Release.Image != earlier.Release.Image || p.Release.Migration != earlier.Release.Migration {
		return refuse("the release is not that of run %d", p.Rerun)
	}
	return nil
}

// brought tells whether the run, or the one whose release it carries, brought its images into the environment.
func (l *Ledger) brought(run Run, environment string) (bool, error) {
	for run.ID != 0 {
		if c, found := run.Column(environment); found {
			return slices.ContainsFunc(c.Stages, func(s StageState) bool {
				return (s.Stage.Kind == KindPush || s.Stage.Kind == KindCopy) && s.State == StateSucceeded
			}), nil
		}
		if run.Plan.Release == nil {
			return false, nil
		}
		var err error
		if run, err = l.Find(run.Plan.Rerun); err != nil {
			return false, err
		}
	}
	return false, nil
}

// clear forgets the slot of a reprovision that has ended: nothing is left of it.
func (l *Ledger) clear(run *Run) {
	if !run.isReprovision() {
		return
	}
	for i := range run.Columns {
		l.recall(run.Plan.Service)
		delete(l.slots, run.Plan.Slot(run.Columns[i].Name))
	}
	delete(l.late, run.ID)
}

package promotion

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// witness sees every event of a world and holds it against the invariants, with books of its own.
type witness struct {
	w        *world
	holder   map[Slot]RunID
	deployed map[RunID]map[string]bool // what a run made live, or may have
	images   map[RunID]map[StageID]Digest
	applied  map[string]int
	reverted map[RunID]RunID // a promotion whose release a person rolls back somewhere → that rollback
}

func attend(w *world) *witness {
	v := &witness{
		w: w, holder: map[Slot]RunID{}, deployed: map[RunID]map[string]bool{},
		images: map[RunID]map[StageID]Digest{}, applied: map[string]int{},
		reverted: map[RunID]RunID{},
	}
	w.watch, w.decided = v.event, v.command
	return v
}

func (v *witness) event(before Run, e Event) {
	if e.Slot != nil {
		return
	}
	t, run := v.w.t, v.w.ledger.Run(e.Run)
	slot := run.Plan.Slot(e.Environment)
	if run.Plan.Kind == Reprovision {
		v.keepsAside(run, slot)
	}
	if before.Done() && e.Type != Deployed {
		t.Fatalf("run %d had ended: %s, and then: %s", e.Run, before.Outcome, e.Type)
	}
	switch e.Type {
	case RunStarted:
		v.started(run)
	case EnvironmentEntered:
		v.entered(run, slot)
	case EnvironmentPassed:
		v.leave(run.ID, slot)
	case StageStarted:
		v.stageStarted(before, run, e)
	case StageSucceeded:
		v.images[run.ID][e.Stage] = run.Release.Image
	case StageSkipped:
		if s, _ := run.Stage(e.Stage); s.Stage.Kind != KindCompat && s.Stage.Kind != KindEvidence && run.Plan.Kind != Reprovision && !v.nothingToDo(run, s) {
			t.Fatalf("%s of run %d was skipped", e.Stage, run.ID)
		}
	case StageReopened:
		v.reopened(before, e)
	case StageOverridden:
		v.overridden(before, run, e)
	case StageErrored, StageStalled, StageInterrupted:
		if s, _ := run.Stage(e.Stage); s.Stage.Kind == KindDeploy {
			v.deployed[run.ID][e.Stage.Column()] = true
		}
	case StageFailed:
		if s, _ := run.Stage(e.Stage); s.Stage.Kind == KindDeploy {
			column, _ := run.Column(e.Stage.Column())
			v.deployed[run.ID][e.Stage.Column()] = column.Deployed != nil
		}
	case Deployed:
		v.live(run, slot, e)
	case RollbackDecided:
		if expected := v.owed(before); !slices.Equal(expected, e.Environments) || len(expected) == 0 {
			t.Fatalf("run %d rolls back %v, not %v (invariant 4)", run.ID, e.Environments, expected)
		}
	case RunFinished:
		v.finished(before, run)
	}
}

func (v *witness) started(run Run) {
	v.deployed[run.ID], v.images[run.ID] = map[string]bool{}, map[StageID]Digest{}
	revert := run.Plan.Revert
	if revert == nil {
		return
	}
	if revert.Cause == 0 {
		v.revertedByHand(run)
		return
	}
	if by, vetoed := v.w.ledger.Slot(run.Plan.Slot(run.Columns[0].Name)).Vetoed[imageOf(revert.Target)]; vetoed {
		v.w.t.Fatalf("run %d goes back to %s, which run %d rolled back", run.ID, imageOf(revert.Target).Short(), by.By)
	}
	for _, linked := range v.w.ledger.Run(revert.Cause).Rollbacks {
		if linked.Environment == run.Columns[0].Name && linked.Run == 0 {
			return
		}
	}
	v.w.t.Fatalf("run %d rolls %s back, which run %d does not call for (invariant 4)", run.ID, run.Columns[0].Name, revert.Cause)
}

// revertedByHand notes the promotions that have brought what a person rolls back to where it is.
func (v *witness) revertedByHand(rollback Run) {
	slot := rollback.Plan.Slot(rollback.Columns[0].Name)
	for _, run := range v.w.ledger.Unfinished() {
		brought := slices.Contains(run.Plan.Passed, slot) && run.Release.Image == rollback.Plan.Revert.From
		for _, c := range run.Columns {
			brought = brought || run.Plan.Slot(c.Name) == slot && c.Deployed != nil && c.Deployed.Release.Image == rollback.Plan.Revert.From
		}
		if brought && run.Plan.Kind == Promotion && !run.RollingBack() {
			v.reverted[run.ID] = rollback.ID
		}
	}
}

func (v *witness) entered(run Run, slot Slot) {
	if by := v.reverted[run.ID]; by != 0 {
		v.w.t.Fatalf("run %d entered %s, and run %d rolls its release back further before", run.ID, slot, by)
	}
	v.gatesWereOpen(run, slot)
	cause := RunID(0)
	if run.Plan.Revert != nil {
		cause = run.Plan.Revert.Cause
	}
	if holder := v.holder[slot]; holder != 0 && holder != cause {
		v.w.t.Fatalf("run %d entered %s, which run %d holds (invariant 1)", run.ID, slot, holder)
	}
	v.holder[slot] = run.ID
}

// gatesWereOpen holds what entered against the gates, which are told here in other words.
func (v *witness) gatesWereOpen(run Run, slot Slot) {
	t, column, s := v.w.t, ColumnState{}, v.w.ledger.Slot(slot)
	if run.Plan.Kind != Promotion {
		return
	}
	for i, c := range run.Columns {
		if c.Name != slot.Environment {
			continue
		}
		if column = c; i > 0 && run.Columns[i-1].Column.Soak > 0 && !slices.Contains(c.Overridden, GateSoak) {
			before := v.w.ledger.Slot(run.Plan.Slot(run.Columns[i-1].Name)).Live
			if imageOf(before) != run.Release.Image || v.w.now.Sub(before.Since) < time.Duration(run.Columns[i-1].Column.Soak) {
				t.Fatalf("run %d entered %s before it had soaked", run.ID, slot)
			}
		}
	}
	if s.Hold != nil {
		t.Fatalf("run %d entered %s, which %s holds", run.ID, slot, s.Hold.By)
	}
	if veto, vetoed := s.Vetoed[run.Release.Image]; vetoed && (veto.By == 0 || run.Plan.Trigger != "operator") {
		t.Fatalf("run %d entered %s with a release that is vetoed: %+v", run.ID, slot, veto)
	}
	if v.w.freeze != nil && !slices.Contains(column.Overridden, GateFreeze) {
		t.Fatalf("run %d entered %s during a freeze", run.ID, slot)
	}
	if given := column.Approved; column.Column.Approval != nil &&
		(given == nil || given.Digest != run.Release.Image || given.Until != nil && !v.w.now.Before(*given.Until)) {
		t.Fatalf("run %d entered %s with %s, and the approval is %+v", run.ID, slot, run.Release.Image.Short(), given)
	}
}

// keepsAside allows a reprovision to be nowhere but in its own slot, which is gone when it ends.
func (v *witness) keepsAside(run Run, slot Slot) {
	if slot.Aside != run.ID {
		v.w.t.Fatalf("run %d is in %s, and should be aside", run.ID, slot)
	}
	for _, s := range v.w.ledger.Slots() {
		s = v.w.ledger.Slot(s.Slot)
		is := func(d Deployment) bool { return d.Run == run.ID }
		switch counts := s.Holder == run.ID || slices.ContainsFunc(s.History, is) || slices.ContainsFunc(s.Good, is); {
		case s.Slot.Aside == 0 && counts:
			v.w.t.Fatalf("run %d has put its release aside, and counts in %s", run.ID, s.Slot)
		case s.Slot.Aside == run.ID && run.Done():
			v.w.t.Fatalf("run %d has ended, and %s is left", run.ID, s.Slot)
		}
	}
}

func (v *witness) leave(id RunID, slot Slot) {
	if v.holder[slot] == id {
		v.holder[slot] = 0
	}
}

func (v *witness) stageStarted(before, run Run, e Event) {
	t := v.w.t
	was, _ := before.Stage(e.Stage)
	if was.Done() || was.State == StateRunning {
		t.Fatalf("%s of run %d is executed again after it %s (invariant 5)", e.Stage, run.ID, was.State)
	}
	if before.RollingBack() {
		t.Fatalf("%s of run %d started while it is rolled back", e.Stage, run.ID)
	}
	if e.Stage.Column() == BuildColumn {
		return
	}
	if column, _ := run.Column(e.Stage.Column()); v.reverted[run.ID] != 0 && !v.deployed[run.ID][column.Name] {
		t.Fatalf("%s of run %d started, and run %d rolls its release back further before", e.Stage, run.ID, v.reverted[run.ID])
	}
	slot := run.Plan.Slot(e.Stage.Column())
	if v.holder[slot] != run.ID {
		t.Fatalf("%s of run %d started, but %s is held by run %d (invariant 1)", e.Stage, run.ID, slot, v.holder[slot])
	}
	for _, a := range v.w.working {
		if v.w.slot(a) == slot {
			t.Fatalf("%s of run %d started while %s is at work (invariant 1)", e.Stage, run.ID, a)
		}
	}
	if was.Stage.Kind == KindMigrate {
		v.nothingRollsBack(run, slot)
	}
	v.passedBefore(run, e.Stage.Column())
}

// nothingRollsBack is invariant 3.
func (v *witness) nothingRollsBack(run Run, slot Slot) {
	for _, other := range v.w.ledger.Unfinished() {
		if other.Plan.Kind == Rollback && other.Holds(slot.Environment) && other.Plan.Slot(slot.Environment) == slot {
			v.w.t.Fatalf("run %d migrates %s during the rollback %d (invariant 3)", run.ID, slot, other.ID)
		}
	}
	if run.Plan.Kind == Rollback {
		v.w.t.Fatalf("the rollback %d migrates %s (invariant 3)", run.ID, slot)
	}
}

// reopened allows a stage that succeeded to be executed again: a person asked for it, and nothing had gone on from it.
func (v *witness) reopened(before Run, e Event) {
	column, stage, _ := before.Current()
	if e.Actor == "gantry" || stage.State == StateRunning || column.Name != e.Stage.Column() || column.Passed {
		v.w.t.Fatalf("%s of run %d was reopened by %q while it stood at %s", e.Stage, e.Run, e.Actor, stage.ID)
	}
}

// overridden allows a person to wave through a verdict, and nothing that must have happened.
func (v *witness) overridden(before, run Run, e Event) {
	s, _ := before.Stage(e.Stage)
	if !s.Bad() || e.Reason == "" || e.Actor == "gantry" || slices.Contains([]Kind{KindBuild, KindPush, KindCopy, KindMigrate, KindDeploy, KindRollback}, s.Stage.Kind) {
		v.w.t.Fatalf("%s of run %d was overridden by %q, for %q", e.Stage, e.Run, e.Actor, e.Reason)
	}
	v.images[run.ID][e.Stage] = run.Release.Image
}

// passedBefore is invariant 2.
func (v *witness) passedBefore(run Run, column string) {
	for _, passed := range run.Plan.Passed { // a rerun relies on what the same image passed before
		earlier := v.w.ledger.Run(run.Plan.Rerun)
		for earlier.Plan.Release != nil {
			if _, found := earlier.Column(passed.Environment); found {
				break
			}
			earlier = v.w.ledger.Run(earlier.Plan.Rerun)
		}
		if c, _ := earlier.Column(passed.Environment); !c.Passed || earlier.Release.Image != run.Release.Image {
			v.w.t.Fatalf("run %d is in %s, and run %d never passed %s with its image (invariant 2)", run.ID, column, earlier.ID, passed.Environment)
		}
	}
	for _, c := range run.Columns {
		if c.Name == column {
			return
		}
		for _, s := range c.Stages {
			skipped := s.State == StateSkipped && (s.Stage.Kind == KindCompat || v.nothingToDo(run, s)) || s.State == StateOverridden
			same := s.ID == "build/build" || v.images[run.ID][s.ID] == run.Release.Image
			if !skipped && (s.State != StateSucceeded || !same) {
				v.w.t.Fatalf("run %d is in %s with %s, but %s %s with %s (invariant 2)", run.ID, column, run.Release.Image.Short(), s.ID, s.State, v.images[run.ID][s.ID].Short())
			}
		}
	}
}

// nothingToDo allows the stub, and its publication, to be left out where a person waved E2E or the stub through.
func (v *witness) nothingToDo(run Run, s StageState) bool {
	of := func(kind string) State {
		before, _ := run.Stage(StageID(s.ID.Column() + "/" + kind))
		return before.State
	}
	return s.Stage.Kind == KindStub && of("e2e") == StateOverridden ||
		s.Stage.Kind == KindPublish && (of("stub") == StateOverridden || of("e2e") == StateOverridden && of("stub") == StateSkipped)
}

func (v *witness) live(run Run, slot Slot, e Event) {
	if holder := v.holder[slot]; holder != run.ID && (holder != 0 || !run.Done()) && !run.RollingBack() {
		v.w.t.Fatalf("run %d changed %s, which run %d holds (invariant 1)", run.ID, slot, holder)
	}
	v.deployed[run.ID][e.Environment] = e.Deployment != nil
	if imageOf(e.Deployment) == v.w.live[slot] {
		v.w.doubt[slot] = false
	}
}

// owed is what a failure where the run stands rolls back: the policy, of what the run deployed.
func (v *witness) owed(run Run) []string {
	column, _, _ := run.Current()
	var environments []string
	for _, environment := range policies[column.Name] {
		if v.deployed[run.ID][environment] {
			environments = append(environments, environment)
		}
	}
	return environments
}

func (v *witness) finished(before, run Run) {
	for slot := range maps.Keys(v.holder) {
		v.leave(run.ID, slot)
	}
	if run.Outcome == Failed {
		if owed := v.owed(before); len(owed) > 0 {
			v.w.t.Fatalf("run %d failed and leaves %v as they are (invariant 4)", run.ID, owed)
		}
	}
	if run.Outcome == Superseded && (run.Columns[0].Name == BuildColumn && !run.Columns[0].Passed || run.Linked <= run.ID) {
		v.w.t.Fatalf("run %d was at work and is superseded by run %d", run.ID, run.Linked)
	}
	if revert := run.Plan.Revert; revert != nil {
		slot := run.Plan.Slot(run.Columns[0].Name)
		if recorded := imageOf(v.w.ledger.Slot(slot).Live); run.Outcome == LeftAlone && recorded == revert.From {
			v.w.t.Fatalf("the rollback %d left %s alone, where %s is still live (invariant 4)", run.ID, slot, recorded.Short())
		}
		if run.Outcome == RolledBack && v.w.live[slot] != imageOf(revert.Target) {
			v.w.t.Fatalf("the rollback %d succeeded, but %s is live in %s (invariant 4)", run.ID, v.w.live[slot].Short(), slot)
		}
	}
}

// command is invariant 6, and the half of invariant 7 that concerns the command's run.
func (v *witness) command(c Command, events []Event, err error) {
	var refusal *Refusal
	if err != nil && (!errors.As(err, &refusal) || refusal.Why == "" || len(events) > 0) {
		v.w.t.Fatalf("%s is refused with %v and %d events (invariant 6)", c.Verb, err, len(events))
	}
	if c.ID != "" && len(events) > 0 {
		if v.applied[c.ID]++; v.applied[c.ID] > 1 {
			v.w.t.Fatalf("command %s (%s) was applied twice (invariant 6)", c.ID, c.Verb)
		}
	}
	run := v.w.ledger.Run(c.Run)
	if _, stage, ok := run.Current(); run.ID != 0 && !run.Done() && run.Waits() == nil && (!ok || stage.State != StateRunning) {
		v.w.t.Fatalf("run %d neither runs nor says what it waits for (invariant 7)", run.ID)
	}
}

package local

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// simWitness reads what a simulated engine journals as it is journalled, and holds it against the invariants with books of
// its own.
type simWitness struct {
	s        *simulation
	ledger   *promotion.Ledger
	holder   map[promotion.Slot]promotion.RunID
	deployed map[promotion.RunID]map[string]bool
	images   map[promotion.RunID]map[promotion.StageID]promotion.Digest
	commands map[string]bool
	wrong    []string
}

func newSimWitness(s *simulation) *simWitness {
	return &simWitness{s: s, ledger: promotion.NewLedger(), holder: map[promotion.Slot]promotion.RunID{},
		deployed: map[promotion.RunID]map[string]bool{}, images: map[promotion.RunID]map[promotion.StageID]promotion.Digest{}, commands: map[string]bool{}}
}

func (v *simWitness) say(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

// batch is what was journalled in one write.
func (v *simWitness) batch(events []promotion.Event) {
	seen := map[string]bool{}
	for _, e := range events {
		if e.Command != "" && v.commands[e.Command] && !seen[e.Command] {
			v.say("command %s was applied twice (invariant 6)", e.Command)
		}
		if e.Command != "" {
			v.commands[e.Command], seen[e.Command] = true, true
		}
		before := v.ledger.Run(e.Run)
		v.ledger.Apply(e)
		if e.Slot == nil {
			v.event(before, v.ledger.Run(e.Run), e)
		}
		v.s.notes(e)
	}
}

func (v *simWitness) event(before, run promotion.Run, e promotion.Event) {
	slot := run.Plan.Slot(e.Environment)
	if before.Done() && e.Type != promotion.Deployed {
		v.say("run %d had ended: %s, and then: %s", e.Run, before.Outcome, e.Type)
	}
	switch e.Type {
	case promotion.RunStarted:
		v.deployed[run.ID], v.images[run.ID] = map[string]bool{}, map[promotion.StageID]promotion.Digest{}
	case promotion.EnvironmentEntered:
		v.entered(run, slot)
	case promotion.EnvironmentPassed:
		v.leaves(run.ID, slot)
	case promotion.StageStarted:
		v.stageStarted(before, run, e)
	case promotion.StageSucceeded, promotion.StageOverridden:
		v.images[run.ID][e.Stage] = run.Release.Image
	case promotion.StageErrored, promotion.StageStalled, promotion.StageInterrupted, promotion.StageFailed:
		v.endedBadly(run, e)
	case promotion.Deployed:
		v.deployed[run.ID][e.Environment] = e.Deployment != nil
		v.s.world.heard(slot, e.Deployment)
	case promotion.RollbackDecided:
		if owed := v.owed(before); !slices.Equal(owed, e.Environments) || len(owed) == 0 {
			v.say("run %d rolls back %v, not %v (invariant 4)", run.ID, e.Environments, owed)
		}
	case promotion.RunFinished:
		v.finished(before, run)
	}
}

// endedBadly notes where a deploy without a verdict may have changed the environment.
func (v *simWitness) endedBadly(run promotion.Run, e promotion.Event) {
	stage, _ := run.Stage(e.Stage)
	if stage.Stage.Kind != promotion.KindDeploy {
		return
	}
	column, _ := run.Column(e.Stage.Column())
	v.deployed[run.ID][e.Stage.Column()] = e.Type != promotion.StageFailed || column.Deployed != nil
}

func (v *simWitness) entered(run promotion.Run, slot promotion.Slot) {
	cause := promotion.RunID(0)
	if run.Plan.Revert != nil {
		cause = run.Plan.Revert.Cause
	}
	if holder := v.holder[slot]; holder != 0 && holder != cause {
		v.say("run %d entered %s, which run %d holds (invariant 1)", run.ID, slot, holder)
	}
	v.holder[slot] = run.ID
}

func (v *simWitness) leaves(id promotion.RunID, slot promotion.Slot) {
	if v.holder[slot] == id {
		delete(v.holder, slot)
	}
}

func (v *simWitness) stageStarted(before, run promotion.Run, e promotion.Event) {
	was, _ := before.Stage(e.Stage)
	if was.Done() || was.State == promotion.StateRunning {
		v.say("%s of run %d is executed again after it %s (invariant 5)", e.Stage, run.ID, was.State)
	}
	if before.RollingBack() {
		v.say("%s of run %d started while it is rolled back", e.Stage, run.ID)
	}
	if e.Stage.Column() == promotion.BuildColumn {
		return
	}
	slot := run.Plan.Slot(e.Stage.Column())
	if v.holder[slot] != run.ID {
		v.say("%s of run %d started, but %s is held by run %d (invariant 1)", e.Stage, run.ID, slot, v.holder[slot])
	}
	for _, w := range v.s.world.yard.standing() {
		if w.slot == slot {
			v.say("%s of run %d started while %s of run %d is at work (invariant 1)", e.Stage, run.ID, w.key.Stage, w.key.Run)
		}
	}
	if was.Stage.Kind == promotion.KindMigrate {
		v.nothingRollsBack(run, slot)
	}
	v.passedBefore(run, e.Stage.Column())
}

// nothingRollsBack is invariant 3.
func (v *simWitness) nothingRollsBack(run promotion.Run, slot promotion.Slot) {
	if run.Plan.Kind == promotion.Rollback {
		v.say("the rollback %d migrates %s (invariant 3)", run.ID, slot)
	}
	for _, other := range v.ledger.Unfinished() {
		if other.Plan.Kind == promotion.Rollback && other.Holds(slot.Environment) && other.Plan.Slot(slot.Environment) == slot {
			v.say("run %d migrates %s during the rollback %d (invariant 3)", run.ID, slot, other.ID)
		}
	}
}

// passedBefore is invariant 2.
func (v *simWitness) passedBefore(run promotion.Run, column string) {
	for _, c := range run.Columns {
		if c.Name == column {
			return
		}
		for _, s := range c.Stages {
			same := s.ID == "build/build" || v.images[run.ID][s.ID] == run.Release.Image
			leftOut := s.State == promotion.StateOverridden ||
				s.State == promotion.StateSkipped && (s.Stage.Kind == promotion.KindCompat || s.Stage.Kind == promotion.KindStub || s.Stage.Kind == promotion.KindPublish)
			if !leftOut && (s.State != promotion.StateSucceeded || !same) {
				v.say("run %d is in %s with %s, but %s %s (invariant 2)", run.ID, column, run.Release.Image.Short(), s.ID, s.State)
			}
		}
	}
}

// owed is what a failure where the run stands rolls back: the policy, of what the run deployed.
func (v *simWitness) owed(run promotion.Run) (environments []string) {
	policies := map[string][]string{"dev": {"dev"}, "qa": {"qa", "dev"}, "prod": {"prod"}}
	column, _, _ := run.Current()
	for _, environment := range policies[column.Name] {
		if v.deployed[run.ID][environment] {
			environments = append(environments, environment)
		}
	}
	return environments
}

func (v *simWitness) finished(before, run promotion.Run) {
	for _, slot := range v.holding(run.ID) {
		v.leaves(run.ID, slot)
	}
	if owed := v.owed(before); run.Outcome == promotion.Failed && len(owed) > 0 {
		v.say("run %d failed and leaves %v as they are (invariant 4)", run.ID, owed)
	}
	if revert := run.Plan.Revert; revert != nil {
		slot := run.Plan.Slot(run.Columns[0].Name)
		recorded := v.ledger.Slot(slot).Live
		if run.Outcome == promotion.LeftAlone && recorded != nil && recorded.Release.Image == revert.From {
			v.say("the rollback %d left %s alone, where %s is still live (invariant 4)", run.ID, slot, recorded.Release.Image.Short())
		}
		if stage := run.Columns[0].Stages; run.Outcome == promotion.RolledBack && stage[len(stage)-1].State == promotion.StateSucceeded {
			v.revertedTo(run, slot, revert.Target)
		}
	}
	v.s.ended(run)
}

// revertedTo holds a rollback that succeeded against what the platform runs.
func (v *simWitness) revertedTo(run promotion.Run, slot promotion.Slot, target *promotion.Deployment) {
	want := promotion.Digest("")
	if target != nil {
		want = target.Release.Image
	}
	if live, sure := v.s.world.runs(slot); sure && live != want {
		v.say("the rollback %d succeeded, but %q is live in %s (invariant 4)", run.ID, live.Short(), slot)
	}
}

func (v *simWitness) holding(id promotion.RunID) (slots []promotion.Slot) {
	for slot, holder := range v.holder {
		if holder == id {
			slots = append(slots, slot)
		}
	}
	return slots
}

package local

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// asks are the events that record what a person asked for, and how people say it.
var asks = map[promotion.EventType]string{
	promotion.RunPaused: "pause", promotion.RunResumed: "resume", promotion.RunStepped: "step", promotion.RunExtended: "extend",
	promotion.StageRetried: "retry", promotion.StageReopened: "retry from", promotion.StageOverridden: "override",
	promotion.GateOverridden: "override", promotion.ReleaseApproved: "approve", promotion.ReleaseRejected: "reject",
	promotion.RollbackDecided: "roll back", promotion.SlotHeld: "hold", promotion.SlotReleased: "release",
	promotion.ReleaseVetoed: "veto", promotion.ReleaseAllowed: "allow",
}

// notice remembers what an operator asked for last. The caller holds mu, or nobody else knows the engine yet.
func (e *Engine) notice(event promotion.Event) {
	asked := e.askedBy(event)
	if asked == "" {
		return
	}
	at, known := slices.BinarySearchFunc(e.operators, event.Actor, func(p engine.Presence, name string) int { return strings.Compare(p.Operator, name) })
	if !known {
		e.operators = slices.Insert(e.operators, at, engine.Presence{Operator: event.Actor})
	}
	e.operators[at].Asked, e.operators[at].At = asked, event.At
}

// askedBy is what a person asked for with an event: "pause run 42"; "" when nobody asked, or Gantry did itself.
func (e *Engine) askedBy(event promotion.Event) string {
	if event.Actor == "" || event.Actor == "gantry" {
		return ""
	}
	what := asks[event.Type]
	switch {
	case event.Type == promotion.RunStarted && event.Plan != nil && event.Plan.Trigger != "merge":
		return started(event)
	case event.Type == promotion.RunFinished && event.Outcome == promotion.Aborted && event.Linked == 0:
		what = "abort"
	case event.Type == promotion.RunFinished && event.Outcome == promotion.Removed:
		what = "remove"
	case what == "":
		return ""
	case event.Slot != nil:
		return fmt.Sprintf("%s %s in %s", what, event.Slot.Service, event.Slot.Environment)
	}
	switch {
	case event.Stage != "":
		what += fmt.Sprintf(" %s of", event.Stage)
	case event.Environment != "":
		what += fmt.Sprintf(" %s of", event.Environment)
	}
	return fmt.Sprintf("%s run %d", what, event.Run)
}

// started says what kind of run somebody started.
func started(event promotion.Event) string {
	plan := event.Plan
	switch {
	case plan.Kind == promotion.Rollback && len(plan.Columns) > 0:
		return fmt.Sprintf("roll back %s in %s", plan.Service, plan.Columns[len(plan.Columns)-1].Name)
	case plan.Kind == promotion.Reprovision:
		return fmt.Sprintf("put aside %s of run %d", plan.Service, plan.Rerun)
	case plan.Rerun != 0:
		return fmt.Sprintf("rerun run %d of %s", plan.Rerun, plan.Service)
	}
	return "run " + plan.Service
}

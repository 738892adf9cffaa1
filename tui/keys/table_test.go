package keys

import (
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

func TestNoKeyMeansTwoThingsOnOneScreen(t *testing.T) {
	for _, screen := range []Screen{Board, Inspector, Log, FleetScreen, DryRunScreen, AuditScreen, NumbersScreen, HistoryScreen, ReplayScreen, ReplayLog, CompareScreen, TimelineScreen, Found, Filtered} {
		meaning := map[string]Action{}
		for _, b := range Default() {
			if b.Where&screen == 0 {
				continue
			}
			for _, key := range b.Keys {
				if other, taken := meaning[key]; taken {
					t.Errorf("on screen %d %q means both %s and %s", screen, key, other, b.Action)
				}
				meaning[key] = b.Action
			}
		}
	}
}

func TestEveryBindingSaysWhatItDoes(t *testing.T) {
	moves := map[Action]bool{Down: true, Left: true, Right: true} // said with Up
	said := map[Action]bool{}
	for _, b := range Default() {
		again := said[b.Action] // another key for it on other screens
		said[b.Action] = true
		if len(b.Keys) == 0 || b.Where == 0 || (!moves[b.Action] && !again && (b.Words == "" || b.Help == "" || b.Group == "")) {
			t.Errorf("%s is not fully described: %+v", b.Action, b)
		}
	}
}

func TestWhatIsDisabledSaysWhy(t *testing.T) {
	nothing := present.Facts{Service: "orders"}
	runs := present.Facts{Service: "orders", Run: 42, Exists: true, Stage: "qa/e2e", Running: true, Environment: "qa", Live: true}
	held := present.Facts{Service: "orders", Run: 42, Exists: true, Stage: "qa/e2e", Bad: "failed", Reverts: []present.Revert{{Environment: "qa"}}}
	ended := present.Facts{Service: "orders", Run: 42, Exists: true, Ended: "succeeded", Environment: "qa"}
	reverting := present.Facts{Service: "orders", Run: 42, Exists: true, RollingBack: true, Stage: "qa/e2e", Bad: "failed"}
	approval := present.Facts{Service: "orders", Run: 42, Exists: true, Stage: "prod/copy", Before: "prod", Asks: true, Gate: promotion.GateApproval, Image: "sha256:1"}
	frozen := present.Facts{Service: "orders", Run: 42, Exists: true, Stage: "prod/copy", Before: "prod", Gate: promotion.GateFreeze}
	deploy := present.Facts{Service: "orders", Run: 42, Exists: true, Stage: "qa/deploy", Bad: "errored"}
	aside := present.Facts{Service: "orders", Run: 45, Exists: true, Reprovision: true, Stage: "dev/remove", Image: "sha256:1"}
	undo := present.Facts{Service: "orders", Run: 43, Exists: true, Rollback: true, Begun: true, Stage: "qa/rollback", Running: true}
	for _, c := range []struct {
		name   string
		facts  present.Facts
		action Action
		why    string
	}{
		{"no service", present.Facts{}, Run, "no service is configured"},
		{"nothing has run", nothing, Pause, "nothing has run yet: press r"},
		{"nothing has run", nothing, Run, ""},
		{"it runs", runs, Pause, ""},
		{"it runs", runs, Step, ""},
		{"it runs", runs, Retry, "qa/e2e is running"},
		{"it runs", runs, Abort, ""},
		{"it runs", runs, RollBack, ""},
		{"it failed and is held", held, Step, "qa/e2e failed: retry it or abort the run"},
		{"it failed and is held", held, Retry, ""},
		{"it failed and is held", held, RollBack, ""},
		{"it has ended", ended, Abort, "run 42 has ended: succeeded"},
		{"it has ended", ended, RollBack, "nothing is live in qa"},
		{"it is being rolled back", reverting, Retry, "run 42 is being rolled back, which is never left half done"},
		{"it is being rolled back", reverting, RollBack, "run 42 is being rolled back already"},
		{"it runs", runs, Approve, "it stands at qa/e2e: nothing asks for an approval there"},
		{"it runs", runs, Override, "nothing is shut, and nothing has gone wrong"},
		{"it runs", runs, Rerun, "run 42 has not ended: retry it, or abort it first"},
		{"it runs", runs, Extend, "run 42 is not on hold"},
		{"it runs", runs, Hold, ""},
		{"it runs", runs, Veto, "its image is not built yet: there is nothing to keep out"},
		{"it waits for an approval", approval, Approve, ""},
		{"it waits for an approval", approval, Override, "it waits for an approval: press a"},
		{"it is frozen out", frozen, Override, ""},
		{"it is frozen out", frozen, Approve, "prod asks for no approval"},
		{"its deploy has no verdict", deploy, Override, "qa/deploy changes what later stages rely on, and cannot be waved through: retry it, or abort"},
		{"its deploy has no verdict", deploy, AbortBack, "it has deployed nothing that its policy rolls back here: press x"},
		{"it failed and is held", held, Extend, "run 42 is not on hold"},
		{"it failed and is held", held, AbortBack, ""},
		{"it has ended", ended, Rerun, ""},
		{"it is put aside", aside, Abort, "it would stay for ever: remove it with P"},
		{"it is put aside", aside, Reprovision, ""},
		{"it is put aside", aside, RollBack, "what is put aside is not live: remove it with P, or press tab to the service's other runs"},
		{"it is put aside", aside, Extend, ""},
		{"it is a rollback", undo, Pause, "a rollback is never left half done"},
		{"it is a rollback", undo, Abort, "a rollback is never left half done"},
		{"it is a rollback", undo, RollBack, "a rollback is never rolled back"},
	} {
		if why := Default().Of(c.action).Disabled(c.facts); why != c.why {
			t.Errorf("%s: %s says %q, want %q", c.name, c.action, why, c.why)
		}
	}
}

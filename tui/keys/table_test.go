package keys

import (
	"testing"

	"github.com/gantry-cd/gantry/tui/present"
)

func TestNoKeyMeansTwoThingsOnOneScreen(t *testing.T) {
	for _, screen := range []Screen{Board, Inspector, Log, FleetScreen} {
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
	for _, b := range Default() {
		if len(b.Keys) == 0 || b.Where == 0 || (!moves[b.Action] && (b.Words == "" || b.Help == "" || b.Group == "")) {
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
		{"it is a rollback", undo, Abort, "a rollback is never left half done"},
		{"it is a rollback", undo, RollBack, "a rollback is never rolled back"},
	} {
		if why := Default().Of(c.action).Disabled(c.facts); why != c.why {
			t.Errorf("%s: %s says %q, want %q", c.name, c.action, why, c.why)
		}
	}
}

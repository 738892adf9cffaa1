package plain

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

// rehearsal is a drill, and the rollback of one.
func rehearsal() []promotion.Run {
	drill := situation.Drill().Run(42)
	rollback := drill
	rollback.ID, rollback.Plan.Kind, rollback.Plan.Drill = 43, promotion.Rollback, nil
	rollback.Plan.Revert = &promotion.Revert{Cause: 42, Drill: true}
	return []promotion.Run{rollback, drill}
}

func TestNobodyTakesARehearsalForTheRealThing(t *testing.T) {
	now := situation.Drill().Now
	var list strings.Builder
	if err := Runs(&list, rehearsal(), Plain, now); err != nil {
		t.Fatal(err)
	}
	contains(t, list.String(), "DRILL: the rollback of a rehearsal; ", "DRILL: qa/deploy is made to fail; ")
	for _, run := range rehearsal() {
		var sheet strings.Builder
		if err := Show(&sheet, run, engine.Changes{}, Plain, now); err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(sheet.String(), "\n")
		contains(t, first, "DRILL: ")
		for _, kind := range []promotion.EventType{promotion.RunStarted, promotion.RunFinished} {
			contains(t, present.Sentence(run, promotion.Event{Type: kind, Run: run.ID}), "(DRILL: ")
		}
	}
	real := situation.Everything().Run(42)
	if drill := present.Drill(real); drill != "" || drillOf(real) != nil {
		t.Errorf("a real run is said to be a %s", drill)
	}
}

func TestScriptsSeeThatARunIsARehearsal(t *testing.T) {
	for _, run := range rehearsal() {
		var shown, last strings.Builder
		if err := Show(&shown, run, engine.Changes{}, JSON, situation.Drill().Now); err != nil {
			t.Fatal(err)
		}
		if err := newLines(&last).end(engine.Snapshot{}, run); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{shown.String(), last.String()} {
			var line struct{ Drill *drillLine }
			if err := json.Unmarshal([]byte(text), &line); err != nil || line.Drill == nil || line.Drill.How != map[promotion.RunID]string{42: "fail", 43: "rollback"}[run.ID] {
				t.Errorf("run %d: %v, drill is %+v in %s", run.ID, err, line.Drill, text)
			}
		}
	}
}

package present_test

import (
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
)

func TestWhatFailsNowAndPassedInTheLastGoodRunIsNew(t *testing.T) {
	s := situation.QAFailed()
	i, _ := present.NewWorld(s.Snapshot()).Inspect(42, "qa/e2e", s.Now)
	if len(i.Failing) != 2 || i.Failing[0].Mark.Word != "new" || !strings.HasPrefix(i.Fresh, "2 new since run ") {
		t.Errorf("the failing tests are %+v, %q", i.Failing, i.Fresh)
	}
}

// scanned is a run of orders whose build had these steps.
func scanned(id promotion.RunID, state promotion.State, steps ...promotion.Step) promotion.Run {
	attempt := promotion.Attempt{N: 1, State: state, Steps: steps, Result: &promotion.Result{Tests: &promotion.Tests{
		Passed: 3, Flaky: []promotion.FailedTest{{Name: "TestClock", Message: "too late"}},
	}}}
	return promotion.Run{ID: id, Plan: promotion.Plan{Service: "orders", Kind: promotion.Promotion}, Columns: []promotion.ColumnState{{
		Column: promotion.Column{Name: "build"}, Stages: []promotion.StageState{{ID: "build/build", State: state, Attempts: []promotion.Attempt{attempt}}},
	}}}
}

func sast(prints ...string) promotion.Step {
	f := &promotion.Findings{Total: len(prints), Prints: prints}
	for _, p := range prints {
		f.Listed = append(f.Listed, promotion.Finding{Print: p, Level: "error", Text: "cart.go:3 " + p})
	}
	return promotion.Step{Name: "sast", State: promotion.StateFailed, Findings: f}
}

func TestFindingsTellWhatIsNewAndFlakyTestsThatTheyPassed(t *testing.T) {
	for name, test := range map[string]struct {
		runs       []promotion.Run
		note, rows string
	}{
		"one is new":               {[]promotion.Run{scanned(9, promotion.StateFailed, sast("a", "b")), scanned(8, promotion.StateSucceeded, sast("a"))}, "sast: 1 new since run 8, the last good one, of 2", "new cart.go:3 b"},
		"none is, and all is bad":  {[]promotion.Run{scanned(9, promotion.StateFailed, sast("a")), scanned(8, promotion.StateSucceeded, sast("a"))}, "sast: 0 new since run 8, the last good one, of 1", "error cart.go:3 a"},
		"none is, and all is well": {[]promotion.Run{scanned(9, promotion.StateSucceeded, sast("a")), scanned(8, promotion.StateSucceeded, sast("a"))}, "sast: 0 new since run 8, the last good one, of 1", ""},
		"of another service":       {[]promotion.Run{scanned(9, promotion.StateFailed, sast("a")), {ID: 8, Plan: promotion.Plan{Service: "inventory", Kind: promotion.Promotion}}}, "sast: 1, no good run to compare with", "error cart.go:3 a"},
	} {
		t.Run(name, func(t *testing.T) {
			i, found := present.NewWorld(engine.Snapshot{Runs: test.runs}).Inspect(9, "build/build", situation.QAFailed().Now)
			if !found || len(i.Scans) != 1 || len(i.Failing) != 1 || i.Failing[0].Mark.Word != "flaky" || i.Failing[0].Note != "passed when it ran again" {
				t.Fatalf("%+v %+v", i.Scans, i.Failing)
			}
			var rows []string
			for _, r := range i.Scans[0].Rows {
				rows = append(rows, r.Mark.Word+" "+r.Text)
			}
			if i.Scans[0].Note != test.note || strings.Join(rows, ", ") != test.rows {
				t.Errorf("%q: %q", i.Scans[0].Note, rows)
			}
		})
	}
}

package present

import (
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// rehearsed is a dry run with one of everything.
func rehearsed() engine.DryRun {
	good := promotion.Release{Version: "1.0.0", Commit: "aaaaaaaaaaaa"}
	return engine.DryRun{
		Service: "orders", Release: "1.1.0 bbbbbbb+dirty", Changed: []string{"orders/main.go"}, Hash: "0123456789abcdef-0011",
		Commit: "bbbbbbb", Until: "qa", Step: true, Drill: &promotion.Drill{Stage: "qa/e2e", How: "fail"},
		Warnings: []string{"no compat in dev"},
		Checks:   []engine.Check{{What: "stub", State: engine.CheckWrong, Detail: "there is none", Next: "gantry run stock"}},
		Columns: []engine.DryRunColumn{
			{Name: "build", Stages: []engine.DryRunStage{{
				ID: "build/build", Action: "builds", Deadline: promotion.Duration(15 * time.Minute), Retries: 1,
				Commands: []engine.DryRunCommand{{Name: "dast", Needs: []string{"compile"}, Run: "\n    first &&\n      second\n  "}},
			}}},
			{
				Name: "qa", Protected: true, Team: "checkout", Live: &promotion.Deployment{Release: good}, LastGood: &promotion.Deployment{Release: good},
				Gates: []promotion.Waiting{{Gate: promotion.GateHold, Reason: "bo holds qa: the audit", Who: "an operator: release it"}},
				Stages: []engine.DryRunStage{
					{ID: "qa/copy", Action: "copies", Moves: []engine.DryRunMove{{What: "application image", From: "dev/orders", To: "qa/orders"}}},
					{ID: "qa/compat", Skipped: "first deployment"},
					{ID: "qa/e2e", Failure: engine.DryRunFailure{Policy: "hold", HoldFor: promotion.Duration(10 * time.Minute),
						RollsBack: []engine.DryRunRollback{{Environment: "qa", To: &good}, {Environment: "dev"}}}},
				},
			},
		},
	}
}

func TestADryRunSaysEverythingThatADecisionNeeds(t *testing.T) {
	var said []string
	for _, line := range DryRun(rehearsed()) {
		said = append(said, strings.TrimSpace(strings.Repeat("  ", line.Indent)+line.Label+" "+line.Text))
	}
	text := strings.Join(said, "\n")
	for _, want := range []string{
		"nothing was changed",
		"changed 1 file differs from the commit: orders/main.go",
		"warning no compat in dev",
		"stub wrong: there is none → gantry run stock",
		"dast after compile first &&\nsecond",
		"rules stalled after 15m; without a verdict tried again once",
		"QA, slot of team checkout, protected",
		"gate hold: bo holds qa: the audit (who can open it: an operator: release it)",
		"application image dev/orders → qa/orders (digest known once it is built)",
		"qa/compat skipped: first deployment",
		"if it fails the run holds for 10m, then rolls back qa → 1.0.0 aaaaaaa, dev → empty",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func TestTheCommandOfAPlanAsksForWhatWasReviewed(t *testing.T) {
	want := "gantry run orders --commit bbbbbbb --until qa --step --drill qa/e2e=fail --plan 0123456789abcdef-0011"
	if got := PlanCommand(rehearsed()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatStrangersWroteCannotSteerTheTerminal(t *testing.T) {
	d := rehearsed()
	d.Columns[0].Stages[0].Commands[0].Run = "echo \x1b[2J"
	d.Changed = []string{"a\x1b]0;owned\x07"}
	for _, line := range DryRun(d) {
		if strings.ContainsAny(line.Label+line.Text, "\x1b\x07") {
			t.Errorf("a line steers the terminal: %q", line.Text)
		}
	}
}

func TestACommandLosesTheConfigurationsIndentationAndKeepsItsOwn(t *testing.T) {
	for command, want := range map[string]string{
		"\n    first &&\n      second\n  ": "first &&\n  second",
		"alone":                            "alone",
		"":                                 "",
	} {
		if got := unindented(command); got != want {
			t.Errorf("%q becomes %q, want %q", command, got, want)
		}
	}
}

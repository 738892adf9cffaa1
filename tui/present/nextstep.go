package present

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// NextStep are the commands that a run which waits for a person can be answered with, as they are typed; "" where nobody
// is waited for.
func NextStep(run promotion.Run) string {
	waiting := run.Waits()
	column, stage, ok := run.Current()
	if !ok || !waiting.NeedsPerson() {
		return ""
	}
	verbs := []string{"step %d", "resume %d", "abort %d"}
	switch {
	case stage.Bad():
		verbs = afterBad(run, stage)
	case waiting.Gate == promotion.GateApproval:
		verbs = []string{"approve %d", "reject %d --reason …"}
	case waiting.Gate == promotion.GateHold:
		return fmt.Sprintf("gantry release %s %s", text.Clean(run.Plan.Service), text.Clean(column.Name))
	case waiting.Gate == promotion.GateVeto:
		return fmt.Sprintf("gantry allow %s@%s %s, or gantry abort %d", text.Clean(run.Plan.Service), run.Release.ShortCommit(), text.Clean(column.Name), run.ID)
	case waiting.Gate != "":
		verbs = []string{"override %d " + text.Clean(column.Name) + " --reason …", "abort %d"}
	}
	said := make([]string, len(verbs))
	for i, verb := range verbs {
		said[i] = "gantry " + fmt.Sprintf(verb, run.ID)
	}
	last := len(said) - 1
	return strings.Join(said[:last], ", ") + ", or " + said[last]
}

// afterBad are the verbs for a stage that went wrong.
func afterBad(run promotion.Run, stage promotion.StageState) []string {
	if run.Plan.Kind == promotion.Reprovision {
		return []string{"retry %d", "remove %d"}
	}
	verbs := []string{"retry %d"}
	if run.Plan.Kind == promotion.Promotion && stage.Stage.Kind.Overridable() {
		verbs = append(verbs, "override %d "+string(stage.ID)+" --reason …")
	}
	if len(run.RollsBackNow()) > 0 {
		verbs = append(verbs, "abort %d --rollback")
	}
	return append(verbs, "abort %d")
}

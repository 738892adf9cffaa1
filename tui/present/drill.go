package present

import (
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// Drill says that a run is a rehearsal, and of what; "" when everything about it is real.
func Drill(run promotion.Run) string {
	switch {
	case run.Plan.Drill != nil:
		return "DRILL: " + text.Clean(run.Plan.Drill.String())
	case run.Plan.Rehearsal():
		return "DRILL: the rollback of a rehearsal"
	}
	return ""
}

// drilled adds to a sentence about a run that it is a rehearsal.
func drilled(run promotion.Run, s string) string {
	if drill := Drill(run); drill != "" {
		return s + " (" + drill + ")"
	}
	return s
}

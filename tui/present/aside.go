package present

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// asideSentence says what an event changed for a reprovision; told is false where it says no more than of any run.
func asideSentence(run promotion.Run, e promotion.Event) (s string, told bool) {
	if run.Plan.Kind != promotion.Reprovision {
		return "", false
	}
	name, who := text.Clean(run.Release.Name()), text.Clean(e.Actor)
	switch e.Type {
	case promotion.RunStarted:
		return because(fmt.Sprintf("run %d of %s started by %s: puts %s of run %d aside, for %s", run.ID, text.Clean(run.Plan.Service), who, name,
			run.Plan.Rerun, run.Plan.Expires), e.Reason), true
	case promotion.EnvironmentEntered, promotion.EnvironmentPassed:
		return "", true // what counts there is not touched
	case promotion.Deployed:
		if e.Deployment == nil {
			return "nothing is left of it", true
		}
		return fmt.Sprintf("%s is up aside in %s; it does not count as live", name, e.Environment), true
	case promotion.GateOpened:
		if who == "gantry" {
			return because("it is removed", e.Reason), true
		}
		return because("it is removed, says "+who, e.Reason), true
	case promotion.RunExtended:
		if e.Until != nil {
			return because(fmt.Sprintf("it stays until %s, says %s", e.Until.Local().Format("2 Jan 15:04:05"), who), e.Reason), true
		}
	}
	return "", false
}

// Aside says where what a run has put aside answers, until when, and how to be rid of it.
func Aside(run promotion.Run) string {
	s := text.Clean(run.Release.Name()) + " is aside"
	for _, c := range run.Columns {
		s += " in " + c.Name
	}
	if at := AsideAt(run); at != "" {
		s += " at " + text.Clean(at)
	}
	return fmt.Sprintf("%s until %s: gantry remove %d takes it away, gantry extend %d gives it more time", s, run.Expires.Local().Format("2 Jan 15:04"), run.ID, run.ID)
}

// AsideAt is the endpoint of what a run has put aside; "" when it is not up.
func AsideAt(run promotion.Run) string {
	for _, c := range run.Columns {
		for _, s := range c.Stages {
			if result := s.Last().Result; s.Stage.Kind == promotion.KindDeploy && s.State == promotion.StateSucceeded && result != nil {
				return result.Note
			}
		}
	}
	return ""
}

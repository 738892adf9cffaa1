package present

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// decision says what a person has decided about a run; "" for what is no decision.
func decision(e promotion.Event) string {
	who := text.Clean(e.Actor)
	switch e.Type {
	case promotion.ReleaseApproved:
		s := fmt.Sprintf("approved for %s by %s, image %s", e.Environment, who, e.Digest.Short())
		if e.Until != nil {
			s += ", until " + e.Until.Local().Format("2 Jan 15:04")
		}
		return because(s, e.Reason)
	case promotion.ReleaseRejected:
		return because(fmt.Sprintf("rejected for %s by %s", e.Environment, who), e.Reason)
	case promotion.StageOverridden:
		return because(fmt.Sprintf("%s is overridden by %s", e.Stage, who), e.Reason)
	case promotion.GateOverridden:
		gate := "a"
		if e.Gate != nil {
			gate = "the " + string(e.Gate.Gate)
		}
		return because(fmt.Sprintf("%s gate of %s is overridden by %s", gate, e.Environment, who), e.Reason)
	case promotion.StageReopened:
		return because(fmt.Sprintf("%s and all after it in %s go once more, says %s", e.Stage, e.Stage.Column(), who), e.Reason)
	case promotion.RunExtended:
		if e.Until == nil {
			return because("the countdown is stopped by "+who, e.Reason)
		}
		return because(fmt.Sprintf("the countdown now ends at %s, says %s", e.Until.Local().Format("15:04:05"), who), e.Reason)
	}
	return ""
}

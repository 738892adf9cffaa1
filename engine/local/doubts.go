package local

import (
	"fmt"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// doubts are why a release that a person names as the target of a rollback may be no better than what is live: every
// release that ever was live can be named, also one that failed.
func doubts(s promotion.SlotState, target promotion.Deployment) []string {
	image, name := target.Release.Image, target.Release.Name()
	if veto, vetoed := s.Vetoed[image]; vetoed {
		by := veto.Actor
		if veto.By != 0 {
			by = fmt.Sprintf("run %d", veto.By)
		}
		return []string{fmt.Sprintf("%s may not enter %s by itself, says %s: %s", name, s.Slot, by, orUnsaid(veto.Reason))}
	}
	if !slices.ContainsFunc(s.Good, func(d promotion.Deployment) bool { return d.Release.Image == image }) {
		return []string{fmt.Sprintf("%s was live in %s and never passed its verifications there", name, s.Slot)}
	}
	return nil
}

func orUnsaid(reason string) string {
	if reason == "" {
		return "it was rolled back there"
	}
	return reason
}

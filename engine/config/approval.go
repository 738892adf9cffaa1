package config

import (
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// readApproval is approval = true, or a table that says more. Asking a person is a choice that has to be justified.
func (r *reader) readApproval(t *table) *promotion.Approval {
	switch t.values["approval"].(type) {
	case nil, bool:
		if !t.flag("approval", false) {
			return nil
		}
	case map[string]any:
	default:
		take[bool](t, "approval", `true, false or a table like { expires = "24h", four_eyes = true }`)
		return nil
	}
	if r.pipeline.Mode != continuousDelivery {
		t.complain(t.line("approval"), `approval asks a person, but mode is %q: leave it out, or set mode = %q in [pipeline] and say why: justification = "…"`, r.pipeline.Mode, continuousDelivery)
	}
	approval := &promotion.Approval{}
	if _, plain := t.values["approval"].(bool); !plain {
		sub := t.table("approval")
		approval.Expires = promotion.Duration(sub.duration("expires", 0))
		approval.FourEyes = sub.flag("four_eyes", false)
		sub.done()
	}
	return approval
}

// settleApprovals decides where a person is asked under continuous delivery when no environment says it wants one: in
// every protected environment, or in the last one if none is protected.
func (r *reader) settleApprovals() {
	environments := r.pipeline.Environments
	if r.pipeline.Mode != continuousDelivery || slices.ContainsFunc(environments, func(e Environment) bool { return e.Approval != nil }) {
		return
	}
	protected := slices.ContainsFunc(environments, func(e Environment) bool { return e.Protected })
	asked := false
	for i := range environments {
		wants := environments[i].Protected || !protected && i == len(environments)-1
		if wants && !r.environments[i].has("approval") {
			environments[i].Approval, asked = &promotion.Approval{}, true
		}
	}
	if !asked && len(environments) > 0 {
		r.mode.complain(r.mode.line("mode"), `mode is %q, but no environment asks for an approval: give one approval = true, or use mode = "continuous-deployment"`, continuousDelivery)
	}
}

package local

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/freeze"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// factsOf is what the core must be told of an environment. Windows count as the configuration has them today: one that
// was declared after a run began keeps it out all the same. The caller holds mu.
func (e *Engine) factsOf(environment string) promotion.Facts {
	f := promotion.Facts{Now: e.options.Now()}
	shut, frozen := freeze.At(e.pipeline.Freezes, environment, f.Now)
	if !frozen {
		return f
	}
	f.Freeze = &promotion.Waiting{Gate: promotion.GateFreeze, Since: shut.Since, Until: &shut.Until, Who: "time, or an operator: override",
		Reason: fmt.Sprintf("%s is frozen by %q", environment, shut.Name)}
	if shut.Reason != "" {
		f.Freeze.Reason += ": " + shut.Reason
	}
	return f
}

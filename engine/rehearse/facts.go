// Package rehearse says what a promotion would do. It plays the run through the core that drives real ones, on facts
// that were gathered before; it asks nobody and changes nothing.
package rehearse

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Facts are all that a rehearsal goes by.
type Facts struct {
	Now      time.Time
	Pipeline config.Pipeline
	Request  engine.StartRequest
	Plan     promotion.Plan // as config.Plan lays it out for a real run
	Run      promotion.Run  // as it would begin: Unbuilt of the plan
	Changed  []string       // the files that differ from the commit
	Before   Place          // of a plan that begins in an environment: where its release comes from
	Places   []Place        // the environments of the plan, in its order
	Stubs    []engine.DryRunStub
	Checks   []engine.Check // of what belongs to no environment
	// LeftOut is the driver's rule for stages that are skipped: the reason, or "".
	LeftOut func(run promotion.Run, environment string) string
}

// Place is what there is in one environment now.
type Place struct {
	Name         string
	State        promotion.SlotState // as journalled
	Running      *engine.Live        // as the platform says
	Unknown      string              // why it could not say
	Drift        string
	Gates        []promotion.Waiting
	Repositories map[string]string // artifact ("", "migration", "verification") → where it is kept
	Checks       []engine.Check
}

// unbuilt stands for the images that are known once they are built. It is no digest, and no other image is it.
const unbuilt promotion.Digest = "unbuilt"

// From is the environment that a rerun begins in; "" where the build comes first.
func (f Facts) From() string {
	if f.Plan.Release == nil || len(f.Plan.Columns) == 0 {
		return ""
	}
	return f.Plan.Columns[0].Name
}

// release is what people call what the plan carries, or will once it is built.
func (f Facts) release() string {
	if f.Plan.Release != nil {
		return f.Plan.Release.Name()
	}
	return name(f.Plan.Source)
}

// Unbuilt is a run of the plan as it would begin under the number, with a release that is yet to be built where the plan
// carries none. tested are the stubs that its contract tests would run against.
func Unbuilt(id promotion.RunID, plan promotion.Plan, tested map[string]promotion.Digest, now time.Time) promotion.Run {
	plan.Step = false // whoever steps through it comes to the same end
	run := promotion.Apply(promotion.Run{}, promotion.Event{At: now, Run: id, Type: promotion.RunStarted, Plan: &plan})
	if plan.Release == nil {
		run.Release.Image, run.Release.Tested = unbuilt, tested
	}
	return run
}

// built is a digest for people: none while it is unknown.
func built(d promotion.Digest) promotion.Digest {
	if d == unbuilt {
		return ""
	}
	return d
}

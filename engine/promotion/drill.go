package promotion

import "fmt"

// The ways in which a drill lets a stage go wrong. Everything after it is real.
const (
	DrillFail    = "fail"    // a negative verdict
	DrillError   = "error"   // no verdict
	DrillHang    = "hang"    // no end before the deadline
	DrillCrash   = "crash"   // the engine dies
	DrillLost    = "lost"    // the stage's environment cannot be reached
	DrillCorrupt = "corrupt" // of a push or a copy: what arrives is not what was sent
	DrillRefuse  = "refuse"  // of a push or a copy: the environment's registry is down
	DrillSlow    = "slow"    // it takes longer, and then ends as it does
)

// String says what is rehearsed: "qa/e2e is made to fail".
func (d Drill) String() string {
	switch d.How {
	case DrillLost:
		return fmt.Sprintf("%s loses its environment", d.Stage)
	case DrillCorrupt:
		return fmt.Sprintf("what %s sends arrives corrupted", d.Stage)
	case DrillRefuse:
		return fmt.Sprintf("%s finds its registry down", d.Stage)
	case DrillSlow:
		return fmt.Sprintf("%s is slowed down", d.Stage)
	}
	return fmt.Sprintf("%s is made to %s", d.Stage, d.How)
}

// Rehearsal tells whether the run is a drill, or the rollback of one: it counts in no statistics.
func (p Plan) Rehearsal() bool { return p.Drill != nil || p.Revert != nil && p.Revert.Drill }

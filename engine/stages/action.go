package stages

import "github.com/gantry-cd/gantry/engine/promotion"

// action does something of Gantry's own as a step of the stage, so that whoever watches sees what takes the time.
func (j *Job) action(name string, do func() error) error {
	step := promotion.Step{Name: name, State: promotion.StateRunning, Started: j.Now()}
	j.Report(step)
	err := do()
	switch {
	case err == nil:
		step.State = promotion.StateSucceeded
	case isVerdict(err):
		step.State = promotion.StateFailed
	default:
		step.State = promotion.StateErrored
	}
	step.Elapsed = promotion.Duration(j.Now().Sub(step.Started))
	j.Report(step)
	return err
}

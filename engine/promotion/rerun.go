package promotion

import "fmt"

// soundRerun refuses a rerun that would bring a release into an environment which it has not earned: the run whose
// release goes once more must have passed every column that the rerun leaves out.
func (l *Ledger) soundRerun(c Command) error {
	p := c.Plan
	if p == nil || p.Kind != Promotion || p.Release == nil {
		return nil
	}
	refuse := func(why string, args ...any) error {
		return &Refusal{Verb: VerbStart, Why: fmt.Sprintf(why, args...), Instead: fmt.Sprintf("rerun it from the build with `gantry rerun %d`", p.Rerun)}
	}
	earlier, err := l.Find(p.Rerun)
	if err != nil {
		return err
	}
	switch {
	case earlier.ID == 0 || earlier.Plan.Kind != Promotion:
		return refuse("run %d is no promotion", p.Rerun)
	case p.Release.Image == "" || p.Release.Image != earlier.Release.Image || p.Release.Verification != earlier.Release.Verification || p.Release.Migration != earlier.Release.Migration:
		return refuse("the release is not that of run %d", p.Rerun)
	case len(p.Passed) == 0:
		return refuse("it says nothing of what was passed before %s", p.Columns[0].Name)
	}
	for _, passed := range p.Passed {
		if has, err := l.hasPassed(earlier, passed.Environment); err != nil {
			return err
		} else if !has {
			return refuse("run %d has not passed %s", p.Rerun, passed.Environment)
		}
	}
	return nil
}

// hasPassed tells whether the run, or the one whose release it carries, passed the column.
func (l *Ledger) hasPassed(run Run, name string) (bool, error) {
	for run.ID != 0 {
		if c, found := run.Column(name); found {
			return c.Passed, nil
		}
		if run.Plan.Release == nil {
			return false, nil
		}
		var err error
		if run, err = l.Find(run.Plan.Rerun); err != nil {
			return false, err
		}
	}
	return false, nil
}

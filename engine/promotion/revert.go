package promotion

// Revert says what a rollback of the environment must revert for the run that failed, and to what. The target is the
// last good release as journalled before the run deployed, unless it has been vetoed there since: then it is what that
// one was reverted to.
func (l *Ledger) Revert(cause RunID, environment string) Revert {
	run := l.at(cause)
	column, _ := run.Column(environment)
	revert := Revert{
		Cause: cause, From: run.Release.Image, Target: column.LastGood,
		Drill: run.Plan.Drill != nil, Unproven: column.Unproven(),
	}
	slot := run.Plan.Slot(environment)
	s, found := l.slots[slot]
	if !found {
		return revert
	}
	l.recall(slot.Service)
	seen := map[Digest]bool{}
	for revert.Target != nil && !seen[imageOf(revert.Target)] {
		seen[imageOf(revert.Target)] = true
		by, vetoed := s.Vetoed[imageOf(revert.Target)]
		if !vetoed {
			return revert
		}
		if by.By == 0 { // a person's veto, which says nothing of what was there before
			revert.Target = s.LastGood
			return revert
		}
		revert.Target = by.Before
	}
	if revert.Target != nil { // the vetoes name each other: nothing good is left
		revert.Target = s.LastGood
	}
	return revert
}

// RollbackOf names the rollback run of the environment that was started for the run, which goes on; 0 when there is none.
// An engine that died between the start and the link finds it so.
func (l *Ledger) RollbackOf(cause RunID, environment string) RunID {
	return l.rollbacks[cause][environment]
}

// Unproven tells whether a deploy of the run ended without a verdict and nobody said what is live since: the
// environment may have changed all the same.
func (c ColumnState) Unproven() bool {
	if c.Deployed != nil {
		return false
	}
	for i := range c.Stages {
		s := &c.Stages[i]
		if s.Stage.Kind != KindDeploy {
			continue
		}
		switch s.Last().State {
		case StateErrored, StateStalled, StateInterrupted:
			return true
		}
	}
	return false
}
